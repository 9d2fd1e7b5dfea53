import { z } from 'zod';
import { EVENT_VERSION } from '../../contracts/events.ts';
import { RecordedDecisionShape } from '../policy/recorded.ts';
import { CONTINUE_RUN, NOBODY_REACHED } from './question.ts';

const HEADER = {
  v: z.literal(EVENT_VERSION),
  id: z.string(),
  at: z.iso.datetime(),
  tenant: z.string(),
  runId: z.string(),
  workflow: z.string(),
  agent: z.string(),
};
const Why = z.object({ code: z.string(), message: z.string() });

/** Events that tell what became of an approval, as far as is measured; all other members of them are passed over. */
export const ApprovalEventShape = z.discriminatedUnion('type', [
  RecordedDecisionShape,
  z.object({
    ...HEADER,
    type: z.literal('run.questioned'),
    approvalId: z.string(),
    approverRole: z.string(),
    reason: Why,
  }),
  z.object({ ...HEADER, type: z.literal('run.continued'), approvalId: z.string() }),
  z.object({ ...HEADER, type: z.literal('run.closed'), reason: Why.optional() }),
  z.object({
    ...HEADER,
    type: z.literal('approval.verdict'),
    callId: z.string(),
    approvalId: z.string(),
    verdict: z.enum(['approve', 'reject', 'withdraw']),
    by: z.string(),
    note: z.string().optional(),
    // absent in what was written before these were kept
    via: z.enum(['api', 'slack']).optional(),
    afterSeconds: z.number().nonnegative().optional(),
    state: z.string().optional(),
  }),
  z.object({
    ...HEADER,
    type: z.literal('call.executed'),
    callId: z.string(),
    status: z.enum(['succeeded', 'failed', 'unknown']),
    preview: z.enum(['as_shown', 'otherwise']).optional(),
  }),
]);

export type ApprovalEvent = z.output<typeof ApprovalEventShape>;
type Event<Type extends ApprovalEvent['type']> = Extract<ApprovalEvent, { type: Type }>;
type Asked = Event<'call.decided'> | Event<'run.questioned'>;

const TYPES: ReadonlySet<string> = new Set(ApprovalEventShape.options.map(({ shape }) => shape.type.value));

export function tellsOfApprovals(type: unknown): boolean {
  return typeof type === 'string' && TYPES.has(type);
}

/** `abandoned`: the run was closed before anybody answered. */
export const OUTCOMES = ['approved', 'rejected', 'expired', 'unreachable', 'abandoned', 'waiting'] as const;
export type RecordedOutcome = (typeof OUTCOMES)[number];

/** What a person said, as the log has it. */
export interface RecordedVerdict {
  readonly verdict: Event<'approval.verdict'>['verdict'];
  readonly by: string;
  readonly at: string;
  readonly note?: string;
  readonly via?: 'api' | 'slack';
  /** Since people were asked. */
  readonly afterSeconds: number;
}

/** An approval from asking to what came of it, as far as the log has it. */
export interface RecordedApproval {
  readonly approvalId: string;
  readonly tenant: string;
  readonly runId: string;
  readonly workflow: string;
  readonly agent: string;
  readonly callId?: string;
  /** `countersign.continue_run` where people were asked whether the run may go on. */
  readonly tool: string;
  readonly approverRole?: string;
  readonly askedAt: string;
  /** Why, where the log says it. */
  readonly reasons: readonly string[];
  /** The decision to ask; absent of a question whether the run may go on. */
  readonly decision?: Event<'call.decided'>;
  /** The decision that let the call through afterwards. */
  readonly allowed?: Event<'call.decided'>;
  /** In the order in which they were given; withdrawals are verdicts too. */
  readonly verdicts: readonly RecordedVerdict[];
  readonly outcome: RecordedOutcome;
  /** From asking to the verdict that decided it; present when people did. */
  readonly decidedAfterSeconds?: number;
  readonly execution?: Pick<Event<'call.executed'>, 'status' | 'preview'>;
}

/**
 * Approvals by their events, in the order in which they were asked for.
 *
 * INVARIANT: neither the order of events nor an event that is given twice changes anything. What was asked before the first of the
 * events is not among them: nothing is known of it.
 */
export function recordedApprovals(events: readonly ApprovalEvent[]): readonly RecordedApproval[] {
  const once = new Map(
    events.map((event) => [JSON.stringify([event.tenant, event.runId, event.id, event.at]), event]),
  );
  const runs = Map.groupBy(once.values(), ({ tenant, runId }) => JSON.stringify([tenant, runId]));
  return [...runs.values()]
    .flatMap(approvalsOf)
    .sort((left, right) => (sortKey(left) < sortKey(right) ? -1 : 1));
}

