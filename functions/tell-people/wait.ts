import {
  InvalidToken,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { WAIT_ERRORS } from '../../contracts/steps.ts';
import { nextDue, retryAt } from '../../domain/approval/telling.ts';
import { secondsAfter, timestamp } from '../../domain/time.ts';
import type { ApprovalRecord } from '../adapters/approvals.ts';
import { TokenUnreadable } from '../adapters/task-tokens.ts';
import { telemetry } from '../runtime/step.ts';
import type { TellingDependencies } from './dependencies.ts';
import { applied, dropDue, sayReached, setDue } from './records.ts';

type WaitDependencies = Pick<
  TellingDependencies,
  'client' | 'stepFunctions' | 'openToken' | 'clock' | 'random'
>;

/**
 * Says for another heartbeat that people can be reached.
 *
 * INVARIANT: on record before the machine is told, so that no machine sleeps on while the record says that nobody was reached. Whoever
 * dies in between lets it wake too early: the call is then decided afresh, people count as reached, and it sleeps again.
 *
 * @param due - when somebody has to see to the approval next. @default by its own times
 * @returns the approval as it is now on record, as far as this has changed it
 */
export async function keepWaiting(
  approval: ApprovalRecord,
  dependencies: WaitDependencies,
  due?: string,
): Promise<ApprovalRecord> {
  const { client, clock } = dependencies;
  const now = timestamp(clock);
  const reachedUntil = secondsAfter(now, approval.heartbeatSeconds);
  const next = due ?? nextDue({ ...approval, reachedUntil }, now);
  if (!(await applied(client, sayReached(approval, { reachedUntil, due: next })))) {
    return approval;
  }
  await sendHeartbeat(approval, dependencies);
  return { ...approval, reachedUntil, dueAt: next };
}

/** Tells the machine that people can be reached. Failing costs at most a minute. */
export async function sendHeartbeat(
  approval: ApprovalRecord,
  { client, stepFunctions, openToken, clock, random }: WaitDependencies,
): Promise<void> {
  const sent = await toMachine(approval, openToken, (taskToken) =>
    stepFunctions.send(new SendTaskHeartbeatCommand({ taskToken })),
  );
  if (!sent) {
    const now = timestamp(clock);
    await applied(client, setDue(approval, retryAt(now, now, random())));
  }
}

/** Ends the wait of a machine whose people have not decided; which way, it tells by the error. */
export async function endWait(
  approval: ApprovalRecord,
  end: 'expired' | 'unreachable',
  { client, stepFunctions, openToken, clock, random }: WaitDependencies,
): Promise<void> {
  const { approvalId, workflow, expiresAt, dueAt } = approval;
  const sent = await toMachine(approval, openToken, async (taskToken) => {
    await stepFunctions.send(
      new SendTaskFailureCommand({ taskToken, error: WAIT_ERRORS[end], cause: approvalId }),
    );
    telemetry.count({ waitsEnded: 1 }, { workflow, why: end });
    telemetry.warn('nobody has decided, the machine was told', { approvalId, why: end });
  });
  const now = timestamp(clock);
  if (!sent) {
    const since = expiresAt < now ? expiresAt : now;
    await applied(client, setDue(approval, retryAt(since, now, random())));
  } else if (dueAt !== undefined) {
    await applied(client, dropDue(approval));
  }
}

/** @returns false when it is worth trying again */
async function toMachine(
  approval: ApprovalRecord,
  openToken: WaitDependencies['openToken'],
  send: (taskToken: string) => Promise<unknown>,
): Promise<boolean> {
  const { approvalId } = approval;
  try {
    const taskToken = await openToken(approval);
    if (taskToken !== undefined) {
      await send(taskToken);
    }
    return true;
  } catch (error) {
    if (error instanceof TokenUnreadable) {
      telemetry.warn('the machine cannot be told, its token was changed', { approvalId });
      return true;
    }
    // it was woken before, it timed out by itself, or it was stopped
    if (error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken) {
      telemetry.info('no machine waits for this approval any more', { approvalId, why: error.name });
      return true;
    }
    telemetry.count({ tellingFailures: 1 }, { reason: 'machine' });
    telemetry.warn('the machine was not told, will be tried again', { approvalId, error });
    return false;
  }
}
