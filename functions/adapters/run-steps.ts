import type { RunRef } from '../../contracts/call.ts';
import { ENV } from '../../contracts/environment.ts';
import { environment } from '../runtime/environment.ts';
import type { TransactItem } from './dynamodb.ts';
import { IS_OPEN, keyOf } from './runs.ts';

/**
 * INVARIANT: what is taken once is told once. In the transaction with the events that say so: it fails when any of it was
 * taken before, and on a run that is not open.
 *
 * @param names - at least one
 */
export function takeSteps(run: RunRef, names: readonly string[]): TransactItem {
  return {
    Update: {
      TableName: environment(ENV.runsTable),
      Key: keyOf(run),
      UpdateExpression: 'ADD stepsTaken :names',
      ConditionExpression: [
        IS_OPEN,
        ...names.map((_, index) => `NOT contains(stepsTaken, :name${index})`),
      ].join(' AND '),
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: {
        ':open': 'open',
        ':names': new Set(names),
        ...Object.fromEntries(names.map((name, index) => [`:name${index}`, name])),
      },
    },
  };
}
