import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { BreakGlassView } from '../../contracts/break-glass.ts';
import { ENV } from '../../contracts/environment.ts';
import { BREAK_GLASS } from '../../contracts/tables.ts';
import { type Grant, type PrivilegedCall, stateAt } from '../../domain/break-glass/grant.ts';
import { epochSeconds, secondsAfter } from '../../domain/time.ts';
import { environment } from '../runtime/environment.ts';
import { queryAll, type TransactItem } from './dynamodb.ts';

/** One item of the break-glass table. */
export type GrantRecord = Grant & {
  /** SHA-256 of what was asked for; a client token used again must ask for the same. */
  readonly requestDigest: string;
};

type GrantRef = Pick<Grant, 'tenant' | 'grantId'>;

/** The events are kept for years; the item only answers what is open, and what became of it lately. */
const KEPT_SECONDS = 30 * 86_400;

export async function readGrant(
  client: DynamoDBDocumentClient,
  grant: GrantRef,
): Promise<GrantRecord | undefined> {
  const { Item } = await client.send(
    new GetCommand({
      TableName: environment(ENV.breakGlassTable),
      Key: keyOf(grant),
      ConsistentRead: true,
    }),
  );
  return Item as GrantRecord | undefined;
}

/** Every grant of a tenant that has not been purged; strongly consistent, so one that was ended just now is ended. */
export async function grantsOf(client: DynamoDBDocumentClient, tenant: string): Promise<GrantRecord[]> {
  return (await queryAll(client, {
    TableName: environment(ENV.breakGlassTable),
    ConsistentRead: true,
    KeyConditionExpression: '#tenant = :tenant',
    ExpressionAttributeNames: { '#tenant': BREAK_GLASS.partitionKey },
    ExpressionAttributeValues: { ':tenant': tenant },
  })) as unknown as GrantRecord[];
}

const IS_NEW = 'attribute_not_exists(#grantId)';
const IS_REQUESTED = '#state = :requested';
const IS_IN_TIME = 'confirmBefore > :now';
/** INVARIANT: two people; held by the table too, whatever the code above it does. */
const OPENED_BY_ANOTHER = 'openedBy <> :by';
const IS_ACTIVE = '#state = :active';
/** Times are ISO 8601 UTC with milliseconds, all of one length, so their order is that of their text. */
const IS_NOT_OVER = 'expiresAt > :now';
const IS_OF_THE_WORKFLOW = 'workflow = :workflow';
const OPENS_THE_TOOL = 'contains(tools, :tool)';
const CONFIRMED_BY_ANOTHER = 'confirmedBy <> :user';

export function putGrant(grant: GrantRecord): TransactItem {
  const purgeAt = epochSeconds(secondsAfter(grant.openedAt, KEPT_SECONDS));
  return {
    Put: {
      TableName: environment(ENV.breakGlassTable),
      Item: { ...grant, ...keyOf(grant), [BREAK_GLASS.timeToLive]: purgeAt },
      ConditionExpression: IS_NEW,
      ExpressionAttributeNames: { '#grantId': BREAK_GLASS.sortKey },
    },
  };
}

/** @param confirmed - the grant after the confirmation */
export function confirmGrant(confirmed: Grant): TransactItem {
  const { confirmedBy, confirmedAt, expiresAt } = confirmed;
  return {
    Update: {
      TableName: environment(ENV.breakGlassTable),
      Key: keyOf(confirmed),
      UpdateExpression: 'SET #state = :active, confirmedBy = :by, confirmedAt = :now, expiresAt = :expiresAt',
      ConditionExpression: [IS_REQUESTED, IS_IN_TIME, OPENED_BY_ANOTHER].join(' AND '),
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: {
        ':requested': 'requested',
        ':active': 'active',
        ':by': confirmedBy,
        ':now': confirmedAt,
        ':expiresAt': expiresAt,
      },
    },
  };
}

/** Rejects or ends. @param closed - the grant after it */
export function closeGrant(closed: Grant): TransactItem {
  const { state, closedBy, closedAt } = closed;
  const isRejected = state === 'rejected';
  return {
    Update: {
      TableName: environment(ENV.breakGlassTable),
      Key: keyOf(closed),
      UpdateExpression: 'SET #state = :state, closedBy = :by, closedAt = :now',
      ConditionExpression: (isRejected ? [IS_REQUESTED, IS_IN_TIME] : [IS_ACTIVE, IS_NOT_OVER]).join(' AND '),
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: {
        ...(isRejected ? { ':requested': 'requested' } : { ':active': 'active' }),
        ':state': state,
        ':by': closedBy,
        ':now': closedAt,
      },
    },
  };
}

/**
 * In the transaction that puts the warrant.
 *
 * INVARIANT: no call is recorded under a grant that was ended, or is over, or does not cover it.
 */
export function grantCovers(grant: GrantRef, call: PrivilegedCall, now: string): TransactItem {
  return {
    ConditionCheck: {
      TableName: environment(ENV.breakGlassTable),
      Key: keyOf(grant),
      ConditionExpression: [
        IS_ACTIVE,
        IS_NOT_OVER,
        IS_OF_THE_WORKFLOW,
        OPENS_THE_TOOL,
        CONFIRMED_BY_ANOTHER,
      ].join(' AND '),
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: {
        ':active': 'active',
        ':now': now,
        ':workflow': call.workflow,
        ':tool': call.tool,
        ':user': call.userId,
      },
    },
  };
}

/** What may leave the control plane of a grant, with the state that it has at an instant. */
export function grantView(grant: Grant, now: string): BreakGlassView {
  const { grantId, tenant, workflow, agent, incident, reason, tools, minutes } = grant;
  const { openedBy, openedAt, confirmBefore } = grant;
  const { confirmedBy, confirmedAt, expiresAt, closedBy, closedAt } = grant;
  const later = { confirmedBy, confirmedAt, expiresAt, closedBy, closedAt };
  return {
    grantId,
    tenant,
    workflow,
    agent,
    incident,
    reason,
    tools,
    minutes,
    state: stateAt(grant, now),
    openedBy,
    openedAt,
    confirmBefore,
    ...Object.fromEntries(Object.entries(later).filter(([, value]) => value !== undefined)),
  };
}

function keyOf({ tenant, grantId }: GrantRef): Record<string, string> {
  return { [BREAK_GLASS.partitionKey]: tenant, [BREAK_GLASS.sortKey]: grantId };
}
