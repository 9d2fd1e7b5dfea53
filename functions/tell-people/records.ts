import { setTimeout as sleep } from 'node:timers/promises';
import { ConditionalCheckFailedException, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ApprovalMessage } from '../../contracts/api.ts';
import { ENV } from '../../contracts/environment.ts';
import { APPROVALS } from '../../contracts/tables.ts';
import { type ApprovalRecord, type ApprovalRef, dueAt, keyOf } from '../adapters/approvals.ts';
import type { TransactItem } from '../adapters/dynamodb.ts';
import { environment } from '../runtime/environment.ts';

/**
 * What telling people writes of an approval.
 *
 * INVARIANT: no attribute but `APPROVAL_ATTRIBUTES_OF_TELLER` is named in any of these, conditions included: IAM refuses others. So
 * none can be conditional on the approval's state, and each has to be harmless whatever the state is by then.
 */
export type Update = NonNullable<TransactItem['Update']>;

const NAMES = {
  '#approval': APPROVALS.partitionKey,
  '#shard': APPROVALS.dueIndex.partitionKey,
  '#due': APPROVALS.dueIndex.sortKey,
} as const;

/** An update of a key that does not exist would make an item. */
const EXISTS = 'attribute_exists(#approval)';
const IS_FREE = '(attribute_not_exists(claimedUntil) OR claimedUntil <= :now)';
/** INVARIANT: whoever has lost a claim records nothing under it. */
const IS_MINE = 'claimedUntil = :mine';
/** INVARIANT: a message is added to the very messages among which its channel was looked for. */
const NO_MESSAGE_CAME_BETWEEN = 'size(messages) = :seen';
const NOBODY_SAID_SO_BETWEEN = 'reachedUntil = :before';
const NOBODY_SAID_SO = 'attribute_not_exists(reachedUntil)';

/** A transaction, such as a verdict's, holds the item for a moment. */
const CONFLICT_TRIES = 6;
/** Of the first wait at most. */
const CONFLICT_MILLISECONDS = 40;

/** @returns false when its condition did not hold, and nothing has changed */
export async function applied(client: DynamoDBDocumentClient, update: Update): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.send(new UpdateCommand(update));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) {
        return false;
      }
      if (!(error instanceof TransactionConflictException) || attempt === CONFLICT_TRIES) {
        throw error;
      }
      await sleep(CONFLICT_MILLISECONDS * attempt * Math.random());
    }
  }
}

function updateOf(
  approval: ApprovalRef,
  update: Pick<Update, 'UpdateExpression' | 'ConditionExpression'>,
  values: Readonly<Record<string, unknown>>,
): Update {
  const text = `${update.UpdateExpression} ${update.ConditionExpression}`;
  const names = Object.entries(NAMES).filter(([name]) => text.includes(name));
  return {
    TableName: environment(ENV.approvalsTable),
    Key: keyOf(approval),
    ...update,
    // DynamoDB takes no name that is not used, and no empty lists of them
    ...(names.length === 0 ? {} : { ExpressionAttributeNames: Object.fromEntries(names) }),
    ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: { ...values } }),
  };
}

const SET_DUE = '#shard = :shard, #due = :due';

function dueValues(approval: ApprovalRef, at: string): Record<string, string | undefined> {
  const { [NAMES['#shard']]: shard } = dueAt(approval, at);
  return { ':shard': shard, ':due': at };
}

/** For whoever is about to tell people of it. INVARIANT: until then nobody else does. */
export function claim(approval: ApprovalRef, { now, until }: { now: string; until: string }): Update {
  return updateOf(
    approval,
    { UpdateExpression: 'SET claimedUntil = :until', ConditionExpression: `${EXISTS} AND ${IS_FREE}` },
    { ':now': now, ':until': until },
  );
}

/** @param until - nobody tells people of it before. @default anybody may at once */
export function unclaim(approval: ApprovalRef, mine: string, until?: string): Update {
  return updateOf(
    approval,
    {
      UpdateExpression: until === undefined ? 'REMOVE claimedUntil' : 'SET claimedUntil = :until',
      ConditionExpression: IS_MINE,
    },
    { ':mine': mine, ...(until === undefined ? {} : { ':until': until }) },
  );
}

/** People can decide in one more message: they are reached, and the claim is over. */
export function addMessage(
  approval: Pick<ApprovalRecord, 'tenant' | 'approvalId' | 'messages'>,
  message: ApprovalMessage,
  { mine, reachedUntil, due }: { mine: string; reachedUntil: string; due: string },
): Update {
  return updateOf(
    approval,
    {
      UpdateExpression: `SET messages = list_append(messages, :message), reachedUntil = :until, ${SET_DUE} REMOVE claimedUntil`,
      ConditionExpression: `${IS_MINE} AND ${NO_MESSAGE_CAME_BETWEEN}`,
    },
    {
      ...{ ':message': [message], ':until': reachedUntil, ':mine': mine, ':seen': approval.messages.length },
      ...dueValues(approval, due),
    },
  );
}

/** People count as reached until then. Of several who say so at once one does. */
export function sayReached(
  approval: Pick<ApprovalRecord, 'tenant' | 'approvalId' | 'reachedUntil'>,
  { reachedUntil, due }: { reachedUntil: string; due: string },
): Update {
  const { reachedUntil: before } = approval;
  const condition = before === undefined ? NOBODY_SAID_SO : NOBODY_SAID_SO_BETWEEN;
  return updateOf(
    approval,
    {
      UpdateExpression: `SET reachedUntil = :until, ${SET_DUE}`,
      ConditionExpression: `${EXISTS} AND ${condition}`,
    },
    {
      ...{ ':until': reachedUntil, ...(before === undefined ? {} : { ':before': before }) },
      ...dueValues(approval, due),
    },
  );
}

/** Somebody has to see to it then. */
export function setDue(approval: ApprovalRef, at: string): Update {
  return updateOf(
    approval,
    { UpdateExpression: `SET ${SET_DUE}`, ConditionExpression: EXISTS },
    dueValues(approval, at),
  );
}

/** Nobody has to see to it any more. */
export function dropDue(approval: ApprovalRef): Update {
  return updateOf(approval, { UpdateExpression: 'REMOVE #shard, #due', ConditionExpression: EXISTS }, {});
}

/** A message shows the approval as it was read. Whoever has rendered it since knows better. */
export function markShown(
  approval: Pick<ApprovalRecord, 'tenant' | 'approvalId' | 'messages'>,
  { channel, ts }: Pick<ApprovalMessage, 'channel' | 'ts'>,
  shown: string,
): Update | undefined {
  const index = approval.messages.findIndex((each) => each.channel === channel && each.ts === ts);
  const message = approval.messages[index];
  if (message === undefined || message.shown === shown) {
    return undefined;
  }
  const path = `messages[${index}]`;
  const before = message.shown;
  const isAsRead = before === undefined ? `attribute_not_exists(${path}.shown)` : `${path}.shown = :before`;
  return updateOf(
    approval,
    {
      UpdateExpression: `SET ${path}.shown = :shown`,
      ConditionExpression: `${path}.ts = :ts AND ${isAsRead}`,
    },
    { ':shown': shown, ':ts': ts, ...(before === undefined ? {} : { ':before': before }) },
  );
}
