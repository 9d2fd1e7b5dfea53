import type { LedgerEvent } from '../../contracts/events.ts';
import type { RecordedDecision } from '../policy/recorded.ts';

type EventOf<Type extends LedgerEvent['type']> = Extract<LedgerEvent, { type: Type }>;
type CallEvent = Extract<LedgerEvent, { callId: string }>;

/** A call with all that the record has of it, from its first decision to its outcome and what people found out about that. */
export interface CallStep {
  readonly kind: 'call';
  readonly callId: string;
  readonly tool: string;
  /** In their order: after people were asked, the same call is decided again. */
  readonly decisions: readonly RecordedDecision[];
  /** What happened to its approvals: people wait to be asked, are told, and say. */
  readonly approvals: readonly EventOf<'approval.waiting' | 'approval.told' | 'approval.verdict'>[];
  readonly executed?: EventOf<'call.executed'>;
  readonly settled?: EventOf<'call.settled'>;
}

/** What belongs to the run and to no call of it: opened, models, budget, loops, questions, closed. */
export interface FrameStep {
  readonly kind: 'frame';
  readonly event: LedgerEvent;
}

export type Step = CallStep | FrameStep;

/**
 * A run step by step, each call where its first event is.
 *
 * INVARIANT: neither the order of events nor an event that is given twice changes anything.
 */
export function stepsOf(events: readonly LedgerEvent[]): readonly Step[] {
  const once = new Map(events.map((event) => [positionOf(event), event]));
  const run = [...once.values()].sort((left, right) => (positionOf(left) < positionOf(right) ? -1 : 1));
  const tools = new Map(run.flatMap((event) => (isOfTool(event) ? [[event.callId, event.tool]] : [])));
  const seen = new Set<string>();
  return run.flatMap((event): Step[] => {
    const callId = 'callId' in event ? event.callId : undefined;
    const tool = callId === undefined ? undefined : tools.get(callId);
    // people may also be asked about the run itself, and a grant's events name calls of other runs
    if (callId === undefined || tool === undefined || event.type === 'break_glass.used') {
      return [{ kind: 'frame', event }];
    }
    if (seen.has(callId)) {
      return [];
    }
    seen.add(callId);
    const ofCall = run.filter((each): each is CallEvent => 'callId' in each && each.callId === callId);
    return [callStep(callId, tool, ofCall)];
  });
}

function positionOf({ at, id }: LedgerEvent): string {
  return JSON.stringify([at, id]);
}

function isOfTool(event: LedgerEvent): event is EventOf<'call.decided' | 'call.executed' | 'call.settled'> {
  return event.type === 'call.decided' || event.type === 'call.executed' || event.type === 'call.settled';
}

function callStep(callId: string, tool: string, events: readonly CallEvent[]): CallStep {
  const of = <Type extends CallEvent['type']>(...types: readonly Type[]) =>
    events.filter((event): event is Extract<CallEvent, { type: Type }> =>
      (types as readonly string[]).includes(event.type),
    );
  const [executed] = of('call.executed');
  const [settled] = of('call.settled');
  return {
    ...{ kind: 'call', callId, tool },
    decisions: of('call.decided'),
    approvals: of('approval.waiting', 'approval.told', 'approval.verdict'),
    ...(executed === undefined ? {} : { executed }),
    ...(settled === undefined ? {} : { settled }),
  };
}

/** What in the record of a call contradicts the rest of it; empty when nothing does. */
export function contradictionsIn({ decisions, approvals, executed }: CallStep): readonly string[] {
  const allows = decisions.filter(({ decision }) => decision === 'allow');
  return [
    ...(executed !== undefined && allows.length === 0
      ? ['it was executed, and no decision of the record allows it']
      : []),
    ...decisions.flatMap(({ context, approvalId }) => {
      const counted = Math.max(0, ...Object.values(context?.approvals ?? {}));
      const approved = approversOf(approvals, approvalId).size;
      return counted > approved
        ? [`it was decided with the approvals of ${counted}, and the record has those of ${approved}`]
        : [];
    }),
  ];
}

/** Who has approved and not said otherwise since. */
function approversOf(
  approvals: CallStep['approvals'],
  approvalId: string | undefined,
): ReadonlyMap<string, unknown> {
  const verdicts = approvals.filter(
    (event): event is EventOf<'approval.verdict'> =>
      event.type === 'approval.verdict' && event.approvalId === approvalId,
  );
  const last = new Map(verdicts.map(({ by, verdict }) => [by, verdict]));
  return new Map([...last].filter(([, verdict]) => verdict === 'approve'));
}
