import type { RunRef } from '../../contracts/call.ts';
import { ENV } from '../../contracts/environment.ts';
import type { RunCaps, Settlement } from '../../domain/budget/budget.ts';
import { environment } from '../runtime/environment.ts';
import type { TransactItem } from './dynamodb.ts';
import { IS_OPEN, keyOf, type OpenRunRecord, type RunRecord } from './runs.ts';

/** INVARIANT: no call under a mode other than the one that the decision was taken under. */
const MODE_IS_UNCHANGED = '#mode = :mode';
/** INVARIANT: spent + held never exceeds what is leased, nor the cap of the run as a person or its envelope has it now. */
const HOLD_FITS = 'usedMicroDollars <= :room AND leasedMicroDollars = :leased AND capChanges = :capChanges';
const CALLS_ARE_LEFT = 'callsAuthorized < :calls';

/** What a decision saw of the run, and what it adds to. */
export interface Counting {
  /** Attributes that count the call. */
  readonly adds: readonly string[];
  /** Counters that policies asked for, by attribute, as they were read. */
  readonly seen: Readonly<Record<string, number>>;
}

const NOTHING_COUNTED: Counting = { adds: [], seen: {} };

/**
 * Sets money aside for a tool call, and counts the call.
 *
 * @param run - that has room for it, as it was read
 */
export function holdForCall(
  run: OpenRunRecord,
  caps: RunCaps,
  holdMicroDollars: number,
  { adds, seen }: Counting = NOTHING_COUNTED,
): TransactItem {
  const counters = Object.entries(seen);
  // INVARIANT: of two calls that policies limit together one is decided after the other
  const areUnchanged = counters.map(([, count], index) =>
    count === 0
      ? `(attribute_not_exists(#seen${index}) OR #seen${index} = :seen${index})`
      : `#seen${index} = :seen${index}`,
  );
  return {
    Update: {
      TableName: environment(ENV.runsTable),
      Key: keyOf(run),
      UpdateExpression: [
        'ADD usedMicroDollars :hold, heldMicroDollars :hold, callsAuthorized :one',
        ...adds.map((_, index) => `#add${index} :one`),
      ].join(', '),
      ConditionExpression: [IS_OPEN, MODE_IS_UNCHANGED, HOLD_FITS, CALLS_ARE_LEFT, ...areUnchanged].join(
        ' AND ',
      ),
      ExpressionAttributeNames: {
        '#status': 'status',
        '#mode': 'mode',
        ...Object.fromEntries(adds.map((attribute, index) => [`#add${index}`, attribute])),
        ...Object.fromEntries(counters.map(([attribute], index) => [`#seen${index}`, attribute])),
      },
      ExpressionAttributeValues: {
        ...Object.fromEntries(counters.map(([, count], index) => [`:seen${index}`, count])),
        ':open': 'open',
        ':mode': run.mode,
        ...roomFor(run, caps, holdMicroDollars),
        ':one': 1,
        ':calls': caps.calls,
      },
    },
  };
}

/** A question to a model, whose answer is not on record yet. */
export interface OpenQuestion {
  /** Of its event. */
  readonly id: string;
  readonly model: string;
  readonly holdMicroDollars: number;
  /** ISO 8601 UTC; tells it from the same question of an earlier try of the same plan. */
  readonly askedAt: string;
}

/** The question that somebody has asked, who has died since or is about to lose its answer; undefined when there is none. */
export function lostQuestion({ asking }: Pick<RunRecord, 'asking'>): OpenQuestion | undefined {
  return asking === undefined ? undefined : (JSON.parse(asking) as OpenQuestion);
}

/**
 * Sets money aside for asking a model, which is not a tool call and is counted by its tokens. A run asks one question at a time:
 * what is held for one whose answer nobody has recorded counts as spent from here on, because it may have been paid.
 */
