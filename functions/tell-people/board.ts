import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../contracts/environment.ts';
import { APPROVALS, boardKey } from '../../contracts/tables.ts';
import { type Board, EMPTY_BOARD } from '../../domain/approval/posting.ts';
import { secondsAfter } from '../../domain/time.ts';
import { dueAt } from '../adapters/approvals.ts';
import { environment } from '../runtime/environment.ts';
import { applied, type Update } from './records.ts';

/**
 * A tenant's board says what was posted lately, and who is posting: one at a time, so that two who wake at once post no more together
 * than one would. It is due, like an approval, for as long as somebody is left to be told.
 */
export interface Turn {
  readonly tenant: string;
  readonly board: Board;
  /** The claim on the board: whoever dies with it is followed then. */
  readonly until: string;
}

/** Longer than the function may run, so that whoever has lost the turn is dead. */
export const TURN_SECONDS = 90;

const IS_FREE = 'attribute_not_exists(claimedUntil) OR claimedUntil <= :now';
const IS_MINE = 'claimedUntil = :mine';

/** @returns undefined when somebody else has it */
export async function takeTurn(
  client: DynamoDBDocumentClient,
  tenant: string,
  now: string,
): Promise<Turn | undefined> {
  const until = secondsAfter(now, TURN_SECONDS);
  if (!(await applied(client, claimBoard(tenant, { now, until })))) {
    return undefined;
  }
  return { tenant, until, board: await readBoard(client, tenant) };
}

export async function readBoard(client: DynamoDBDocumentClient, tenant: string): Promise<Board> {
  const { Item } = await client.send(
    new GetCommand({
      TableName: environment(ENV.approvalsTable),
      Key: { [APPROVALS.partitionKey]: boardKey(tenant) },
      ConsistentRead: true,
    }),
  );
  return (Item?.board as Board | undefined) ?? EMPTY_BOARD;
}

/** Makes the item where there is none. INVARIANT: it is due from here on, so a turn that nobody ends is taken by another. */
export function claimBoard(tenant: string, { now, until }: { now: string; until: string }): Update {
  return boardUpdate(
    tenant,
    {
      UpdateExpression: 'SET claimedUntil = :until, #shard = :shard, #due = :until',
      ConditionExpression: IS_FREE,
    },
    { ':now': now, ':until': until, ':shard': shardOf(tenant) },
  );
}

/** @param again - when somebody has to look again. @default nobody is left to be told */
export function endTurn({ tenant, until }: Turn, board: Board, again?: string): Update {
  const due =
    again === undefined
      ? { expression: ' REMOVE claimedUntil, #shard, #due', values: {} }
      : {
          expression: ', #shard = :shard, #due = :due REMOVE claimedUntil',
          values: { ':shard': shardOf(tenant), ':due': again },
        };
  return boardUpdate(
    tenant,
    { UpdateExpression: `SET board = :board${due.expression}`, ConditionExpression: IS_MINE },
    { ':board': board, ':mine': until, ...due.values },
  );
}

function boardUpdate(
  tenant: string,
  update: Pick<Update, 'UpdateExpression' | 'ConditionExpression'>,
  values: Readonly<Record<string, unknown>>,
): Update {
  const { dueIndex } = APPROVALS;
  return {
    TableName: environment(ENV.approvalsTable),
    Key: { [APPROVALS.partitionKey]: boardKey(tenant) },
    ...update,
    ExpressionAttributeNames: { '#shard': dueIndex.partitionKey, '#due': dueIndex.sortKey },
    ExpressionAttributeValues: { ...values },
  };
}

function shardOf(tenant: string): string | undefined {
  return dueAt({ approvalId: tenant }, '')[APPROVALS.dueIndex.partitionKey];
}
