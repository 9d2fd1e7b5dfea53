import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { RunRef } from '../../contracts/call.ts';
import { ENV } from '../../contracts/environment.ts';
import type { LedgerEvent } from '../../contracts/events.ts';
import { EVENTS, eventPosition, LEDGER_KEPT_DAYS, runKey } from '../../contracts/tables.ts';
import { epochSeconds, secondsAfter } from '../../domain/time.ts';
import { environment } from '../runtime/environment.ts';
import { queryAll, type TransactItem } from './dynamodb.ts';

const LEDGER_KEPT_SECONDS = LEDGER_KEPT_DAYS * 86_400;

/**
 * Part of the transaction that makes the event true. That transaction has a condition which holds once, so a
 * repeated step appends nothing; the event needs none of its own.
 */
export function appendEvent(event: LedgerEvent): TransactItem {
  const key = { [EVENTS.partitionKey]: runKey(event), [EVENTS.sortKey]: eventPosition(event) };
  const purgeAt = epochSeconds(secondsAfter(event.at, LEDGER_KEPT_SECONDS));
  const item = { ...key, event, [EVENTS.timeToLive]: purgeAt };
  return { Put: { TableName: environment(ENV.eventsTable), Item: item } };
}

/** The event with this time and id; undefined when the run has none. */
export async function eventAt(
  client: DynamoDBDocumentClient,
  run: RunRef,
  position: Pick<LedgerEvent, 'at' | 'id'>,
): Promise<LedgerEvent | undefined> {
  const [item] = await queryAll(client, {
    TableName: environment(ENV.eventsTable),
    ConsistentRead: true,
    KeyConditionExpression: '#run = :run AND #position = :position',
    ExpressionAttributeNames: { '#run': EVENTS.partitionKey, '#position': EVENTS.sortKey },
    ExpressionAttributeValues: { ':run': runKey(run), ':position': eventPosition(position) },
  });
  return item?.event as LedgerEvent | undefined;
}

/** Events of a run in order, those behind the cursor only. `next` is the cursor for what comes later. */
export async function eventsAfter(
  client: DynamoDBDocumentClient,
  run: RunRef,
  cursor = '',
): Promise<{ events: LedgerEvent[]; next: string }> {
  const items = await queryAll(client, {
    TableName: environment(ENV.eventsTable),
    ConsistentRead: true,
    KeyConditionExpression: cursor === '' ? '#run = :run' : '#run = :run AND #position > :cursor',
    ExpressionAttributeNames: {
      '#run': EVENTS.partitionKey,
      ...(cursor === '' ? {} : { '#position': EVENTS.sortKey }),
    },
    ExpressionAttributeValues: { ':run': runKey(run), ...(cursor === '' ? {} : { ':cursor': cursor }) },
  });
  return {
    events: items.map(({ event }) => event as LedgerEvent),
    next: String(items.at(-1)?.[EVENTS.sortKey] ?? cursor),
  };
}