export function holdForModel(run: OpenRunRecord, caps: RunCaps, question: OpenQuestion): TransactItem {
  const { holdMicroDollars: hold } = question;
  const { holdMicroDollars: lost = 0 } = lostQuestion(run) ?? {};
  return {
    Update: {
      TableName: environment(ENV.runsTable),
      Key: keyOf(run),
      UpdateExpression: `SET asking = :asking ADD usedMicroDollars :hold, heldMicroDollars :held, spentMicroDollars :lost`,
      ConditionExpression: [
        IS_OPEN,
        HOLD_FITS,
        run.asking === undefined ? 'attribute_not_exists(asking)' : 'asking = :before',
      ].join(' AND '),
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: {
        ':open': 'open',
        ...roomFor(run, caps, hold),
        ':asking': JSON.stringify(question),
        ':held': hold - lost,
        ':lost': lost,
        ...(run.asking === undefined ? {} : { ':before': run.asking }),
      },
    },
  };
}

/**
 * Must be in one transaction with the record of the answer, if there is one.
 *
 * INVARIANT: whoever was overtaken, and whose hold was counted as spent, does not settle it a second time.
 */
export function settleQuestion(
  run: RunRef,
  question: OpenQuestion,
  { heldDelta, spentDelta, releasedMicroDollars }: Settlement,
  tokens: number,
): TransactItem {
  return {
    Update: {
      TableName: environment(ENV.runsTable),
      Key: keyOf(run),
      UpdateExpression:
        'ADD usedMicroDollars :minusReleased, heldMicroDollars :held, spentMicroDollars :spent, tokens :tokens REMOVE asking',
      ConditionExpression: `${IS_OPEN} AND asking = :asking`,
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: {
        ':open': 'open',
        ':asking': JSON.stringify(question),
        ':minusReleased': -releasedMicroDollars,
        ':held': heldDelta,
        ':spent': spentDelta,
        ':tokens': tokens,
      },
    },
  };
}

function roomFor(
  { leasedMicroDollars, capChanges }: OpenRunRecord,
  { microDollars }: RunCaps,
  hold: number,
): Record<string, number> {
  return {
    ':hold': hold,
    ':room': Math.min(leasedMicroDollars, microDollars) - hold,
    ':leased': leasedMicroDollars,
    ':capChanges': capChanges,
  };
}

/**
 * Must be in one transaction with the record of the outcome, which is what makes it happen once. Fails on a run that
 * was closed in the meantime: closing has counted the hold as spent.
 *
 * @param adds - attributes that count the call
 */
export function settleHold(
  run: RunRef,
  { heldDelta, spentDelta, releasedMicroDollars }: Settlement,
  adds: readonly string[] = [],
): TransactItem {
  return {
    Update: {
      TableName: environment(ENV.runsTable),
      Key: keyOf(run),
      UpdateExpression: [
        'ADD usedMicroDollars :minusReleased, heldMicroDollars :held, spentMicroDollars :spent',
        ...adds.map((_, index) => `#add${index} :one`),
      ].join(', '),
      ConditionExpression: IS_OPEN,
      ExpressionAttributeNames: {
        '#status': 'status',
        ...Object.fromEntries(adds.map((attribute, index) => [`#add${index}`, attribute])),
      },
      ExpressionAttributeValues: {
        ...(adds.length === 0 ? {} : { ':one': 1 }),
        ':open': 'open',
        ':minusReleased': -releasedMicroDollars,
        ':held': heldDelta,
        ':spent': spentDelta,
      },
    },
  };
}

/**
 * A call of a closed run turned out cheaper than its hold, which closing has counted as spent. The day's counters get it back when
 * the reconciler finishes the run.
 */
export function correctClosedRun(run: RunRef, releasedMicroDollars: number): TransactItem {
  return {
    Update: {
      TableName: environment(ENV.runsTable),
      Key: keyOf(run),
      UpdateExpression: 'ADD usedMicroDollars :minusReleased, spentMicroDollars :minusReleased',
      ConditionExpression: '#status = :closed',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: {
        ':closed': 'closed',
        ':minusReleased': -releasedMicroDollars,
      },
    },
  };
}
