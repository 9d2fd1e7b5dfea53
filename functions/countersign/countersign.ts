import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { CountersignInput } from '../../contracts/run.ts';
import type { Approval } from '../../domain/approval/approval.ts';
import { ledgerEvent } from '../../domain/audit/event.ts';
import { type Clock, timestamp } from '../../domain/time.ts';
import { type ApprovalRecord, readApproval, waitForVerdict, wakeAtOnce } from '../adapters/approvals.ts';
import { ConditionsFailed, transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import { markWaiting } from '../adapters/runs.ts';
import type { TokenSealer } from '../adapters/task-tokens.ts';

export interface CountersignDependencies {
  readonly client: DynamoDBDocumentClient;
  readonly clock: Clock;
  readonly sealToken: TokenSealer;
}

/**
 * Puts the question to people: stores the token that wakes the machine, encrypted, and shows the approval as waiting. The
 * machine sleeps from here on, without compute. Repeating it changes nothing.
 *
 * @throws Error when the approval does not exist or the run is closed
 */
export async function countersign(
  { run, callId, approvalId, taskToken, preview }: CountersignInput,
  { client, clock, sealToken }: CountersignDependencies,
): Promise<Approval> {
  const approval = await existing(client, run.tenant, approvalId);
  const token = await sealToken(taskToken, approval);
  const shown = preview ?? undefined;
  const { expiresAt } = approval;
  const at = timestamp(clock);
  const event = ledgerEvent(approval, `${callId}/waiting`, at, {
    type: 'approval.waiting',
    callId,
    approvalId,
    expiresAt,
    ...(shown === undefined || 'error' in shown ? {} : { previewDigest: shown.digest }),
  });
  try {
    await transact(client, {
      approval: waitForVerdict(approval, token, shown),
      run: markWaiting(run, approvalId),
      event: appendEvent(event),
    });
  } catch (error) {
    if (!(error instanceof ConditionsFailed) || !error.parts.includes('approval')) {
      throw error;
    }
    const current = await existing(client, run.tenant, approvalId);
    if (current.tokenDigest !== token.tokenDigest) {
      await transact(client, { approval: wakeAtOnce(approval, token) });
    }
  }
  return approval;
}

async function existing(
  client: DynamoDBDocumentClient,
  tenant: string,
  approvalId: string,
): Promise<ApprovalRecord> {
  const approval = await readApproval(client, { tenant, approvalId });
  if (approval === undefined) {
    throw new Error(`approval ${approvalId} does not exist`);
  }
  return approval;
}
