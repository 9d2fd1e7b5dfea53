import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailure, EXIT, usageFailure } from '../failure.ts';
import type { Changes } from './changes.ts';
import { type EnvelopeFile, readEnvelope } from './envelope.ts';
import { EFFECTS, IDEMPOTENCIES, type NewTool } from './kinds/kind.ts';
import { KIND_NAMES, type KindName } from './kinds/table.ts';
import { FIRST_APPROVED_TIER, type PolicySubject, peopleFor } from './policy.ts';
import { parseToolName } from './tool-name.ts';

/** What was asked for, as it was written. */
export interface ToolRequest {
  readonly workflow?: string;
  readonly effect?: string;
  readonly tier?: string;
  readonly idempotency?: string;
  readonly kind?: string;
  readonly role?: string;
  readonly description?: string;
  readonly destination?: string;
  readonly secret?: string;
}

const ROLE = /^[A-Za-z][A-Za-z0-9_]*$/;
const SECRET = /^[a-z][a-z0-9-]{0,63}$/;
const DESTINATION = /^(deployment:[a-z][a-z0-9]*|https:\/\/[^/\\?#@\s]+)$/;

/** @throws CommandFailure for options that do not fit each other */
export function newTool(full: string, request: ToolRequest): NewTool {
  const name = parseToolName(full);
  const effect = oneOf('--effect', request.effect ?? 'read', EFFECTS);
  const isRead = effect === 'read';
  const tier = Number(oneOf('--tier', request.tier ?? (isRead ? '0' : '1'), ['0', '1', '2', '3', '4']));
  if (isRead !== (tier === 0)) {
    throw usageFailure(
      `--effect ${effect} with --tier ${tier}, expected reads in tier 0 and writes in 1 to 4`,
    );
  }
  if (isRead && request.idempotency !== undefined) {
    throw usageFailure(
      `--effect read with --idempotency ${request.idempotency}, expected it of writes only: reads can be repeated`,
    );
  }
  const idempotency = oneOf('--idempotency', request.idempotency ?? 'by_lookup', IDEMPOTENCIES);
  const words = `${name.words.charAt(0).toUpperCase()}${name.words.slice(1)}`;
  return {
    name,
    effect,
    tier: tier as NewTool['tier'],
    ...(isRead ? {} : { idempotency }),
    description: request.description ?? `${words} of ${name.namespace}.`,
    destination: matching(
      '--destination',
      request.destination ?? `deployment:${name.namespace}`,
      DESTINATION,
      'an origin such as https://api.example.com, or deployment:<name>',
    ),
    secret: matching(
      '--secret',
      request.secret ?? 'api-token',
      SECRET,
      'lower-case letters, digits and hyphens',
    ),
  };
}

export function kindOf(request: ToolRequest, otherwise: KindName): KindName {
  return oneOf('--kind', request.kind ?? otherwise, KIND_NAMES);
}

/** Whose envelope and agent get the tool. @throws CommandFailure that lists the workflows */
export function chosenEnvelope(
  changes: Changes,
  root: string,
  workflow: string | undefined,
): { readonly path: string; readonly envelope: EnvelopeFile } {
  const folder = 'policies/envelopes';
  const paths = readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => `${folder}/${file}`);
  const defaultsPath = 'policies/defaults.yaml';
  const defaults = changes.exists(defaultsPath) ? changes.read(defaultsPath) : '';
  const known = paths.map((path) => ({ path, envelope: readEnvelope(path, changes.read(path), defaults) }));
  const names = known.map(({ envelope }) => envelope.workflow).join(', ');
  const [first] = known;
  if (workflow === undefined && first !== undefined && known.length === 1) {
    return first;
  }
  if (workflow === undefined) {
    throw usageFailure(
      `--workflow is missing, expected one of ${names || '(none: write an envelope first)'}`,
    );
  }
  const chosen = known.find(({ envelope }) => envelope.workflow === workflow);
  if (chosen === undefined) {
    throw usageFailure(`--workflow is ${workflow}, expected one of ${names}`);
  }
  return chosen;
}

/** Roles of the one on whose behalf the tool may be called, and of those who approve, and how many of them. */
export function rolesFor(
  tool: NewTool,
  { workflow, reviewerRole, approvalRoles, approvalQuorum, writesNeedApproval }: EnvelopeFile,
  request: ToolRequest,
): Pick<PolicySubject, 'role' | 'approverRole' | 'people'> {
  const role = matching(
    '--role',
    request.role ?? reviewerRole,
    ROLE,
    'a role of letters, digits and underscores',
  );
  const people = Math.max(peopleFor(tool), approvalQuorum);
  const { tier, effect } = tool;
  if (tier < FIRST_APPROVED_TIER && !(writesNeedApproval && effect === 'write')) {
    return { role, people };
  }
  const [approverRole] = approvalRoles;
  if (approverRole === undefined) {
    throw new CommandFailure(
      `tools of tier ${tier} are approved by people, and ${workflow} has no approval_roles; name one in its envelope`,
      { code: 'no_approvers', exitCode: EXIT.refused },
    );
  }
  return { role, approverRole, people };
}

function oneOf<const T extends string>(option: string, value: string, expected: readonly T[]): T {
  const known = expected.find((each) => each === value);
  if (known === undefined) {
    throw usageFailure(`${option} is ${value}, expected one of ${expected.join(', ')}`);
  }
  return known;
}

function matching(option: string, value: string, pattern: RegExp, expected: string): string {
  if (!pattern.test(value)) {
    throw usageFailure(`${option} is ${value}, expected ${expected}`);
  }
  return value;
}
