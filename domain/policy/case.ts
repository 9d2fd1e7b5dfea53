import { z } from 'zod';
import type { DecisionKind } from '../../contracts/call.ts';
import { approvalCounts } from '../approval/approval.ts';
import { contextScores, NOTHING_FOUND, PER_MILLE } from '../detector/detector.ts';
import { historyOf } from '../history/counters.ts';
import { ORIGINS, originsOf } from '../provenance/origin.ts';
import type { ToolDefinition } from '../tool/definition.ts';
import type { PolicyBundle } from './bundle.ts';
import { type Decision, decide, type PolicyEngine } from './decide.ts';
import { type PolicyRequest, policyRequest } from './request.ts';

const Record = z.record(z.string(), z.unknown());
const Score = z.int().min(0).max(PER_MILLE);
const SATURDAY_NOON = '2026-01-31T12:00:00.000Z';
/** In the place of a run's key, where nothing is compared. */
const NO_RUN = '';

/** A request in `policies/cases/`; its file name is the claim, its folder the decision. */
export const PolicyCase = z.strictObject({
  agent: z.string(),
  workflow: z.string(),
  tenant: z.string(),
  user: z.strictObject({ id: z.string(), roles: z.array(z.string()) }),
  mode: z.enum(['autonomous', 'read_only', 'stopped']),
  tool: z.string(),
  arguments: Record,
  resource: z.strictObject({ type: z.string(), id: z.string(), attributes: Record }),
  facts: Record.optional(),
  approvals: z.record(z.string(), z.int().nonnegative()).optional(),
  /** ISO 8601 UTC. @default a Saturday at noon */
  at: z.iso.datetime().optional(),
  /** @default every counter 0 */
  history: z.record(z.string(), z.int().nonnegative()).optional(),
  /** Origins of key arguments. @default those of a run into which nothing has come: `absent` or `none` */
  provenance: z.record(z.string(), z.enum(ORIGINS)).optional(),
  /** @default nothing was found in what the run has read */
  scores: z
    .strictObject({
      injection: Score.optional(),
      sentiment: Score.optional(),
      topics: z.array(z.string()).optional(),
    })
    .optional(),
  /** The incident of an active grant; absent when there is none. */
  breakGlass: z.strictObject({ incident: z.string() }).optional(),
  /** The policies that must have decided. @default whichever, and of people as many of whichever role */
  policies: z.array(z.string()).optional(),
  quorum: z.strictObject({ approverRole: z.string(), people: z.int().positive() }).optional(),
});
export type PolicyCase = z.output<typeof PolicyCase>;

/** Folders of cases, and what each claims. */
export const CASE_FOLDERS = { ALLOW: 'allow', DENY: 'deny', ASK: 'needs_approval' } as const satisfies Record<
  string,
  DecisionKind
>;
export type CaseFolder = keyof typeof CASE_FOLDERS;

/** A case with its claim. */
export interface ClaimedCase {
  readonly folder: CaseFolder;
  /** The file's name as a sentence. */
  readonly claim: string;
  /** Beside the folder of policies, such as `cases/ALLOW/anybody-lists-the-catalogue.json`. */
  readonly file: string;
  readonly case: PolicyCase;
}

/** What a case came to, and in what that is not what it claims. */
export interface CaseResult extends ClaimedCase {
  /** Absent when nothing could be decided. */
  readonly decision?: Decision;
  /** One line each; empty when the case holds. */
  readonly differences: readonly string[];
}

type FindTool = (name: string) => ToolDefinition | undefined;

/** What authorize would ask about a case. @throws Error for a tool that is not registered, ZodError for bad arguments */
export function requestOf(
  it: PolicyCase,
  { directory, history }: Pick<PolicyBundle, 'directory' | 'history'>,
  findTool: FindTool,
): PolicyRequest {
  const definition = findTool(it.tool);
  if (definition === undefined) {
    throw new Error(`tool '${it.tool}' is not registered`);
  }
  const approvals = { ...approvalCounts(directory.approver_roles, undefined), ...it.approvals };
  const facts = { resource: it.resource, call: it.facts ?? {} };
  const parameters = definition.input.parse(it.arguments);
  const ofNothing = originsOf(definition, parameters, it.resource, [], NO_RUN, findTool);
  return policyRequest({
    ...it,
    definition,
    arguments: parameters,
    facts,
    approvals,
    at: it.at ?? SATURDAY_NOON,
    history: { ...historyOf(history, {}), ...it.history },
    origins: { ...ofNothing, ...it.provenance },
    scores: { ...contextScores(NOTHING_FOUND), ...it.scores },
  });
}

export function caseResult(it: ClaimedCase, engine: PolicyEngine, request: PolicyRequest): CaseResult {
  const decision = decide(engine, request);
  return { ...it, decision, differences: differencesOf(it, decision) };
}

function differencesOf({ folder, case: expected }: ClaimedCase, got: Decision): string[] {
  const { policies, quorum } = expected;
  return [
    difference('decision', CASE_FOLDERS[folder], got.kind),
    policies && difference('policies', listed(policies), listed(got.policies)),
    policies && difference('quorum', quorumText(quorum), quorumText(got.quorum)),
  ].filter((each) => each !== undefined);
}

function difference(what: string, expected: string, got: string): string | undefined {
  return expected === got ? undefined : `${what}: expected ${expected}, got ${got}`;
}

/** In one order, so that a case need not know in which policies are named. */
function listed(policies: readonly string[]): string {
  return policies.length === 0 ? 'none' : policies.toSorted().join(', ');
}

function quorumText(quorum: Decision['quorum']): string {
  return quorum === undefined ? 'none' : `${quorum.people} ${quorum.approverRole}`;
}

/** Policies that decided none of the cases: nobody has shown what they are for. */
export function undecidedPolicies<Policy extends { readonly id: string }>(
  policies: readonly Policy[],
  results: readonly CaseResult[],
): readonly Policy[] {
  const decided = new Set(results.flatMap(({ decision }) => decision?.policies ?? []));
  return policies.filter(({ id }) => !decided.has(id));
}
