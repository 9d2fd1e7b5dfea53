import { type DynamoDBDocumentClient, paginateQuery, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../contracts/environment.ts';
import { APPROVALS, approvalOfKey, DUE_SHARDS } from '../../contracts/tables.ts';
import type { ApprovalRecord } from '../adapters/approvals.ts';
import { environment } from '../runtime/environment.ts';

/** What somebody has to see to: an approval, or a tenant's board. */
export interface Due {
  readonly tenant: string;
  /** Absent for the board. */
  readonly approvalId?: string;
}

/** Keys of a page take some 150 bytes each. */
const MOST_OF_SHARD = 1000;

/** What was due before an instant, the longest due first, at most a page of each shard: what is left is due in a minute too. */
export async function dueBefore(client: DynamoDBDocumentClient, now: string): Promise<readonly Due[]> {
  const { name, partitionKey, sortKey } = APPROVALS.dueIndex;
  const shards = Array.from({ length: DUE_SHARDS }, (_, shard) => String(shard));
  const pages = await Promise.all(
    shards.map((shard) =>
      client.send(
        new QueryCommand({
          TableName: environment(ENV.approvalsTable),
          IndexName: name,
          Limit: MOST_OF_SHARD,
          KeyConditionExpression: '#shard = :shard AND #due <= :now',
          ExpressionAttributeNames: { '#shard': partitionKey, '#due': sortKey },
          ExpressionAttributeValues: { ':shard': shard, ':now': now },
        }),
      ),
    ),
  );
  return pages
    .flatMap(({ Items = [] }) => Items)
    .toSorted((left, right) => (String(left[sortKey]) < String(right[sortKey]) ? -1 : 1))
    .map((item) => approvalOfKey(String(item[APPROVALS.partitionKey])));
}

/** Of an approval that waits, what planning reads; what people are shown is not among it. */
const PLANNED = [
  ...['approvalId', 'tenant', 'asks', 'requestedAt', 'expiresAt', 'secondChannelFrom', 'messages'],
  ...['claimedUntil', 'reachedUntil', 'heartbeatSeconds'],
] as const;

export type WaitingRecord = Pick<
  ApprovalRecord,
  | 'approvalId'
  | 'tenant'
  | 'asks'
  | 'requestedAt'
  | 'expiresAt'
  | 'secondChannelFrom'
  | 'messages'
  | 'claimedUntil'
  | 'reachedUntil'
  | 'heartbeatSeconds'
>;

/** Of 1 MB each: more of them could not be read in the function's time. */
const MOST_PAGES = 100;

/** Approvals of a tenant that wait, the oldest first. Eventually consistent. */
export async function waitingOf(
  client: DynamoDBDocumentClient,
  tenant: string,
): Promise<readonly WaitingRecord[]> {
  const { name, partitionKey } = APPROVALS.waitingIndex;
  const query = {
    TableName: environment(ENV.approvalsTable),
    IndexName: name,
    KeyConditionExpression: '#tenant = :tenant',
    ProjectionExpression: PLANNED.map((_, index) => `#n${index}`).join(', '),
    ExpressionAttributeNames: {
      '#tenant': partitionKey,
      ...Object.fromEntries(PLANNED.map((attribute, index) => [`#n${index}`, attribute])),
    },
    ExpressionAttributeValues: { ':tenant': tenant },
  };
  const waiting: WaitingRecord[] = [];
  let pages = 0;
  for await (const { Items = [] } of paginateQuery({ client }, query)) {
    waiting.push(...(Items as WaitingRecord[]));
    pages += 1;
    if (pages === MOST_PAGES) {
      break;
    }
  }
  return waiting;
}

/** Whether people find their tenant's approvals when they ask for them. @throws when they do not */
export async function lookIntoQueue(client: DynamoDBDocumentClient, tenant: string): Promise<void> {
  const { name, partitionKey } = APPROVALS.waitingIndex;
  await client.send(
    new QueryCommand({
      TableName: environment(ENV.approvalsTable),
      IndexName: name,
      Limit: 1,
      KeyConditionExpression: '#tenant = :tenant',
      ExpressionAttributeNames: { '#tenant': partitionKey },
      ExpressionAttributeValues: { ':tenant': tenant },
    }),
  );
}
