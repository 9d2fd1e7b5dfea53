import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import {
  type DetailedError,
  policySetTextToParts,
  policyToJson,
  validate,
} from '@cedar-policy/cedar-wasm/nodejs';
import { z } from 'zod';
import { digestOf } from '../../domain/call/canonical.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import type { HistoryCounters } from '../../domain/history/counters.ts';
import type { BundledPolicy, PolicyBundle } from '../../domain/policy/bundle.ts';
import { cedarSchema } from '../../domain/policy/cedar-schema.ts';
import { groupsOf } from '../../domain/policy/groups.ts';
import { PRIVILEGED_TIER, type ToolDefinition, type ToolNamespace } from '../../domain/tool/definition.ts';
import { filesIn, PolicyFilesInvalid, readDirectory, readEnvelopes, readHistory } from './documents.ts';
import { readsOf } from './policy-reads.ts';
import { scopeOf } from './policy-scope.ts';

/** Folders of `policies/` that hold Cedar. */
const CEDAR_FOLDERS = ['guardrails', 'agents'];

/**
 * Everything that decides, checked and put into one document: Cedar parses, validates strictly against the schema made
 * from the tools, envelopes and directory are well-formed and name only tools and roles that exist.
 *
 * @param root - the `policies` folder
 * @throws PolicyFilesInvalid with every problem, each with file and line
 */
export function buildPolicyBundle(root: string, namespaces: readonly ToolNamespace[]): PolicyBundle {
  const directory = readDirectory(root);
  const envelopes = readEnvelopes(root);
  const history = readHistory(root);
  const schema = cedarSchema(namespaces, directory.approver_roles, history);
  const files = CEDAR_FOLDERS.flatMap((folder) => filesIn(`${root}/${folder}`, '.cedar'));
  const policies = files.flatMap((file) => policiesOf(readFileSync(file, 'utf8'), relative(root, file)));
  const problems = [
    ...policyProblems(policies, schema, directory.approver_roles),
    ...privilegeProblems(policies, namespaces),
    ...historyProblems(history, namespaces),
    ...Object.values(envelopes).flatMap((envelope) =>
      envelopeProblems(envelope, namespaces, directory.approver_roles),
    ),
  ];
  if (problems.length > 0) {
    throw new PolicyFilesInvalid(problems);
  }
  const toolsDigest = digestOf(toolsOf(namespaces));
  const destinations = destinationsOf(namespaces);
  const content = { schema, policies, envelopes, directory, history, toolsDigest, destinations };
  return { digest: digestOf(content), ...content };
}

/** One policy each, with the line it begins on. @throws PolicyFilesInvalid when the file does not parse */
function policiesOf(text: string, file: string): BundledPolicy[] {
  const parts = policySetTextToParts(text);
  if (parts.type === 'failure') {
    throw new PolicyFilesInvalid(
      parts.errors.map((error) => `${file}:${lineOf(text, error)}: ${error.message}`),
    );
  }
  if (parts.policy_templates.length > 0) {
    throw new PolicyFilesInvalid(
      parts.policy_templates.map(
        (template) =>
          `${file}:${linesIn(text.slice(0, text.indexOf(template)))}: a template, which nothing would enforce, write a policy for each of its uses`,
      ),
    );
  }
  let before = { start: 0, end: 0, line: 1 };
  return asWritten(parts.policies).map((policy) => {
    const start = text.indexOf(policy, before.end);
    // counted on from the one before: a file may hold thousands
    const line = before.line + linesIn(text.slice(before.start, start)) - 1;
    before = { start, end: start + policy.length, line };
    const json = policyToJson(policy);
    if (json.type === 'failure') {
      throw new PolicyFilesInvalid([
        `${file}:${line}: ${json.errors.map(({ message }) => message).join('; ')}`,
      ]);
    }
    const { effect, annotations = {} } = json.json;
    if (annotations.id === undefined) {
      throw new PolicyFilesInvalid([
        `${file}:${line}: the policy has no @id, give it one that is unique in the file`,
      ]);
    }
    return {
      id: `${file.replace(/\.cedar$/, '')}/${annotations.id}`,
      text: policy,
      effect,
      annotations,
      scope: scopeOf(json.json),
      reads: readsOf(json.json),
      file,
      line,
    };
  });
}

/** Cedar numbers the policies of a file and gives them sorted by the text of their numbers: 0, 1, 10, 11, 2. */
function asWritten(policies: readonly string[]): string[] {
  const numbers = [...policies.keys()].sort((left, right) => (`${left}` < `${right}` ? -1 : 1));
  const written = numbers.map((number, position) => [number, policies[position] as string] as const);
  return written.sort(([left], [right]) => left - right).map(([, policy]) => policy);
}

function linesIn(text: string): number {
  return text.split('\n').length;
}

