import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../../contracts/environment.ts';
import { LIMITS, type LimitedCalls, slotKey } from '../../../contracts/tables.ts';
import { slotOrder } from '../../../domain/limit/slots.ts';
import { epochSeconds } from '../../../domain/time.ts';
import { environment } from '../../runtime/environment.ts';
import { limitItemKey, type Updated, updateLimit } from './table.ts';

const IS_FREE = 'attribute_not_exists(heldUntil) OR heldUntil <= :now';
/** The same call asked again gets the place that it had. */
const IS_MINE = 'heldBy = :call';

const KEPT_SECONDS = 3600;

/** A call that wants a place, and for how long at most. */
export interface SlotRequest {
  readonly calls: LimitedCalls;
  readonly slots: number;
  readonly call: string;
  /** ISO 8601 UTC. */
  readonly now: string;
  readonly until: string;
}

export type Slot =
  | { readonly taken: true; readonly slot: number }
  | { readonly taken: false; readonly freeAt: string };

/**
 * Takes a place for a call: one write when the place is free that its hash says. When it is not, the others are read
 * together, and those that are free are tried; so being refused costs a write and a read however many places there are.
 */
export async function takeSlot(client: DynamoDBDocumentClient, request: SlotRequest): Promise<Slot> {
  const [first = 0, ...others] = slotOrder(request.call, request.slots);
  const atFirst = await take(client, request, first);
  if (atFirst.done) {
    return { taken: true, slot: first };
  }
  const seen = await read(client, request.calls, others);
  let freeAt = heldUntil(atFirst, request.until);
  const order = [...others].sort(
    (left, right) => Number(isMine(seen.get(right), request)) - Number(isMine(seen.get(left), request)),
  );
  for (const slot of order) {
    const item = seen.get(slot);
    const held = item?.heldUntil;
    if (typeof held === 'string' && held > request.now && !isMine(item, request)) {
      freeAt = held < freeAt ? held : freeAt;
      continue;
    }
    const attempt = await take(client, request, slot);
    if (attempt.done) {
      return { taken: true, slot };
    }
    const until = heldUntil(attempt, request.until);
    freeAt = until < freeAt ? until : freeAt;
  }
  return { taken: false, freeAt };
}

/** Gives a place back before its time, if it is still this call's. */
export async function releaseSlot(
  client: DynamoDBDocumentClient,
  calls: LimitedCalls,
  slot: number,
  call: string,
): Promise<void> {
  await updateLimit(client, slotKey(calls, slot), {
    UpdateExpression: 'REMOVE heldUntil, heldBy',
    ConditionExpression: IS_MINE,
    ExpressionAttributeValues: { ':call': call },
  });
}

function take(
  client: DynamoDBDocumentClient,
  { calls, call, now, until }: SlotRequest,
  slot: number,
): Promise<Updated> {
  return updateLimit(client, slotKey(calls, slot), {
    UpdateExpression: 'SET heldUntil = :until, heldBy = :call, #purgeAt = :purgeAt',
    ConditionExpression: `${IS_FREE} OR ${IS_MINE}`,
    ExpressionAttributeNames: { '#purgeAt': LIMITS.timeToLive },
    ExpressionAttributeValues: {
      ':now': now,
      ':until': until,
      ':call': call,
      ':purgeAt': epochSeconds(until) + KEPT_SECONDS,
    },
  });
}

type SlotItem = Readonly<Record<string, unknown>>;

/** Places that nobody has used have no item; what DynamoDB does not answer for once is tried like those. */
async function read(
  client: DynamoDBDocumentClient,
  calls: LimitedCalls,
  slots: readonly number[],
): Promise<ReadonlyMap<number, SlotItem>> {
  if (slots.length === 0) {
    return new Map();
  }
  const table = environment(ENV.limitsTable);
  const { Responses = {} } = await client.send(
    new BatchGetCommand({
      RequestItems: {
        [table]: { Keys: slots.map((slot) => limitItemKey(slotKey(calls, slot))), ConsistentRead: true },
      },
    }),
  );
  const items = new Map((Responses[table] ?? []).map((item) => [item[LIMITS.partitionKey], item]));
  return new Map(
    slots.flatMap((slot) => {
      const item = items.get(slotKey(calls, slot));
      return item === undefined ? [] : [[slot, item] as const];
    }),
  );
}

function isMine(item: SlotItem | undefined, { call }: SlotRequest): boolean {
  return item?.heldBy === call;
}

function heldUntil(attempt: Updated, otherwise: string): string {
  const until = attempt.done ? undefined : attempt.found?.heldUntil;
  return typeof until === 'string' ? until : otherwise;
}
