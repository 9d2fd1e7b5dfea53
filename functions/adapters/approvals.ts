import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { VerdictRecord } from '../../contracts/api.ts';
import { ENV } from '../../contracts/environment.ts';
import type { ApprovalState } from '../../contracts/events.ts';
import { APPROVALS, approvalKey } from '../../contracts/tables.ts';
import type { Approval } from '../../domain/approval/approval.ts';
import { environment } from '../runtime/environment.ts';
import { queryAll, type TransactItem } from './dynamodb.ts';

/** One item of the approvals table. The token wakes the machine; it is never part of an answer. */
export type ApprovalRecord = Approval & { readonly taskToken?: string };

type ApprovalRef = Pick<Approval, 'tenant' | 'approvalId'>;

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
  return Item as ApprovalRecord | undefined;
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
const TOKEN_IS_NEW = '(attribute_not_exists(taskToken) OR taskToken <> :token)';
/** INVARIANT: an approval allows one call, once. */
const IS_APPROVED = '#state = :approved';
/** INVARIANT: a verdict is added to the very verdicts that it was checked against. */
const NO_VERDICT_CAME_BETWEEN = '#state = :waiting AND size(verdicts) = :verdictsSeen';

export function requestApproval(approval: Approval): TransactItem {
  return {
    Put: {
      TableName: environment(ENV.approvalsTable),
      Item: { ...keyOf(approval), ...approval },
      ConditionExpression: IS_NEW,
      ExpressionAttributeNames: { '#approval': APPROVALS.partitionKey },
    },
  };
}

/** The machine sleeps on the token. A new wait brings a new token, and the newest one counts. */
export function waitForVerdict(approval: ApprovalRef, taskToken: string): TransactItem {
  const { waitingIndex } = APPROVALS;
  return {
    Update: {
      TableName: environment(ENV.approvalsTable),
      Key: keyOf(approval),
      UpdateExpression: 'SET #state = :waiting, taskToken = :token, #tenant = :tenant',
      ConditionExpression: [NOBODY_HAS_DECIDED, TOKEN_IS_NEW].join(' AND '),
      ExpressionAttributeNames: { '#state': 'state', '#tenant': waitingIndex.partitionKey },
      ExpressionAttributeValues: {
        ':requested': 'requested',
        ':waiting': 'waiting',
        ':token': taskToken,
        ':tenant': approval.tenant,
      },
    },
  };
}

/** People were quicker than the machine: the token is stored beside their decision, and wakes it at once. */
export function wakeAtOnce(approval: ApprovalRef, taskToken: string): TransactItem {
  return {
    Update: {
      TableName: environment(ENV.approvalsTable),
      Key: keyOf(approval),
      UpdateExpression: 'SET taskToken = :token',
      ConditionExpression: 'attribute_exists(#approval)',
      ExpressionAttributeNames: { '#approval': APPROVALS.partitionKey },
      ExpressionAttributeValues: { ':token': taskToken },
    },
  };
}

/** @param seen - the approval as it was when the verdict was checked */
export function recordVerdict(
  seen: Approval,
  decided: { readonly state: ApprovalState; readonly verdicts: readonly VerdictRecord[] },
): TransactItem {
  const leavesTheQueue = decided.state !== 'waiting';
  return {
    Update: {
      TableName: environment(ENV.approvalsTable),
      Key: keyOf(seen),
      UpdateExpression: `SET #state = :state, verdicts = :verdicts${leavesTheQueue ? ' REMOVE #tenant' : ''}`,
      ConditionExpression: NO_VERDICT_CAME_BETWEEN,
      ExpressionAttributeNames: {
        '#state': 'state',
        ...(leavesTheQueue ? { '#tenant': APPROVALS.waitingIndex.partitionKey } : {}),
      },
      ExpressionAttributeValues: {
        ':waiting': 'waiting',
        ':verdictsSeen': seen.verdicts.length,
        ':state': decided.state,
        ':verdicts': decided.verdicts,
      },
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

/** In the transaction that refuses the call because time is over. */
export function expireApproval(approval: ApprovalRef): TransactItem {
  return {
    Update: {
      TableName: environment(ENV.approvalsTable),
      Key: keyOf(approval),
      UpdateExpression: 'SET #state = :expired REMOVE #tenant',
      ConditionExpression: NOBODY_HAS_DECIDED,
      ExpressionAttributeNames: { '#state': 'state', '#tenant': APPROVALS.waitingIndex.partitionKey },
      ExpressionAttributeValues: { ':requested': 'requested', ':waiting': 'waiting', ':expired': 'expired' },
    },
  };
}

/** What may leave the control plane of an approval. */
export function approvalView(record: ApprovalRecord): Approval {
  const { tenant, approvalId, runId, workflow, agent, callId, user, proposal, resource, facts, digest } =
    record;
  const { policies, approverRole, quorum, state, requestedAt, expiresAt, verdicts } = record;
  const call = { runId, workflow, agent, callId, user, proposal, resource, facts, digest };
  return {
    approvalId,
    tenant,
    ...call,
    policies,
    approverRole,
    quorum,
    state,
    requestedAt,
    expiresAt,
    verdicts,
  };
}

function keyOf({ tenant, approvalId }: ApprovalRef): Record<string, string> {
  return { [APPROVALS.partitionKey]: approvalKey(tenant, approvalId) };
}
