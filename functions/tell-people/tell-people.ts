import {
  earlier,
  endOfWait,
  isOver,
  nextDue,
  retryAt,
  staleMessages,
  untoldPlaces,
} from '../../domain/approval/telling.ts';
import { secondsAfter, timestamp } from '../../domain/time.ts';
import { type ApprovalRecord, readApproval } from '../adapters/approvals.ts';
import { sideBySide } from '../runtime/side-by-side.ts';
import { telemetry } from '../runtime/step.ts';
import { endTurn, takeTurn } from './board.ts';
import type { TellingDependencies } from './dependencies.ts';
import { type Due, lookIntoQueue } from './queries.ts';
import { applied, dropDue, setDue } from './records.ts';
import { tellTenant } from './tenants.ts';
import { keyOfApproval, updateMessages } from './updates.ts';
import { endWait, keepWaiting } from './wait.ts';

/** Whether the stream shows something to see to. What is claimed, or due later, is for the schedule. @param now - ISO 8601 UTC */
export function isToBeSeenTo(approval: ApprovalRecord, now: string): boolean {
  if (approval.state === 'requested') {
    return false;
  }
  if (staleMessages(approval, now).length > 0) {
    return true;
  }
  const { dueAt, claimedUntil = '' } = approval;
  if (isOver(approval)) {
    return dueAt !== undefined;
  }
  // it may have been due only later while it did not wait yet
  const isNew = !hasBeenReached(approval);
  return claimedUntil <= now && (isNew || (dueAt ?? now) <= now);
}

/**
 * Sees to approvals: ends waits that are over, says that people can be reached, tells people, and brings messages up to date. Each is
 * read afresh, so it may be called for any approval at any time, and again. What fails holds up no other, and is due again.
 *
 * @returns those for which not even that could be recorded, and those that there was no time for
 */
export async function tellPeople(
  dues: readonly Due[],
  dependencies: TellingDependencies,
): Promise<readonly Due[]> {
  const { hasTime, slack } = dependencies;
  const queue = queueLooker(dependencies);
  const seen: Seen[] = [];
  const left = new Set(dues.filter(({ approvalId }) => approvalId !== undefined));
  const done = (due: Due, found?: Seen) => {
    left.delete(due);
    seen.push(...(found === undefined ? [] : [found]));
  };
  await sideBySide(
    [...left],
    async (due) => {
      const found = await attempted(due, () => seeTo(due, queue, dependencies), dependencies);
      if (found !== 'failed') {
        done(due, found);
      }
    },
    hasTime,
  );
  await bringUpToDate(seen, dependencies);
  const boards = dues.filter(({ approvalId }) => approvalId === undefined).map(({ tenant }) => tenant);
  const untold = Map.groupBy(
    seen.filter(({ isUntold }) => isUntold),
    ({ approval: { tenant } }) => tenant,
  );
  for (const tenant of new Set([...boards, ...untold.keys()])) {
    const atHand = (untold.get(tenant) ?? []).map(({ approval }) => approval);
    try {
      await (slack === undefined
        ? forgetBoard(tenant, dependencies)
        : tellTenant(tenant, atHand, { ...dependencies, slack }));
    } catch (error) {
      // its board and its approvals are due still
      telemetry.warn('a tenant was not told, will be tried again', { tenant, error });
    }
  }
  return [...left];
}

/** @returns `failed` when it did, and that it is due again could not be recorded either */
async function attempted<T>(
  due: Due,
  task: () => Promise<T>,
  { client, clock, random }: TellingDependencies,
): Promise<T | 'failed' | undefined> {
  const { tenant, approvalId = '' } = due;
  try {
    return await task();
  } catch (error) {
    telemetry.count({ tellingFailures: 1 }, { reason: 'approval' });
    telemetry.warn('an approval was not seen to, will be tried again', { tenant, approvalId, error });
  }
  const now = timestamp(clock);
  return applied(client, setDue({ tenant, approvalId }, retryAt(now, now, random()))).then(
    () => undefined,
    () => 'failed' as const,
  );
}

/** An approval that was read, and what is left to be done for it. */
interface Seen {
  readonly approval: ApprovalRecord;
  /** Somebody is to be told of it in a channel where it was not yet. */
  readonly isUntold: boolean;
}

type QueueLooker = (tenant: string) => Promise<boolean>;

