import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { ShownPreview } from '../../contracts/api.ts';
import { ENV } from '../../contracts/environment.ts';
import { APPROVALS, approvalKey, DUE_SHARDS } from '../../contracts/tables.ts';
import type { Approval } from '../../domain/approval/approval.ts';
import { environment } from '../runtime/environment.ts';
import { queryAll, type TransactItem } from './dynamodb.ts';

/** One item of the approvals table. What is not part of `Approval` is never part of an answer. */
export type ApprovalRecord = Approval & {
  /** Wakes the machine; encrypted for this very approval. */
  readonly sealedToken?: string;
  /** SHA-256 of the token, hex: encrypting it twice gives two texts. */
  readonly tokenDigest?: string;
  /** What was pressed in Slack and counted already: no press counts twice. */
  readonly presses?: ReadonlySet<string>;
  /** Somebody is telling people about it until then. */
  readonly claimedUntil?: string;
  /** When somebody has to see to it; absent when nobody has. */
  readonly dueAt?: string;
};

/** A task token as the table has it. */
export interface SealedToken {
  readonly sealedToken: string;
  readonly tokenDigest: string;
}

export type ApprovalRef = Pick<Approval, 'tenant' | 'approvalId'>;

export async function readApproval(
  client: DynamoDBDocumentClient,
  { tenant, approvalId }: ApprovalRef,
): Promise<ApprovalRecord | undefined> {
  const { Item } = await client.send(
    new GetCommand({
      TableName: environment(ENV.approvalsTable),
      Key: keyOf({ tenant, approvalId }),
      ConsistentRead: true,
    }),
  );
  // a tenant's board is in the same table, and an update of a key that does not exist makes an item
  return Item?.approvalId === undefined ? undefined : (Item as ApprovalRecord);
}

/** Approvals of a tenant that wait for people, oldest first. */
export async function waitingApprovals(
  client: DynamoDBDocumentClient,
  tenant: string,
): Promise<ApprovalRecord[]> {
  return (await queryAll(client, {
    TableName: environment(ENV.approvalsTable),
    IndexName: APPROVALS.waitingIndex.name,
    KeyConditionExpression: '#tenant = :tenant',
    ExpressionAttributeNames: { '#tenant': APPROVALS.waitingIndex.partitionKey },
    ExpressionAttributeValues: { ':tenant': tenant },
  })) as unknown as ApprovalRecord[];
}

const IS_NEW = 'attribute_not_exists(#approval)';
const NOBODY_HAS_DECIDED = '#state IN (:requested, :waiting)';
const TOKEN_IS_NEW = '(attribute_not_exists(tokenDigest) OR tokenDigest <> :digest)';
/** INVARIANT: an approval allows one call, once. */
const IS_APPROVED = '#state = :approved';
/** INVARIANT: a verdict is added to the very verdicts that it was checked against. */
const NO_VERDICT_CAME_BETWEEN = '#state = :waiting AND revision = :seen';
/** INVARIANT: what was pressed once counts once, whatever was said and taken back since. */
const PRESS_IS_NEW = '(attribute_not_exists(presses) OR NOT contains(presses, :press))';

export function requestApproval(approval: Approval): TransactItem {
  return {
    Put: {
      TableName: environment(ENV.approvalsTable),
      Item: { ...keyOf(approval), ...approval, ...dueAt(approval, approval.requestedAt) },
      ConditionExpression: IS_NEW,
      ExpressionAttributeNames: { '#approval': APPROVALS.partitionKey },
    },
  };
}

/** Sorts an approval into the index of those that somebody has to see to. @param at - ISO 8601 UTC */
export function dueAt({ approvalId }: Pick<ApprovalRef, 'approvalId'>, at: string): Record<string, string> {
  const { partitionKey, sortKey } = APPROVALS.dueIndex;
  const sum = [...approvalId].reduce((total, character) => total + (character.codePointAt(0) ?? 0), 0);
  return { [partitionKey]: String(sum % DUE_SHARDS), [sortKey]: at };
}

/** The machine sleeps on the token. A new wait brings a new token, and the newest one counts. */
export function waitForVerdict(
  approval: ApprovalRef,
  { sealedToken, tokenDigest }: SealedToken,
  preview: ShownPreview | undefined,
): TransactItem {
  const { waitingIndex } = APPROVALS;
  return {
    Update: {
      TableName: environment(ENV.approvalsTable),
      Key: keyOf(approval),
      UpdateExpression: `SET #state = :waiting, sealedToken = :token, tokenDigest = :digest, #tenant = :tenant${
        preview === undefined ? '' : ', preview = :preview'
      }`,
      ConditionExpression: [NOBODY_HAS_DECIDED, TOKEN_IS_NEW].join(' AND '),
      ExpressionAttributeNames: { '#state': 'state', '#tenant': waitingIndex.partitionKey },
      ExpressionAttributeValues: {
        ':requested': 'requested',
        ':waiting': 'waiting',
        ':token': sealedToken,
        ':digest': tokenDigest,
        ':tenant': approval.tenant,
        ...(preview === undefined ? {} : { ':preview': preview }),
      },
    },
  };
}

