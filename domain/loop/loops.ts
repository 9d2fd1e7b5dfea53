import type { LoopKind } from '../../contracts/events.ts';
import type { Envelope } from '../envelope/envelope.ts';

/** One call of a run, as far as loops go by it. */
export interface ObservedCall {
  readonly callId: string;
  /** For people. */
  readonly tool: string;
  /** Equal for the same tool with the same arguments, and for nothing else. */
  readonly call: string;
  /** Equal for equal answers. */
  readonly result: string;
  /** What came of it: a write that succeeded, a read that did, or neither. */
  readonly effect: 'written' | 'read' | 'nothing';
}

/** The calls of one turn: the model was answered when all of them had ended. */
export type ObservedTurn = readonly ObservedCall[];

/** A model that no longer gets anywhere, with what shows it. */
export interface Loop {
  readonly kind: LoopKind;
  readonly message: string;
  /** The latest of the calls that show it. */
  readonly callIds: readonly string[];
}

type Limits = Pick<Envelope['loops'], 'same_call' | 'same_cycle' | 'turns_without_progress'>;

/** Calls of a cycle. One is `same_call`; what takes more is not looked for. */
const SHORTEST_CYCLE = 2;
const LONGEST_CYCLE = 8;

/** A loop of long turns has many; as many are enough to look it up. */
const MAXIMUM_EVIDENCE = 24;

/**
 * The loop that a run is in at the end of its last turn; undefined when it is in none. An answer that differs is progress, so
 * waiting for something by looking at it is no loop. What is called twice in one turn counts once: nothing was answered
 * in between.
 *
 * @param turns - complete ones
 * @param since - number of turns at the beginning that are no evidence any more: a person has let the run go on after them.
 *   What they answered is still known
 */
export function findLoop(turns: readonly ObservedTurn[], limits: Limits, since = 0): Loop | undefined {
  const distinct = turns.map(withoutRepeats);
  return (
    sameCall(distinct, limits.same_call, since) ??
    sameCycle(distinct.slice(since).flat(), limits.same_cycle) ??
    noProgress(distinct, limits.turns_without_progress, since)
  );
}

function answerOf({ call, result }: ObservedCall): string {
  return `${call} ${result}`;
}

function withoutRepeats(turn: ObservedTurn): ObservedTurn {
  return [...new Map(turn.map((each) => [answerOf(each), each])).values()];
}

/** A write that succeeds, and a call that answers otherwise than it last did, make every other call worth asking again. */
function sameCall(turns: readonly ObservedTurn[], limit: number, since: number): Loop | undefined {
  const repeats = new Map<string, ObservedCall[]>();
  const lastResults = new Map<string, string>();
  turns.forEach((turn, index) => {
    if (index === since) {
      repeats.clear();
    }
    for (const each of turn) {
      const isNew = each.effect !== 'nothing' && lastResults.get(each.call) !== each.result;
      const before = isNew ? [] : (repeats.get(answerOf(each)) ?? []);
      if (isNew || each.effect === 'written') {
        repeats.clear();
      }
      repeats.set(answerOf(each), [...before.slice(1 - limit), each]);
      lastResults.set(each.call, each.result);
    }
  });
  const last = turns.length > since ? (turns.at(-1) ?? []) : [];
  const found = last.map((each) => repeats.get(answerOf(each)) ?? []).find(({ length }) => length >= limit);
  return (
    found &&
    loop(
      'same_call',
      `${found[0]?.tool} was called with the same arguments and gave the same answer ${found.length} times, and nothing changed in between`,
      found,
    )
  );
}

function sameCycle(calls: readonly ObservedCall[], limit: number): Loop | undefined {
  const answers = calls.map(answerOf);
  for (let length = SHORTEST_CYCLE; length <= LONGEST_CYCLE; length += 1) {
    const all = calls.slice(-length * limit);
    const from = calls.length - all.length;
    const repeats =
      all.length === length * limit &&
      all.every((_, index) => index < length || answers[from + index] === answers[from + index - length]);
    const cycle = all.slice(0, length);
    if (repeats && new Set(cycle.map(({ call }) => call)).size > 1) {
      const tools = cycle.map(({ tool }) => tool).join(', ');
      const message = `the same ${length} calls (${tools}) gave the same answers ${limit} times in a row`;
      return loop('same_cycle', message, all);
    }
  }
  return undefined;
}

function noProgress(turns: readonly ObservedTurn[], limit: number, since: number): Loop | undefined {
  const seen = new Set<string>();
  let idle: ObservedTurn[] = [];
  turns.forEach((turn, index) => {
    const isProgress = turn.some(
      (each) => each.effect === 'written' || (each.effect === 'read' && !seen.has(answerOf(each))),
    );
    idle = isProgress || index < since ? [] : [...idle.slice(1 - limit), turn];
    for (const each of turn) {
      seen.add(answerOf(each));
    }
  });
  return idle.length < limit
    ? undefined
    : loop(
        'no_progress',
        `nothing was changed and nothing new was read in ${idle.length} turns in a row`,
        idle.flat(),
      );
}

function loop(kind: LoopKind, message: string, evidence: readonly ObservedCall[]): Loop {
  return { kind, message, callIds: evidence.slice(-MAXIMUM_EVIDENCE).map(({ callId }) => callId) };
}
