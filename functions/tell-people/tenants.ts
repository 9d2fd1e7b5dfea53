import { setTimeout as sleep } from 'node:timers/promises';
import { type Board, type Post, planPosts, withPause, withPost } from '../../domain/approval/posting.ts';
import { earlier, endOfWait, isToBeSaid, nextDue, retryAt } from '../../domain/approval/telling.ts';
import { secondsAfter, timestamp } from '../../domain/time.ts';
import { type ApprovalRecord, readApproval } from '../adapters/approvals.ts';
import { sideBySide } from '../runtime/side-by-side.ts';
import { telemetry } from '../runtime/step.ts';
import { endTurn, type Turn, takeTurn } from './board.ts';
import type { SlackTelling, TellingDependencies } from './dependencies.ts';
import { post } from './posts.ts';
import { type WaitingRecord, waitingOf } from './queries.ts';
import { applied, setDue } from './records.ts';
import { keepWaiting } from './wait.ts';

type TenantDependencies = TellingDependencies & { readonly slack: SlackTelling };

/** Whoever has the turn mostly needs less; what waits longer is due in a minute. */
const TURN_TRIES = 12;
const TURN_MILLISECONDS = 250;
const LOOK_AGAIN_SECONDS = 60;

/**
 * Tells people of a tenant's approvals that wait, as `planPosts` says.
 *
 * @param atHand - approvals that were just read and that somebody is to be told of; they are due still
 */
export async function tellTenant(
  tenant: string,
  atHand: readonly ApprovalRecord[],
  dependencies: TenantDependencies,
): Promise<void> {
  const { client } = dependencies;
  const turn = await waitForTurn(tenant, dependencies);
  if (turn === undefined) {
    telemetry.info('somebody else tells this tenant now, what is left is due again', { tenant });
    return;
  }
  const waiting = await currentlyWaiting(tenant, atHand, dependencies);
  const { board, again, told, beside } = await postAll(turn, waiting, dependencies);
  // INVARIANT: the board is due before any approval no longer is, so none is forgotten between the two
  await applied(client, endTurn(turn, board, again));
  const besides = waiting.filter(({ approvalId }) => beside.has(approvalId));
  await sideBySide(besides, (each) => reachBeside(each, dependencies), dependencies.hasTime);
  const left = atHand.filter(({ approvalId }) => !told.has(approvalId) && !beside.has(approvalId));
  await sideBySide(left, (each) => leaveToBoard(each, dependencies), dependencies.hasTime);
}

async function waitForTurn(tenant: string, { client, clock }: TenantDependencies): Promise<Turn | undefined> {
  for (let attempt = 1; attempt <= TURN_TRIES; attempt += 1) {
    const turn = await takeTurn(client, tenant, timestamp(clock));
    if (turn !== undefined) {
      return turn;
    }
    await sleep(TURN_MILLISECONDS);
  }
  return undefined;
}

/** The index may not have what was just read. */
async function currentlyWaiting(
  tenant: string,
  atHand: readonly ApprovalRecord[],
  { client }: TenantDependencies,
): Promise<readonly WaitingRecord[]> {
  const indexed = await waitingOf(client, tenant);
  const read = new Set(atHand.map(({ approvalId }) => approvalId));
  return [...indexed.filter(({ approvalId }) => !read.has(approvalId)), ...atHand];
}

interface PostedAll {
  readonly board: Board;
  /** When somebody has to plan again; absent when nobody is left to be told. */
  readonly again?: string;
  /** Approvals that were in a post, whatever came of it for each. */
  readonly told: ReadonlySet<string>;
  /** Approvals that a digest says wait beside it. */
  readonly beside: ReadonlySet<string>;
}

async function postAll(
  { tenant, board: before }: Turn,
  waiting: readonly WaitingRecord[],
  dependencies: TenantDependencies,
): Promise<PostedAll> {
  const { slack, clock, hasTime } = dependencies;
  const begun = timestamp(clock);
  const plan = planPosts(waiting, before, slack.settings, begun);
  let board = before;
  const agains = plan.again === undefined ? [] : [plan.again];
  const told = new Set<string>();
  const beside = new Set<string>();
  for (const planned of plan.posts) {
    if (!hasTime()) {
      agains.push(timestamp(clock));
      break;
    }
    const paused = pauseOf(board, planned, begun);
    if (paused !== undefined) {
      agains.push(paused);
      continue;
    }
    const { message, failure, again } = await post(tenant, planned, dependencies);
    if (again !== undefined || message === undefined) {
      // whoever has claimed them may be dead
      agains.push(again ?? secondsAfter(begun, LOOK_AGAIN_SECONDS));
    }
    if (message !== undefined) {
      board = withPost(board, planned, message);
      addAll(
        told,
        planned.about.map(({ approvalId }) => approvalId),
      );
      addAll(beside, planned.beside ?? []);
    }
    if (failure !== undefined) {
      board = pausedFor(board, planned, failure.retrySeconds, dependencies);
      agains.push(pauseOf(board, planned, begun) ?? begun);
    }
  }
  return { board, told, beside, ...(agains.length === 0 ? {} : { again: agains.reduce(earlier) }) };
}

function addAll(to: Set<string>, ids: readonly string[]): void {
  for (const id of ids) {
    to.add(id);
  }
}

function pauseOf({ pauses }: Board, { channel }: Post, now: string): string | undefined {
  return pauses.find((each) => each.channel === channel && each.until > now)?.until;
}

/** What failed in a channel is tried there again later, at longer and longer intervals for as long as it fails. */
function pausedFor(
  board: Board,
  { channel }: Post,
  retrySeconds: number | undefined,
  { clock, random }: TenantDependencies,
): Board {
  const now = timestamp(clock);
  const since = board.pauses.find((each) => each.channel === channel)?.since ?? now;
  return withPause(board, { channel, since, until: retryAt(since, now, random(), retrySeconds) });
}

/** A digest says that it waits, how many do, and how to see them: people are reached about it too. */
async function reachBeside(waiting: WaitingRecord, dependencies: TenantDependencies): Promise<void> {
  const now = timestamp(dependencies.clock);
  if (!isToBeSaid(waiting, now)) {
    return;
  }
  const approval = await readApproval(dependencies.client, waiting);
  if (approval?.state === 'waiting' && endOfWait(approval, now) === undefined) {
    await keepWaiting(approval, dependencies);
  }
}

/** Its channel takes no message for now. The board is due when it may; the approval only by its own times. */
async function leaveToBoard(approval: ApprovalRecord, { client, clock }: TenantDependencies): Promise<void> {
  await applied(client, setDue(approval, nextDue(approval, timestamp(clock))));
}
