import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Reason, RunRef } from '../../contracts/call.ts';
import { ENV } from '../../contracts/environment.ts';
import { runKey, WARRANTS } from '../../contracts/tables.ts';
import type { SettlementRecord } from '../../contracts/unknown-outcomes.ts';
import { type RecordedOutcome, WARRANT_KEPT_DAYS, type Warrant } from '../../domain/call/warrant.ts';
import { epochSeconds, secondsAfter } from '../../domain/time.ts';
import { environment } from '../runtime/environment.ts';
import { ConditionsFailed, queryAll, type TransactItem, transact } from './dynamodb.ts';

/** A call that was refused: kept where its warrant would be, so that asking again gets the same answer. */
export interface Refusal extends RunRef {
  readonly callId: string;
  readonly state: 'refused';
  readonly policies: readonly string[];
  readonly reasons: readonly Reason[];
  readonly authorizedAt: string;
}

type CallRef = RunRef & { readonly callId: string };

export async function readWarrant(
  client: DynamoDBDocumentClient,
  call: CallRef,
): Promise<Warrant | Refusal | undefined> {
  const { Item } = await client.send(
    new GetCommand({ TableName: environment(ENV.warrantsTable), Key: keyOf(call), ConsistentRead: true }),
  );
  return Item as Warrant | Refusal | undefined;
}

const IS_NEW = 'attribute_not_exists(#callId)';
const IS_UNUSED = '#state = :authorized';
const IS_UNEXPIRED = 'expiresAt > :now';
const IS_EXPIRED = 'expiresAt <= :now';
const IS_EXECUTING = '#state = :executing';
/** INVARIANT: of two that saw the same attempt break off, one begins the next. */
const ATTEMPT_IS_THE_ONE_SEEN = 'attempt = :seen';
/** INVARIANT: only the latest attempt settles. */
const ATTEMPT_IS_MINE = 'attempt = :mine';

const BEGIN = 'SET #state = :executing, attempt = :attempt, deadline = :deadline';

const INTO_THE_QUEUE = ', #unknownTenant = :tenant, #unknownSince = :since REMOVE #purgeAt';
const QUEUE_NAMES = {
  '#unknownTenant': WARRANTS.unknownIndex.partitionKey,
  '#unknownSince': WARRANTS.unknownIndex.sortKey,
  '#purgeAt': WARRANTS.timeToLive,
};

const SECONDS_PER_DAY = 86_400;

/** INVARIANT: one answer per call. Only `authorize` may put into this table. */
export function putWarrant(warrant: Warrant | Refusal): TransactItem {
  const purgeAt = epochSeconds(secondsAfter(warrant.authorizedAt, WARRANT_KEPT_DAYS * SECONDS_PER_DAY));
  return {
    Put: {
      TableName: environment(ENV.warrantsTable),
      Item: { ...keyOf(warrant), ...warrant, [WARRANTS.timeToLive]: purgeAt },
      ConditionExpression: IS_NEW,
      ExpressionAttributeNames: { '#callId': WARRANTS.sortKey },
    },
  };
}

/**
 * Takes the right to execute, if it is still there to take.
 *
 * @param beside - written in one transaction with it, without conditions; absent when nothing is
 * @returns false when somebody took it before, or it has expired
 */
