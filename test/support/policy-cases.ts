import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { RunMode, User } from '../../contracts/run.ts';
import { approvalCounts } from '../../domain/approval/approval.ts';
import { historyOf } from '../../domain/history/counters.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import type { Quorum } from '../../domain/policy/decide.ts';
import { type PolicyRequest, policyRequest } from '../../domain/policy/request.ts';
import type { Origin } from '../../domain/provenance/origin.ts';
import type { Facts } from '../../domain/tool/facts.ts';
import { findTool } from '../../functions/tools/registry.ts';
import { POLICIES } from '../../infra/policy/paths.ts';

/** A request in `policies/cases/`; its file name is the claim, its folder the decision. */
export interface PolicyCase {
  readonly agent: string;
  readonly workflow: string;
  readonly tenant: string;
  readonly user: User;
  readonly mode: RunMode;
  readonly tool: string;
  readonly arguments: Record<string, unknown>;
  readonly resource: Facts['resource'];
  readonly facts?: Record<string, unknown>;
  readonly approvals?: Record<string, number>;
  /** ISO 8601 UTC. @default NOON */
  readonly at?: string;
  /** @default every counter 0 */
  readonly history?: Record<string, number>;
  /** Origins of key arguments. @default none of them is known to have come from anywhere */
  readonly provenance?: Record<string, Origin>;
  readonly scores?: { readonly injection: number };
  /** The incident of an active grant; absent when there is none. */
  readonly breakGlass?: { readonly incident: string };
  /** The policies that must have decided. */
  readonly policies: readonly string[];
  readonly quorum?: Quorum;
}

/** A Saturday. */
const NOON = '2026-01-31T12:00:00.000Z';

/** Every case of a folder, by its claim. */
export function policyCases(folder: string): ReadonlyMap<string, PolicyCase> {
  const files = readdirSync(join(POLICIES, 'cases', folder));
  return new Map(
    files.map((file) => [
      basename(file, '.json').replaceAll('-', ' '),
      JSON.parse(readFileSync(join(POLICIES, 'cases', folder, file), 'utf8')) as PolicyCase,
    ]),
  );
}

/** What authorize would ask about a case. @throws Error for a tool that is not registered, ZodError for bad arguments */
export function requestOf(
  it: PolicyCase,
  { directory, history }: Pick<PolicyBundle, 'directory' | 'history'>,
): PolicyRequest {
  const definition = findTool(it.tool);
  if (definition === undefined) {
    throw new Error(`tool '${it.tool}' is not registered`);
  }
  const approvals = { ...approvalCounts(directory.approver_roles, undefined), ...it.approvals };
  const facts = { resource: it.resource, call: it.facts ?? {} };
  return policyRequest({
    ...it,
    definition,
    arguments: definition.input.parse(it.arguments),
    facts,
    approvals,
    at: it.at ?? NOON,
    history: { ...historyOf(history, {}), ...it.history },
    origins: it.provenance,
    scores: it.scores ?? { injection: 0 },
  });
}
