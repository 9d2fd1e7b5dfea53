import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { RunRef } from '../../contracts/call.ts';
import { ENV } from '../../contracts/environment.ts';
import { RUNS, runOfKey, UNFINISHED_SHARDS } from '../../contracts/tables.ts';
import { environment } from '../runtime/environment.ts';
import { queryAll, type TransactItem } from './dynamodb.ts';
import { keyOf } from './runs.ts';

const UNFINISHED = RUNS.unfinishedIndex;

/** Nothing of the run is open any more: the reconciler need not look at it again. */
export function finishRun(run: RunRef): TransactItem {
  return {
    Update: {
      TableName: environment(ENV.runsTable),
      Key: keyOf(run),
      UpdateExpression: 'REMOVE #unfinished',
      ConditionExpression: '#status = :closed',
      ExpressionAttributeNames: { '#status': 'status', '#unfinished': UNFINISHED.partitionKey },
      ExpressionAttributeValues: { ':closed': 'closed' },
    },
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
