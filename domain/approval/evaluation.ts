import type { CaseFolder, PolicyCase } from '../policy/case.ts';
import type { RecordedDecision } from '../policy/recorded.ts';
import { recordedCase } from '../policy/recorded-case.ts';
import type { ToolDefinition } from '../tool/definition.ts';
import type { RecordedApproval, RecordedVerdict } from './recorded.ts';

/** Version of `EvaluationCase`. */
const EVALUATION_VERSION = 1;

/**
 * One verdict with what it was given about: what an agent proposed, what policy saw, what a person said and what came of it.
 * INVARIANT: nothing that the log does not have, and so nobody's data that it does not have.
 */
export interface EvaluationCase {
  readonly v: typeof EVALUATION_VERSION;
  readonly approvalId: string;
  readonly tenant: string;
  readonly runId: string;
  readonly callId?: string;
  readonly workflow: string;
  readonly agent: string;
  readonly tool: string;
  /** As logged: a value that is not fit for the log is a digest. Absent of a question whether a run may go on. */
  readonly arguments?: RecordedDecision['arguments'];
  readonly resource?: string;
  /** SHA-256 of the canonical call, hex. */
  readonly digest?: string;
  readonly policyDigest?: string;
  readonly policies: readonly string[];
  readonly reasons: readonly string[];
  readonly context?: NonNullable<RecordedApproval['decision']>['context'];
  readonly asked: { readonly at: string; readonly approverRole?: string; readonly quorum?: number };
  readonly verdict: RecordedVerdict['verdict'];
  readonly by: string;
  readonly at: string;
  readonly via?: RecordedVerdict['via'];
  readonly note?: string;
  /** Since people were asked. */
  readonly afterSeconds: number;
  /** What became of the approval in the end. */
  readonly outcome: RecordedApproval['outcome'];
  /** How the call went, and whether it changed what was shown; absent when it was not executed. */
  readonly execution?: RecordedApproval['execution'];
}

/** One for each verdict, in their order. */
export function evaluationCases(approval: RecordedApproval): readonly EvaluationCase[] {
  const { approvalId, tenant, runId, callId, workflow, agent, tool, approverRole, outcome } = approval;
  const { decision, execution, askedAt, reasons, verdicts } = approval;
  const { arguments: proposed, resource, digest, policyDigest, context, quorum } = decision ?? {};
  return verdicts.map((verdict) =>
    present({
      v: EVALUATION_VERSION,
      ...{ approvalId, tenant, runId, callId, workflow, agent, tool },
      ...{ arguments: proposed, resource, digest, policyDigest },
      policies: decision?.policies ?? [],
      reasons,
      context,
      asked: present({ at: askedAt, approverRole, quorum }),
      ...verdict,
      outcome,
      execution,
    }),
  );
}

/** Without the members that are not there. */
function present<T extends object>(members: T): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
}

/** A file of a folder of cases, or why there can be none. */
export type WrittenCase =
  | { readonly folder: CaseFolder; readonly name: string; readonly case: PolicyCase }
  | { readonly name: string; readonly missing: readonly string[] };

/**
 * What policies decided about a call that people then decided on, as cases that hold these decisions fast: that people are asked,
 * and that the call goes through once they have approved.
 *
 * @returns none of an approval that people have not decided, and none of a question whether a run may go on
 */
export function policyCases(
  approval: RecordedApproval,
  findTool: (name: string) => ToolDefinition | undefined,
): readonly WrittenCase[] {
  const { decision, allowed, outcome, tool, approvalId } = approval;
  if (decision === undefined || (outcome !== 'approved' && outcome !== 'rejected')) {
    return [];
  }
  const name = `${tool}-that-people-have-${outcome}-${approvalId}`.replaceAll(/[^A-Za-z0-9-]/g, '-');
  const definition = findTool(tool);
  return [
    { folder: 'ASK' as const, event: decision },
    ...(allowed === undefined ? [] : [{ folder: 'ALLOW' as const, event: allowed }]),
  ].map(({ folder, event }): WrittenCase => {
    const made = recordedCase(event as RecordedDecision, definition);
    return 'missing' in made ? { name: `${folder}/${name}`, ...made } : { folder, name, ...made };
  });
}