/** People were quicker than the machine: the token is stored beside their decision, and wakes it at once. */
export function wakeAtOnce(approval: ApprovalRef, { sealedToken, tokenDigest }: SealedToken): TransactItem {
  return {
    Update: {
      TableName: environment(ENV.approvalsTable),
      Key: keyOf(approval),
      UpdateExpression: 'SET sealedToken = :token, tokenDigest = :digest',
      ConditionExpression: 'attribute_exists(#approval)',
      ExpressionAttributeNames: { '#approval': APPROVALS.partitionKey },
      ExpressionAttributeValues: { ':token': sealedToken, ':digest': tokenDigest },
    },
  };
}

/**
 * @param seen - the approval as it was when the verdict was checked
 * @param press - what was pressed in Slack, by a name of its own
 */
export function recordVerdict(
  seen: Approval,
  decided: Pick<Approval, 'state' | 'verdicts' | 'revision'>,
  press?: string,
): TransactItem {
  const leavesTheQueue = decided.state !== 'waiting';
  return {
    Update: {
      TableName: environment(ENV.approvalsTable),
      Key: keyOf(seen),
      UpdateExpression: `SET #state = :state, verdicts = :verdicts, revision = :revision${
        leavesTheQueue ? ' REMOVE #tenant' : ''
      }${press === undefined ? '' : ' ADD presses :presses'}`,
      ConditionExpression:
        press === undefined ? NO_VERDICT_CAME_BETWEEN : `${NO_VERDICT_CAME_BETWEEN} AND ${PRESS_IS_NEW}`,
      ExpressionAttributeNames: {
        '#state': 'state',
        ...(leavesTheQueue ? { '#tenant': APPROVALS.waitingIndex.partitionKey } : {}),
      },
      ExpressionAttributeValues: {
        ':waiting': 'waiting',
        ':seen': seen.revision,
        ':state': decided.state,
        ':verdicts': decided.verdicts,
        ':revision': decided.revision,
        ...(press === undefined ? {} : { ':press': press, ':presses': new Set([press]) }),
      },
    },
  };
}

/** So that what was pressed and came to nothing comes to nothing when it is sent again, whatever was said since. */
export function rememberPress(approval: ApprovalRef, press: string): TransactItem {
  return {
    Update: {
      TableName: environment(ENV.approvalsTable),
      Key: keyOf(approval),
      UpdateExpression: 'ADD presses :presses',
      ConditionExpression: 'attribute_exists(#approval)',
      ExpressionAttributeNames: { '#approval': APPROVALS.partitionKey },
      ExpressionAttributeValues: { ':presses': new Set([press]) },
    },
  };
}

/** In the transaction that puts the warrant. */
export function useApproval(approval: ApprovalRef): TransactItem {
  return {
    Update: {
      TableName: environment(ENV.approvalsTable),
      Key: keyOf(approval),
      UpdateExpression: 'SET #state = :used',
      ConditionExpression: IS_APPROVED,
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':approved': 'approved', ':used': 'used' },
    },
  };
}

/** In the transaction that refuses the call because time is over, or because nobody could be reached. */
export function endApproval(
  approval: ApprovalRef,
  state: 'expired' | 'unreachable' = 'expired',
): TransactItem {
  return {
    Update: {
      TableName: environment(ENV.approvalsTable),
      Key: keyOf(approval),
      UpdateExpression: 'SET #state = :ended REMOVE #tenant',
      ConditionExpression: NOBODY_HAS_DECIDED,
      ExpressionAttributeNames: { '#state': 'state', '#tenant': APPROVALS.waitingIndex.partitionKey },
      ExpressionAttributeValues: { ':requested': 'requested', ':waiting': 'waiting', ':ended': state },
    },
  };
}

/** What may leave the control plane of an approval. */
export function approvalView(record: ApprovalRecord): Approval {
  const view = Object.fromEntries(VIEW_MEMBERS.map((member) => [member, record[member]]));
  return view as unknown as Approval;
}

/** INVARIANT: each is named, so that what is added to the items is not shown to anybody by that alone. */
const VIEW_MEMBERS = [
  ...([
    'approvalId',
    'tenant',
    'runId',
    'workflow',
    'agent',
    'callId',
    'user',
    'proposal',
    'resource',
  ] as const),
  ...(['facts', 'digest', 'policies', 'reasons', 'tier', 'kinds', 'holdMicroDollars', 'scores'] as const),
  ...(['requesters', 'beneficiaries', 'preview', 'approverRole', 'quorum', 'asks', 'state'] as const),
  ...(['requestedAt', 'expiresAt', 'heartbeatSeconds', 'reachedUntil', 'secondChannelFrom'] as const),
  ...(['verdicts', 'revision', 'messages'] as const),
] satisfies readonly (keyof Approval)[];

export function keyOf({ tenant, approvalId }: ApprovalRef): Record<string, string> {
  return { [APPROVALS.partitionKey]: approvalKey(tenant, approvalId) };
}