export async function beginFirstAttempt(
  client: DynamoDBDocumentClient,
  call: CallRef,
  now: string,
  deadline: string,
  beside?: TransactItem,
): Promise<boolean> {
  const update = {
    TableName: environment(ENV.warrantsTable),
    Key: keyOf(call),
    UpdateExpression: BEGIN,
    ConditionExpression: [IS_UNUSED, IS_UNEXPIRED].join(' AND '),
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: {
      ':authorized': 'authorized',
      ':executing': 'executing',
      ':now': now,
      ':attempt': 1,
      ':deadline': deadline,
    },
  };
  try {
    // a transaction costs twice what an update does
    await (beside === undefined
      ? client.send(new UpdateCommand(update))
      : transact(client, { warrant: { Update: update }, beside }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException || error instanceof ConditionsFailed) {
      return false;
    }
    throw error;
  }
}

/**
 * Takes over from an attempt that broke off.
 *
 * @param seen - the attempt that broke off
 */
export function beginNextAttempt(call: CallRef, seen: number, deadline: string): TransactItem {
  return {
    Update: {
      TableName: environment(ENV.warrantsTable),
      Key: keyOf(call),
      UpdateExpression: BEGIN,
      ConditionExpression: [IS_EXECUTING, ATTEMPT_IS_THE_ONE_SEEN].join(' AND '),
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: {
        ':executing': 'executing',
        ':seen': seen,
        ':attempt': seen + 1,
        ':deadline': deadline,
      },
    },
  };
}

/**
 * INVARIANT: an execution is settled once; the hold and the event are in the same transaction.
 * INVARIANT: what is unknown is in the queue for people, and is not purged before one of them has settled it.
 */
export function settleWarrant(
  call: CallRef,
  attempt: number,
  outcome: RecordedOutcome,
  at: string,
): TransactItem {
  const isForAPerson = outcome.status === 'unknown';
  return {
    Update: {
      TableName: environment(ENV.warrantsTable),
      Key: keyOf(call),
      UpdateExpression: `SET #state = :status, outcome = :outcome${isForAPerson ? INTO_THE_QUEUE : ''}`,
      ConditionExpression: [IS_EXECUTING, ATTEMPT_IS_MINE].join(' AND '),
      ExpressionAttributeNames: { '#state': 'state', ...(isForAPerson ? QUEUE_NAMES : {}) },
      ExpressionAttributeValues: {
        ':executing': 'executing',
        ':mine': attempt,
        ':status': outcome.status,
        ':outcome': outcome,
        ...(isForAPerson ? { ':tenant': call.tenant, ':since': at } : {}),
      },
    },
  };
}

/**
 * Ends a call that nobody has begun to execute in its time.
 *
 * INVARIANT: it is ended without having been begun, so that nothing takes it for an attempt that broke off.
 */
export function settleUnbegun(call: CallRef, outcome: RecordedOutcome, at: string): TransactItem {
  return {
    Update: {
      TableName: environment(ENV.warrantsTable),
      Key: keyOf(call),
      UpdateExpression: 'SET #state = :status, outcome = :outcome',
      ConditionExpression: [IS_UNUSED, IS_EXPIRED].join(' AND '),
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: {
        ':authorized': 'authorized',
        ':status': outcome.status,
        ':outcome': outcome,
        ':now': at,
      },
    },
  };
}

/** Calls of a run that were allowed, or begun, and that nobody has settled. */
export async function unsettledWarrants(client: DynamoDBDocumentClient, run: RunRef): Promise<Warrant[]> {
  return (await queryAll(client, {
    TableName: environment(ENV.warrantsTable),
    ConsistentRead: true,
    KeyConditionExpression: '#run = :run',
    FilterExpression: [IS_UNUSED, IS_EXECUTING].join(' OR '),
    ExpressionAttributeNames: { '#run': WARRANTS.partitionKey, '#state': 'state' },
    ExpressionAttributeValues: {
      ':run': runKey(run),
      ':authorized': 'authorized',
      ':executing': 'executing',
    },
  })) as unknown as Warrant[];
}

/** A call whose outcome is unknown and waits for a person. */
export type UnknownWarrant = Warrant & { readonly unknownSince: string };

/** Oldest first; eventually consistent. */
export async function unknownWarrants(
  client: DynamoDBDocumentClient,
  tenant: string,
): Promise<UnknownWarrant[]> {
  const { unknownIndex } = WARRANTS;
  return (await queryAll(client, {
    TableName: environment(ENV.warrantsTable),
    IndexName: unknownIndex.name,
    KeyConditionExpression: '#tenant = :tenant',
    ExpressionAttributeNames: { '#tenant': unknownIndex.partitionKey },
    ExpressionAttributeValues: { ':tenant': tenant },
  })) as unknown as UnknownWarrant[];
}

/** INVARIANT: of two people one settles. The place in the queue says it, so that the API needs no right to `state`. */
const WAITS_FOR_A_PERSON = '#unknownTenant = :tenant';

/** Writes down what a person has found out, takes the call out of the queue, and lets it be purged again. */
export function settleByPerson(call: CallRef, settled: SettlementRecord): TransactItem {
  const purgeAt = epochSeconds(secondsAfter(settled.at, WARRANT_KEPT_DAYS * SECONDS_PER_DAY));
  return {
    Update: {
      TableName: environment(ENV.warrantsTable),
      Key: keyOf(call),
      UpdateExpression: 'SET settled = :settled, #purgeAt = :purgeAt REMOVE #unknownTenant, #unknownSince',
      ConditionExpression: WAITS_FOR_A_PERSON,
      ExpressionAttributeNames: QUEUE_NAMES,
      ExpressionAttributeValues: { ':tenant': call.tenant, ':settled': settled, ':purgeAt': purgeAt },
    },
  };
}

function keyOf(call: CallRef): Record<string, string> {
  return { [WARRANTS.partitionKey]: runKey(call), [WARRANTS.sortKey]: call.callId };
}