async function seeTo(
  { tenant, approvalId = '' }: Due,
  canBeSeen: QueueLooker,
  dependencies: TellingDependencies,
): Promise<Seen | undefined> {
  const { client, clock, slack } = dependencies;
  const approval = await readApproval(client, { tenant, approvalId });
  if (approval === undefined || isOver(approval)) {
    return approval && { approval, isUntold: false };
  }
  const now = timestamp(clock);
  const end = endOfWait(approval, now);
  if (end !== undefined) {
    await endWait(approval, end, dependencies);
    return undefined;
  }
  const isDue = (approval.dueAt ?? now) <= now;
  if (approval.state === 'requested') {
    await lookAgain(approval, isDue, dependencies);
    return undefined;
  }
  const isUntold = slack !== undefined && untoldPlaces(approval, slack.settings, now).length > 0;
  const isReached = hasBeenReached(approval) || (slack === undefined && (await canBeSeen(tenant)));
  if (isDue && isReached) {
    // whoever is to be told of it stays due until the channels are seen to
    const due = isUntold ? now : undefined;
    return { approval: await keepWaiting(approval, dependencies, due), isUntold };
  }
  if (!isUntold) {
    await lookAgain(approval, isDue, dependencies);
  }
  return { approval, isUntold };
}

/** A message of it is there, or something else has told people of it before. */
function hasBeenReached({ messages, reachedUntil }: ApprovalRecord): boolean {
  return messages.length > 0 || reachedUntil !== undefined;
}

/** It does not wait yet, or nobody can be reached about it for now: the longer that lasts, the later somebody looks again. */
async function lookAgain(
  approval: ApprovalRecord,
  isDue: boolean,
  { client, clock, random }: TellingDependencies,
): Promise<void> {
  if (isDue) {
    const now = timestamp(clock);
    const again = earlier(nextDue(approval, now), retryAt(approval.requestedAt, now, random()));
    await applied(client, setDue(approval, again));
  }
}

/** Without Slack people are reached by the queue, as long as it can be read; each tenant's is looked into once. */
function queueLooker({ client }: TellingDependencies): QueueLooker {
  const looks = new Map<string, Promise<boolean>>();
  return (tenant) => {
    const look =
      looks.get(tenant) ??
      lookIntoQueue(client, tenant).then(
        () => true,
        (error: unknown) => {
          telemetry.warn('the queue of approvals cannot be read, so nobody is reached', { tenant, error });
          return false;
        },
      );
    looks.set(tenant, look);
    return look;
  };
}

/** A message that cannot be brought up to date for so long after its approval was decided is left as it is. */
const STALE_SECONDS = 24 * 3600;

async function bringUpToDate(seen: readonly Seen[], dependencies: TellingDependencies): Promise<void> {
  const { client, clock, slack } = dependencies;
  const approvals = seen.map(({ approval }) => approval);
  const retries =
    slack === undefined
      ? new Map<string, string>()
      : await updateMessages(approvals, { ...dependencies, slack });
  const settle = async (approval: ApprovalRecord) => {
    const retry = retries.get(keyOfApproval(approval));
    if (retry !== undefined && !isGivenUp(approval, timestamp(clock))) {
      await applied(client, setDue(approval, earlier(retry, dueOf(approval) ?? retry)));
    } else if (isOver(approval) && approval.dueAt !== undefined) {
      await applied(client, dropDue(approval));
    }
  };
  await sideBySide(
    approvals,
    async (approval) => void (await attempted(approval, () => settle(approval), dependencies)),
    () => true,
  );
}

/** When an approval that waits is due by itself; nobody has to see to another one. */
function dueOf(approval: ApprovalRecord): string | undefined {
  return isOver(approval) ? undefined : approval.dueAt;
}

function isGivenUp(approval: ApprovalRecord, now: string): boolean {
  const last = approval.verdicts.at(-1)?.at ?? '';
  const ended = last > approval.expiresAt ? last : approval.expiresAt;
  const isGiven = isOver(approval) && now >= secondsAfter(ended, STALE_SECONDS);
  if (isGiven) {
    telemetry.warn('a message keeps showing buttons that are refused, slack never took its update', {
      approvalId: approval.approvalId,
    });
  }
  return isGiven;
}

/** A board of days when people were told in Slack. */
async function forgetBoard(tenant: string, { client, clock }: TellingDependencies): Promise<void> {
  const turn = await takeTurn(client, tenant, timestamp(clock));
  if (turn !== undefined) {
    await applied(client, endTurn(turn, turn.board));
  }
}