function policyProblems(
  policies: readonly BundledPolicy[],
  schema: string,
  approverRoles: readonly string[],
): string[] {
  const firstById = new Map(policies.toReversed().map((policy) => [policy.id, policy]));
  const duplicates = policies
    .filter((policy) => firstById.get(policy.id) !== policy)
    .map(({ file, line, id }) => `${file}:${line}: a second policy '${id}', give each its own @id`);
  if (duplicates.length > 0) {
    return duplicates;
  }
  const staticPolicies = Object.fromEntries(policies.map(({ id, text }) => [id, text]));
  const answer = validate({ validationSettings: { mode: 'strict' }, schema, policies: { staticPolicies } });
  if (answer.type === 'failure') {
    return answer.errors.map(({ message }) => `schema: ${message}`);
  }
  const invalid = [...answer.validationErrors, ...answer.validationWarnings].map(({ policyId, error }) => {
    const policy = firstById.get(policyId);
    const line = policy === undefined ? 1 : policy.line + lineOf(policy.text, error) - 1;
    return `${policy?.file}:${line}: ${error.message}${error.help ? ` (${error.help})` : ''}`;
  });
  return [...invalid, ...policies.flatMap((policy) => approverProblems(policy, approverRoles))];
}

function approverProblems(
  { file, line, annotations }: BundledPolicy,
  approverRoles: readonly string[],
): string[] {
  const { approvers, quorum } = annotations;
  return [
    approvers !== undefined && !approverRoles.includes(approvers)
      ? `${file}:${line}: @approvers("${approvers}"): expected one of ${approverRoles.join(', ')}`
      : undefined,
    quorum !== undefined && !/^[1-9]$/.test(quorum)
      ? `${file}:${line}: @quorum("${quorum}"): expected a number of people, "1" to "9"`
      : undefined,
    approvers === undefined && quorum !== undefined
      ? `${file}:${line}: @quorum without @approvers, say whose approvals count`
      : undefined,
  ].filter((problem) => problem !== undefined);
}

/** Over every principal and resource, and with no other way out. */
const PRIVILEGED_GUARD =
  /forbid\s*\(\s*principal\s*,\s*action\s+in\s+\[\s*Action::"tier4"\s*\]\s*,\s*resource\s*\)\s*unless\s*\{\s*context\.breakGlass\.active\s*\}\s*;\s*$/;

/** INVARIANT: no permit can open a tool of tier 4 by forgetting a condition; a guardrail over the tier is in the way. */
function privilegeProblems(
  policies: readonly BundledPolicy[],
  namespaces: readonly ToolNamespace[],
): string[] {
  if (policies.some(({ text }) => PRIVILEGED_GUARD.test(text))) {
    return [];
  }
  return namespaces
    .flatMap(({ tools }): readonly ToolDefinition[] => tools)
    .filter(({ tier }) => tier === PRIVILEGED_TIER)
    .map(
      ({ name }) =>
        `guardrails: tool '${name}' is of tier 4, and no policy forbids that tier unless break-glass is active, restore guardrails/break-glass.cedar`,
    );
}

function historyProblems(history: HistoryCounters, namespaces: readonly ToolNamespace[]): string[] {
  const tools = namespaces.flatMap(({ tools }): readonly ToolDefinition[] => tools);
  const known = new Set(tools.flatMap((tool) => [tool.name, ...groupsOf(tool)]));
  return Object.entries(history).flatMap(([counter, { of }]) =>
    of
      .filter((each) => !known.has(each))
      .map(
        (each) => `history.yaml: counter '${counter}' is of '${each}', which is no registered tool or group`,
      ),
  );
}

function envelopeProblems(
  { workflow, permissions, reviewer_role }: Envelope,
  namespaces: readonly ToolNamespace[],
  approverRoles: readonly string[],
): string[] {
  const tools = namespaces.flatMap((namespace) => namespace.tools.map(({ name }) => name));
  const file = `envelopes/${workflow}.yaml`;
  return [
    ...permissions.allowed_tools
      .filter((tool) => !tools.includes(tool))
      .map((tool) => `${file}: allowed_tools names '${tool}', which is not registered`),
    ...[...permissions.approval_roles, reviewer_role]
      .filter((role) => !approverRoles.includes(role))
      .map((role) => `${file}: role '${role}' is not among approver_roles of directory.yaml`),
  ];
}

function lineOf(text: string, { sourceLocations }: DetailedError): number {
  // Cedar counts bytes
  const start = sourceLocations?.[0]?.start ?? 0;
  return linesIn(Buffer.from(text).subarray(0, start).toString());
}

function destinationsOf(namespaces: readonly ToolNamespace[]): PolicyBundle['destinations'] {
  const tools: readonly ToolDefinition[] = namespaces.flatMap(({ tools }) => tools);
  return Object.fromEntries(
    tools.flatMap(({ name, destinations = [] }) => (destinations.length === 0 ? [] : [[name, destinations]])),
  );
}

/** Definitions without their functions; whatever a tool declares is in it. */
function toolsOf(namespaces: readonly ToolNamespace[]): unknown {
  return namespaces.flatMap(({ tools }) =>
    tools.map(({ input, output, facts, access, undo, ...rest }) => ({
      ...rest,
      ...(undo === undefined ? {} : { undo: undo.tool }),
      input: z.toJSONSchema(input),
      output: z.toJSONSchema(output),
      ...(facts === undefined ? {} : { facts: z.toJSONSchema(facts) }),
      access: access.map((declared) => ({ ...declared, keys: undefined })),
    })),
  );
}
