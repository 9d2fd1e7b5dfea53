import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Reason } from '../../contracts/call.ts';
import type { CloseRunInput, RunOutcome } from '../../contracts/run.ts';
import { ledgerEvent, loggedReason } from '../../domain/audit/event.ts';
import { givenBack } from '../../domain/budget/lease.ts';
import { type Clock, timestamp } from '../../domain/time.ts';
import { expireApproval, readApproval } from '../adapters/approvals.ts';
import { changeDays } from '../adapters/budget-days.ts';
import { ConditionsFailed, transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import { closeRun as closeRunRecord, isOpened, type RunRecord, readRun } from '../adapters/runs.ts';

const CLOSING_TRIES = 5;
const MAXIMUM_REASON_LENGTH = 1000;

/**
 * Closes a run with its outcome and its account. Repeating it changes nothing; what was recorded first stays.
 *
 * @throws Error when the run does not exist
 */
export async function closeRun(
  input: CloseRunInput,
  { client, clock }: { readonly client: DynamoDBDocumentClient; readonly clock: Clock },
): Promise<{ workflow: string; agent: string; outcome: RunOutcome }> {
  for (let attempt = 1; ; attempt += 1) {
    const record = await readRun(client, input.run);
    if (record === undefined) {
      throw new Error(`run ${input.run.runId} does not exist, start runs through the API`);
    }
    const { workflow, agent } = record;
    if (record.status === 'closed') {
      return { workflow, agent, outcome: record.outcome ?? 'failed' };
    }
    const { outcome, reason } = endOf(input);
    try {
      await close(record, outcome, reason, { client, at: timestamp(clock) });
      return { workflow, agent, outcome };
    } catch (error) {
      // a late settlement has changed the account since it was read
      if (!(error instanceof ConditionsFailed) || attempt === CLOSING_TRIES) {
        throw error;
      }
    }
  }
}

function endOf({ plan, error }: CloseRunInput): { outcome: RunOutcome; reason?: Reason } {
  if (plan?.outcome !== undefined) {
    return { outcome: plan.outcome, ...(plan.reason === undefined ? {} : { reason: plan.reason }) };
  }
  const message = `${error?.Error ?? 'unknown error'}: ${error?.Cause ?? 'no cause given'}`;
  return {
    outcome: 'failed',
    reason: { code: codeOf(error), message: message.slice(0, MAXIMUM_REASON_LENGTH) },
  };
}

/** Errors of steps that operators tell from the rest, by the name that Lambda reports. */
const CODES: Readonly<Record<string, string>> = { ModelUnavailable: 'model_unavailable' };

function codeOf(error: CloseRunInput['error']): string {
  const name = error?.Error ?? '';
  return (Object.hasOwn(CODES, name) ? CODES[name] : undefined) ?? 'step_failed';
}

async function close(
  record: RunRecord,
  outcome: RunOutcome,
  reason: Reason | undefined,
  { client, at }: { readonly client: DynamoDBDocumentClient; readonly at: string },
): Promise<void> {
  const { heldMicroDollars = 0, spentMicroDollars = 0, waitingFor } = record;
  const why = reason === undefined ? {} : { reason: loggedReason(reason) };
  const spent = { spentMicroDollars: spentMicroDollars + heldMicroDollars };
  const body = { type: 'run.closed', outcome, ...why, ...spent, calls: record.callsAuthorized ?? 0 } as const;
  const waiting =
    waitingFor === undefined
      ? undefined
      : await readApproval(client, { tenant: record.tenant, approvalId: waitingFor });
  await transact(client, {
    run: closeRunRecord(record, { closedAt: at, outcome, ...why }),
    ...(isOpened(record) ? changeDays(record.tenant, givenBack(record).scopes) : {}),
    event: appendEvent(ledgerEvent(record, 'run/closed', at, body)),
    approval: waiting?.state === 'waiting' ? expireApproval(waiting) : undefined,
  });
}
