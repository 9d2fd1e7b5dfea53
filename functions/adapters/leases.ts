import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Reason } from '../../contracts/call.ts';
import { ENV } from '../../contracts/environment.ts';
import { ledgerEvent } from '../../domain/audit/event.ts';
import { capRefusal, capsOf, microDollars } from '../../domain/budget/budget.ts';
import { type Budgets, type DailyCap, dailyCaps, dayOf } from '../../domain/budget/daily-caps.ts';
import { hasRoom, type LeaseChange, moreLease } from '../../domain/budget/lease.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import { type Clock, timestamp } from '../../domain/time.ts';
import { environment } from '../runtime/environment.ts';
import { changeDays, scopesWithoutRoom } from './budget-days.ts';
import { ConditionsFailed, type TransactItem, transact } from './dynamodb.ts';
import { appendEvent } from './events.ts';
import { holdForModel, lostQuestion, type OpenQuestion } from './run-holds.ts';
import { IS_OPEN, keyOf, type OpenRunRecord, type RunRecord, readOpenedRun } from './runs.ts';

/** What a hold has to fit into, as it is deployed now. */
export interface HoldTerms {
  readonly budgets: Budgets;
  readonly envelope: Envelope | undefined;
  readonly clock: Clock;
}

/** The run as it is now, with room for the hold; or why there is none. */
export type Fitted = { readonly run: OpenRunRecord } | { readonly refusal: Reason };

/** Each try looks again; others change a run's lease seldom. */
const LEASING_TRIES = 6;

/**
 * Sees to it that a run may hold so much: within its own cap, and within the day's caps, of which it leases more if it has to.
 * Nothing is held by it. Nearly always nothing is asked of the database.
 */
export async function fitHold(
  client: DynamoDBDocumentClient,
  seen: OpenRunRecord,
  hold: number,
  terms: HoldTerms,
): Promise<Fitted> {
  let run = seen;
  for (let attempt = 1; ; attempt += 1) {
    const cap = capsOf(run, terms.envelope).microDollars;
    const refusal = capRefusal(run, hold, cap);
    if (refusal !== undefined) {
      return { refusal };
    }
    const day = dayOf(terms.budgets, terms.clock());
    const caps = dailyCaps(terms.budgets, terms.envelope, run, day);
    if (hasRoom(run, hold, caps, day)) {
      return { run };
    }
    const chunk = Math.min(microDollars(terms.budgets.lease_usd), cap - run.usedMicroDollars);
    const leased = await leaseFirstThatFits(client, run, [Math.max(hold, chunk), hold], caps, day);
    if (leased !== 'run changed' && leased !== 'leased') {
      return { refusal: dayRefusal(hold, caps, leased) };
    }
    if (attempt === LEASING_TRIES) {
      throw new Error(`run ${run.runId}: its lease changed in each of ${LEASING_TRIES} tries to enlarge it`);
    }
    run = await readOpenedRun(client, run);
  }
}

/**
 * Sets money aside for a question to a model. What an earlier question of this run may have cost, whose answer nobody has
 * recorded, is charged with it, and on record.
 *
 * @returns why there is none, and nothing is held; undefined when it is held
 */
export async function holdForQuestion(
  client: DynamoDBDocumentClient,
  seen: OpenRunRecord,
  question: OpenQuestion,
  terms: HoldTerms,
): Promise<Reason | undefined> {
  let run = seen;
  for (let attempt = 1; ; attempt += 1) {
    const fitted = await fitHold(client, run, question.holdMicroDollars, terms);
    if ('refusal' in fitted) {
      return fitted.refusal;
    }
    try {
      const at = timestamp(terms.clock);
      await transact(client, {
        run: holdForModel(fitted.run, capsOf(fitted.run, terms.envelope), question),
        lost: recordLost(fitted.run, at),
      });
      return undefined;
    } catch (error) {
      if (!(error instanceof ConditionsFailed) || attempt === LEASING_TRIES) {
        throw error;
      }
      // its calls, or a person, have changed its money since it was read
      run = await readOpenedRun(client, run);
      if (run.status !== 'open') {
        return { code: 'run_not_open', message: `the run is ${run.status}, models are asked in open runs` };
      }
    }
  }
}

/** The event of a question whose answer is lost; in the transaction that counts its hold as spent. */
export function recordLost(run: RunRecord, at: string): TransactItem | undefined {
  const lost = lostQuestion(run);
  return lost === undefined
    ? undefined
    : appendEvent(
        ledgerEvent(run, `${lost.id}/lost`, at, {
          type: 'model.called',
          ...{ model: lost.model, inputTokens: 0, outputTokens: 0, lost: true },
          costMicroDollars: lost.holdMicroDollars,
        }),
      );
}

/** @returns the scopes that have no room for the last of the amounts */
async function leaseFirstThatFits(
  client: DynamoDBDocumentClient,
  run: OpenRunRecord,
  [room = 0, ...others]: readonly number[],
  caps: readonly DailyCap[],
  day: string,
): Promise<'leased' | 'run changed' | readonly string[]> {
  const { run: change, scopes } = moreLease(run, room, caps, day);
  try {
    await transact(client, { run: changeLease(run, change), ...changeDays(run.tenant, scopes) });
    return 'leased';
  } catch (error) {
    if (!(error instanceof ConditionsFailed)) {
      throw error;
    }
    if (error.parts.includes('run')) {
      return 'run changed';
    }
    return others.length === 0
      ? scopesWithoutRoom(error.parts)
      : leaseFirstThatFits(client, run, others, caps, day);
  }
}

/**
 * INVARIANT: a lease changes only if it, and what was used of it, are what the change was computed from. Amounts alone do not say so:
 * a lease that was taken over into the next day may be as large as before, with nothing used of either.
 */
const LEASE_IS_UNCHANGED = `leasedMicroDollars = :leased AND usedMicroDollars = :used AND countedMicroDollars = :counted
  AND leaseDay = :seenDay AND leaseScopes = :seenScopes`;

/** INVARIANT: see `LEASE_IS_UNCHANGED`. */
export function changeLease(run: OpenRunRecord, change: LeaseChange): TransactItem {
  return {
    Update: {
      TableName: environment(ENV.runsTable),
      Key: keyOf(run),
      UpdateExpression:
        'SET leaseDay = :day, leaseScopes = :scopes, leasedMicroDollars = :more, countedMicroDollars = :nowCounted',
      ConditionExpression: `${IS_OPEN} AND ${LEASE_IS_UNCHANGED}`,
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: {
        ':open': 'open',
        ':leased': run.leasedMicroDollars,
        ':used': run.usedMicroDollars,
        ':counted': run.countedMicroDollars,
        ':seenDay': run.leaseDay,
        ':seenScopes': run.leaseScopes,
        ':day': change.leaseDay,
        ':scopes': change.leaseScopes,
        ':more': change.leasedMicroDollars,
        ':nowCounted': change.countedMicroDollars,
      },
    },
  };
}

function dayRefusal(hold: number, caps: readonly DailyCap[], scopes: readonly string[]): Reason {
  const full = caps
    .filter(({ scope }) => scopes.includes(scope))
    .map(({ scope, id, day, capMicroDollars }) => `the ${capMicroDollars} of ${scope} '${id}' on ${day}`);
  const message = `it may cost ${hold} micro-dollars, which ${full.join(' and ')} have no room for`;
  return { code: 'daily_budget_exhausted', message };
}
