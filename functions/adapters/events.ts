import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { RunRef } from '../../contracts/call.ts';
import { ENV } from '../../contracts/environment.ts';
import type { LedgerEvent } from '../../contracts/events.ts';
import { EVENTS, eventPosition, runKey } from '../../contracts/tables.ts';
import { environment } from '../runtime/environment.ts';
import type { TransactItem } from './dynamodb.ts';

/**
 * Part of the transaction that makes the event true. That transaction has a condition which holds once, so a
 * repeated step appends nothing; the event needs none of its own.
 */
export function appendEvent(event: LedgerEvent): TransactItem {
  const key = { [EVENTS.partitionKey]: runKey(event), [EVENTS.sortKey]: eventPosition(event) };
  return { Put: { TableName: environment(ENV.eventsTable), Item: { ...key, event } } };
}

/** Events of a run in order, those behind the cursor only. `next` is the cursor for what comes later. */
export async function eventsAfter(
  client: DynamoDBDocumentClient,
  run: RunRef,
  cursor = '',
): Promise<{ events: LedgerEvent[]; next: string }> {
  const events: LedgerEvent[] = [];
  let next = cursor;
  let startKey: Record<string, unknown> | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: environment(ENV.eventsTable),
        ConsistentRead: true,
        KeyConditionExpression: cursor === '' ? '#run = :run' : '#run = :run AND #position > :cursor',
        ExpressionAttributeNames: {
          '#run': EVENTS.partitionKey,
          ...(cursor === '' ? {} : { '#position': EVENTS.sortKey }),
        },
        ExpressionAttributeValues: { ':run': runKey(run), ...(cursor === '' ? {} : { ':cursor': cursor }) },
        ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
      }),
    );
    for (const item of page.Items ?? []) {
      events.push(item.event as LedgerEvent);
      next = item[EVENTS.sortKey] as string;
    }
    startKey = page.LastEvaluatedKey;
  } while (startKey !== undefined);
  return { events, next };
}
