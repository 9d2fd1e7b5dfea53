import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { RunRef } from '../../contracts/call.ts';
import { ENV } from '../../contracts/environment.ts';
import { RUNS, runOfKey, UNFINISHED_SHARDS } from '../../contracts/tables.ts';
import { givenBack } from '../../domain/budget/lease.ts';
import { environment } from '../runtime/environment.ts';
import { changeDays } from './budget-days.ts';
import { queryAll, type TransactItem } from './dynamodb.ts';
import { isOpened, keyOf, type RunRecord } from './runs.ts';

const UNFINISHED = RUNS.unfinishedIndex;

/**
 * Parts of a transaction: nothing of a closed run is open any more, the reconciler need not look at it again, and what its late calls
 * have not used goes back to the day's counters, once.
 *
 * @param run - as it was read after its last call was settled
 */
export function finishRun(run: RunRecord): Record<string, TransactItem> {
  const returned = isOpened(run) ? givenBack(run) : undefined;
  return {
    run: {
      Update: {
        TableName: environment(ENV.runsTable),
        Key: keyOf(run),
        UpdateExpression: `${returned === undefined ? '' : 'SET leasedMicroDollars = :used, countedMicroDollars = :used '}REMOVE #unfinished`,
        ConditionExpression:
          returned === undefined
            ? '#status = :closed'
            : '#status = :closed AND usedMicroDollars = :used AND leasedMicroDollars = :leased',
        ExpressionAttributeNames: { '#status': 'status', '#unfinished': UNFINISHED.partitionKey },
        ExpressionAttributeValues: {
          ':closed': 'closed',
          ...(returned === undefined
            ? {}
            : { ':used': run.usedMicroDollars, ':leased': run.leasedMicroDollars }),
        },
      },
    },
    ...(returned === undefined ? {} : changeDays(run.tenant, returned.scopes)),
  };
}

/** Unfinished runs that were requested before an instant, of every shard. Eventually consistent. */
export async function unfinishedRuns(client: DynamoDBDocumentClient, before: string): Promise<RunRef[]> {
  const shards = Array.from({ length: UNFINISHED_SHARDS }, (_, shard) => String(shard));
  const pages = await Promise.all(shards.map((shard) => unfinishedOfShard(client, shard, before)));
  return pages.flat();
}

async function unfinishedOfShard(
  client: DynamoDBDocumentClient,
  shard: string,
  before: string,
): Promise<RunRef[]> {
  const items = await queryAll(client, {
    TableName: environment(ENV.runsTable),
    IndexName: UNFINISHED.name,
    KeyConditionExpression: '#shard = :shard AND #at < :before',
    ExpressionAttributeNames: { '#shard': UNFINISHED.partitionKey, '#at': UNFINISHED.sortKey },
    ExpressionAttributeValues: { ':shard': shard, ':before': before },
  });
  return items.map((item) => runOfKey(String(item[RUNS.partitionKey])));
}