function sortKey({ askedAt, tenant, approvalId }: RecordedApproval): string {
  return JSON.stringify([askedAt, tenant, approvalId]);
}

function approvalsOf(unsorted: readonly ApprovalEvent[]): readonly RecordedApproval[] {
  const run = unsorted.toSorted((left, right) => (position(left) < position(right) ? -1 : 1));
  const asked = run.filter(
    (event): event is Asked & { readonly approvalId: string } =>
      (event.type === 'run.questioned' || isAsking(event)) && event.approvalId !== undefined,
  );
  const first = new Map(asked.toReversed().map((event) => [event.approvalId, event]));
  return [...first.values()].map((event) => approvalOf(event, event.approvalId, run));
}

function position({ at, id }: ApprovalEvent): string {
  return JSON.stringify([at, id]);
}

function isAsking(event: ApprovalEvent): event is Event<'call.decided'> {
  return event.type === 'call.decided' && event.decision === 'needs_approval';
}

function approvalOf(asked: Asked, approvalId: string, run: readonly ApprovalEvent[]): RecordedApproval {
  const { tenant, runId, workflow, agent, approverRole, at: askedAt } = asked;
  const later = run.filter((event) => 'approvalId' in event && event.approvalId === approvalId);
  const verdictEvents = later.filter((event) => event.type === 'approval.verdict');
  const verdicts = verdictEvents.map((event) => recordedVerdict(event, askedAt));
  const decisions = later.filter((event) => event.type === 'call.decided');
  const allowed = decisions.find(({ decision }) => decision === 'allow');
  const outcome = outcomeOf(asked, later, run);
  const isDecided = outcome === 'approved' || outcome === 'rejected';
  const last = verdicts.findLast(
    ({ verdict }) => verdict === (outcome === 'rejected' ? 'reject' : 'approve'),
  );
  const callId = 'callId' in asked ? asked.callId : verdictEvents[0]?.callId;
  const executed = run.find((event) => event.type === 'call.executed' && event.callId === allowed?.callId);
  return {
    ...{ approvalId, tenant, runId, workflow, agent, askedAt, verdicts, outcome },
    tool: asked.type === 'call.decided' ? asked.tool : CONTINUE_RUN,
    reasons: (asked.type === 'call.decided' ? (asked.reasons ?? []) : [asked.reason]).map(
      ({ message }) => message,
    ),
    ...(callId === undefined ? {} : { callId }),
    ...(approverRole === undefined ? {} : { approverRole }),
    ...(asked.type === 'call.decided' ? { decision: asked } : {}),
    ...(allowed === undefined ? {} : { allowed }),
    ...(isDecided && last !== undefined ? { decidedAfterSeconds: last.afterSeconds } : {}),
    ...(executed?.type === 'call.executed' ? { execution: executionOf(executed) } : {}),
  };
}

function recordedVerdict(event: Event<'approval.verdict'>, askedAt: string): RecordedVerdict {
  const { verdict, by, at, note, via, afterSeconds } = event;
  const since = Math.max(0, Math.round((Date.parse(at) - Date.parse(askedAt)) / 1000));
  return {
    ...{ verdict, by, at, afterSeconds: afterSeconds ?? since },
    ...(note === undefined ? {} : { note }),
    ...(via === undefined ? {} : { via }),
  };
}

function executionOf({ status, preview }: Event<'call.executed'>): RecordedApproval['execution'] {
  return { status, ...(preview === undefined ? {} : { preview }) };
}

function outcomeOf(
  asked: Asked,
  later: readonly ApprovalEvent[],
  run: readonly ApprovalEvent[],
): RecordedOutcome {
  if (later.some((event) => event.type === 'approval.verdict' && event.verdict === 'reject')) {
    return 'rejected';
  }
  if (later.some(isApproved)) {
    return 'approved';
  }
  const codes = later.flatMap((event) =>
    event.type === 'call.decided' ? (event.reasons ?? []).map(({ code }) => code) : [],
  );
  if (codes.includes('approval_unreachable')) {
    return 'unreachable';
  }
  if (codes.includes('approval_expired')) {
    return 'expired';
  }
  const closed = run.find((event) => event.type === 'run.closed');
  if (closed?.type !== 'run.closed') {
    return 'waiting';
  }
  return asked.type === 'run.questioned' && closed.reason?.code === 'not_continued'
    ? unanswered(closed.reason.message)
    : 'abandoned';
}

function isApproved(event: ApprovalEvent): boolean {
  switch (event.type) {
    case 'approval.verdict':
      return event.state === 'approved';
    case 'call.decided':
      return event.decision === 'allow';
    default:
      return event.type === 'run.continued';
  }
}

function unanswered(message: string): RecordedOutcome {
  return message === NOBODY_REACHED ? 'unreachable' : 'expired';
}
