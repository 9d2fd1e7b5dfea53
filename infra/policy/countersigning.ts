import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { countersigningSchema } from '../../domain/approval/countersigner.ts';
import type { Directory } from '../../domain/approval/directory.ts';
import { expectedOneOf } from '../../domain/nearest.ts';
import type { BundledPolicy, Countersigning } from '../../domain/policy/bundle.ts';
import { policiesIn, validationProblems } from './cedar-files.ts';

/** Of `policies/`: who may countersign. */
const FOLDER = 'countersigning';

/**
 * The policies of `policies/countersigning`, held to their own schema. Where there are none nobody may countersign.
 *
 * @param directory - without it no role is known to be wrong
 */
export function countersigningOf(
  root: string,
  directory: Pick<Directory, 'approver_roles' | 'break_glass_roles'> | undefined,
): { readonly value: Countersigning; readonly problems: readonly string[] } {
  const schema = countersigningSchema();
  const { policies, problems } = existsSync(join(root, FOLDER))
    ? policiesIn(root, FOLDER)
    : { policies: [], problems: [] };
  const invalid = validationProblems(policies, schema, (policy) => [
    ...codeProblems(policy),
    ...(directory === undefined ? [] : roleProblems(policy, directory)),
  ]);
  return { value: { schema, policies }, problems: [...problems, ...invalid] };
}

function codeProblems({ file, line, annotations, effect }: BundledPolicy): string[] {
  const { code } = annotations;
  if (code === undefined) {
    return [];
  }
  if (effect === 'permit') {
    return [`${file}:${line}: @code("${code}") on a permit, only what forbids is told to people`];
  }
  return /^[a-z][a-z0-9_]*$/.test(code)
    ? []
    : [`${file}:${line}: @code("${code}"): expected lower-case letters, digits and underscores`];
}

/** Attributes that hold names of roles. */
const ROLE_ATTRIBUTES: readonly unknown[] = ['roles', 'rolesAsked'];

/** INVARIANT: a role that is misspelt in a policy is told; to Cedar it is a text like any other, and the policy one that never matches. */
function roleProblems(
  { file, line, text }: BundledPolicy,
  { approver_roles, break_glass_roles }: Pick<Directory, 'approver_roles' | 'break_glass_roles'>,
): string[] {
  const known = [...approver_roles, ...break_glass_roles];
  return rolesNamedIn(text)
    .filter((role) => !known.includes(role))
    .map((role) => `${file}:${line}: role '${role}' is nobody's${expectedOneOf(role, known)}`);
}

function rolesNamedIn(text: string): readonly string[] {
  const answer = policyToJson(text);
  const conditions = answer.type === 'success' ? answer.json.conditions : [];
  return conditions.flatMap(({ body }) => rolesCompared(body));
}

const COMPARISONS = ['contains', 'containsAll', 'containsAny', '==', '!='];

/** Texts in every comparison with an attribute that holds roles. */
function rolesCompared(expression: unknown): readonly string[] {
  return membersOf(expression).flatMap(([operator, operands]) => {
    const sides = COMPARISONS.includes(operator) ? membersOf(operands) : [];
    return sides.some(([, side]) => holdsRoles(side)) ? textsIn(operands) : rolesCompared(operands);
  });
}

/** `principal.roles` and `resource.rolesAsked`. */
function holdsRoles(expression: unknown): boolean {
  return membersOf(expression).some(
    ([operator, operands]) =>
      operator === '.' &&
      membersOf(operands).some(([name, value]) => name === 'attr' && ROLE_ATTRIBUTES.includes(value)),
  );
}

function textsIn(expression: unknown): readonly string[] {
  return membersOf(expression).flatMap(([operator, of]) =>
    operator === 'Value' && typeof of === 'string' ? [of] : textsIn(of),
  );
}

function membersOf(expression: unknown): readonly (readonly [string, unknown])[] {
  return typeof expression === 'object' && expression !== null ? Object.entries(expression) : [];
}
