import type { Reason } from '../../contracts/call.ts';
import type { CloseRunInput, RunOutcome } from '../../contracts/run.ts';
import { ledgerEvent, loggedReason } from '../../domain/audit/event.ts';
import { dayOf } from '../../domain/budget/daily-caps.ts';
import { givenBack } from '../../domain/budget/lease.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import { timestamp } from '../../domain/time.ts';
import { endApproval, readApproval } from '../adapters/approvals.ts';
import { changeDays } from '../adapters/budget-days.ts';
import { ConditionsFailed, transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import { recordLost } from '../adapters/leases.ts';
import { addOutcome } from '../adapters/pauses.ts';
import { closeRun as closeRunRecord, isOpened, type RunRecord, readRun } from '../adapters/runs.ts';
import { type CloseRunDependencies, pauseIfBreached } from './pause.ts';

const CLOSING_TRIES = 5;
const MAXIMUM_REASON_LENGTH = 1000;

/**
 * Closes a run with its outcome and its account, then pauses its workflow when that breaches a stop condition. Repeating it
 * changes nothing that was recorded first, and pauses if whoever closed the run has died before it could.
 *
 * @returns `paused` when this has paused the workflow
 * @throws Error when the run does not exist
 */
export async function closeRun(
  input: CloseRunInput,
  dependencies: CloseRunDependencies,
): Promise<{ workflow: string; agent: string; outcome: RunOutcome; paused?: Reason }> {
  const closed = await closeOnce(input, dependencies);
  const paused = await pauseIfBreached(closed.record, dependencies);
  const { workflow, agent } = closed.record;
  return { workflow, agent, outcome: closed.outcome, ...(paused === undefined ? {} : { paused }) };
}

async function closeOnce(
  input: CloseRunInput,
  dependencies: CloseRunDependencies,
): Promise<{ record: RunRecord; outcome: RunOutcome }> {
  const { client } = dependencies;
  for (let attempt = 1; ; attempt += 1) {
    const record = await readRun(client, input.run);
    if (record === undefined) {
      throw new Error(`run ${input.run.runId} does not exist, start runs through the API`);
    }
    if (record.status === 'closed') {
      return { record, outcome: record.outcome ?? 'failed' };
    }
    const { outcome, reason } = endOf(input);
    try {
      await close(record, outcome, reason, dependencies);
      return { record, outcome };
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
  { client, bundle, clock }: CloseRunDependencies,
): Promise<void> {
  const now = clock();
  const at = timestamp(() => now);
  const { heldMicroDollars = 0, spentMicroDollars = 0, waitingFor } = record;
  const why = reason === undefined ? {} : { reason: loggedReason(reason) };
  const spent = { spentMicroDollars: spentMicroDollars + heldMicroDollars };
  const costMicroDollars = spent.spentMicroDollars;
  const body = { type: 'run.closed', outcome, ...why, ...spent, calls: record.callsAuthorized ?? 0 } as const;
  const waiting =
    waitingFor === undefined
      ? undefined
      : await readApproval(client, { tenant: record.tenant, approvalId: waitingFor });
  await transact(client, {
    run: closeRunRecord(record, { closedAt: at, outcome, ...why }),
    ...(isOpened(record) ? changeDays(record.tenant, givenBack(record).scopes) : {}),
    outcomes: isCounted(record, bundle.envelopes[record.workflow])
      ? addOutcome(
          { tenant: record.tenant, workflow: record.workflow, day: dayOf(bundle.budgets, now) },
          {
            runs: 1,
            failed: outcome === 'failed' ? 1 : 0,
            stopped: outcome === 'stopped' ? 1 : 0,
            costMicroDollars,
          },
        )
      : undefined,
    lost: recordLost(record, at),
    event: appendEvent(ledgerEvent(record, 'run/closed', at, body)),
    approval: waiting?.state === 'waiting' ? endApproval(waiting) : undefined,
  });
}

/** A run that was opened as stopped says nothing about its workflow: its envelope or a pause has ended it. */
function isCounted({ mode }: RunRecord, envelope: Envelope | undefined): boolean {
  return mode !== 'stopped' && (envelope?.stop_conditions ?? []).length > 0;
}
