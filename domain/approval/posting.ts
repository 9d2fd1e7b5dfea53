import { secondsAfter } from '../time.ts';
import type { Approval } from './approval.ts';
import type { SlackSettings } from './slack-settings.ts';
import { earlier, type Place, untoldPlaces } from './telling.ts';

/** Messages of one approval each that may wait in a channel; what comes beside them is gathered. */
export const OPEN_SINGLES = 5;
/** In one message; Slack takes 50 blocks, and people read no more. */
export const MOST_IN_DIGEST = 10;
/** Between two digests of a channel. */
export const DIGEST_SECONDS = 60;
/** For so long a post may be missing from the index that approvals are read of. */
const REMEMBERED_SECONDS = 60;

/** What is remembered of a tenant between two plans; bounded by its channels. */
export interface Board {
  /** Lately posted messages of one approval. */
  readonly singles: readonly {
    readonly channel: string;
    readonly approvalId: string;
    readonly at: string;
  }[];
  /** The newest digest of each channel. */
  readonly digests: readonly {
    readonly channel: string;
    readonly ts: string;
    readonly at: string;
    /** How many waited beside those in it. */
    readonly more: number;
  }[];
  /** Channels that take no message for now. */
  readonly pauses: readonly { readonly channel: string; readonly since: string; readonly until: string }[];
}

export const EMPTY_BOARD: Board = { singles: [], digests: [], pauses: [] };

/** What planning reads of an approval that waits. */
export type Waiting = Pick<
  Approval,
  'approvalId' | 'asks' | 'requestedAt' | 'secondChannelFrom' | 'messages'
> & { readonly claimedUntil?: string };

/** One message, and the approvals in it. */
export interface Post {
  readonly channel: string;
  readonly about: readonly { readonly approvalId: string; readonly place: Place }[];
  /** Present for a digest: those who wait for the channel beside them; people count as asked about them too, since it says so. */
  readonly beside?: readonly string[];
}

export interface PostingPlan {
  /** In the order in which they are to be posted. */
  readonly posts: readonly Post[];
  /** When to plan again if nothing happens; absent when nobody is left to be told. */
  readonly again?: string;
}

/**
 * Which messages are to be posted now.
 *
 * INVARIANT: with these posts no channel has more than `OPEN_SINGLES` messages of one approval that wait, nor more than one new digest
 * in `DIGEST_SECONDS`.
 *
 * @param waiting - of one tenant, in any order
 */
export function planPosts(
  waiting: readonly Waiting[],
  board: Board,
  slack: SlackSettings,
  now: string,
): PostingPlan {
  const untold = waiting
    .toSorted(byAge)
    .flatMap((approval) => untoldPlaces(approval, slack, now).map((place) => ({ approval, place })))
    .filter(({ approval, place }) => !isOnBoard(board, approval, place, now));
  const plans = [...Map.groupBy(untold, ({ place }) => place.channel)].map(([channel, wanting]) =>
    planChannel(channel, wanting, { waiting, board, now }),
  );
  const agains = plans.flatMap(({ again }) => (again === undefined ? [] : [again]));
  return {
    posts: plans.flatMap(({ posts }) => posts),
    ...(agains.length === 0 ? {} : { again: agains.reduce(earlier) }),
  };
}

interface Wanting {
  readonly approval: Waiting;
  readonly place: Place;
}

function planChannel(
  channel: string,
  wanting: readonly Wanting[],
  { waiting, board, now }: { waiting: readonly Waiting[]; board: Board; now: string },
): PostingPlan {
  const pause = board.pauses.find((each) => each.channel === channel && each.until > now);
  if (pause !== undefined) {
    return { posts: [], again: pause.until };
  }
  const claims = wanting.flatMap(({ approval: { claimedUntil = '' } }) =>
    claimedUntil > now ? [claimedUntil] : [],
  );
  const free = wanting.filter(({ approval: { claimedUntil = '' } }) => claimedUntil <= now);
  const room = Math.max(0, OPEN_SINGLES - openSingles(channel, waiting, board, now));
  const singles = free.slice(0, room).map((each) => ({ channel, about: [aboutOf(each)] }));
  const rest = free.slice(room);
  const digestFrom = digestAllowedFrom(channel, waiting, board);
  const mayDigest = rest.length > 0 && now >= digestFrom;
  const gathered = mayDigest ? rest.slice(0, MOST_IN_DIGEST) : [];
  const posted = new Set([...free.slice(0, room), ...gathered]);
  const beside = wanting.filter((each) => !posted.has(each)).map(({ approval }) => approval.approvalId);
  const digest = { channel, about: gathered.map(aboutOf), beside };
  const left = rest.length > gathered.length;
  const next = mayDigest ? secondsAfter(now, DIGEST_SECONDS) : digestFrom;
  const agains = [...claims, ...(left ? [next] : [])];
  return {
    posts: mayDigest ? [...singles, digest] : singles,
    ...(agains.length === 0 ? {} : { again: agains.reduce(earlier) }),
  };
}

function aboutOf({ approval: { approvalId }, place }: Wanting): Post['about'][number] {
  return { approvalId, place };
}

function byAge(left: Waiting, right: Waiting): number {
  const [one, other] = [left, right].map(({ requestedAt, approvalId }) => `${requestedAt} ${approvalId}`);
  return (one ?? '') < (other ?? '') ? -1 : 1;
}

/** The index may show an approval as it was before its message. */
function isOnBoard(board: Board, { approvalId }: Waiting, { channel }: Place, now: string): boolean {
  return rememberedSingles(board, now).some(
    (single) => single.channel === channel && single.approvalId === approvalId,
  );
}

function openSingles(channel: string, waiting: readonly Waiting[], board: Board, now: string): number {
  const recorded = waiting
    .filter(({ messages }) => messages.some((each) => each.channel === channel && each.digest === undefined))
    .map(({ approvalId }) => approvalId);
  const lately = rememberedSingles(board, now)
    .filter((single) => single.channel === channel)
    .map(({ approvalId }) => approvalId);
  return new Set([...recorded, ...lately]).size;
}

function rememberedSingles({ singles }: Board, now: string): Board['singles'] {
  return singles.filter(({ at }) => secondsAfter(at, REMEMBERED_SECONDS) > now);
}

function digestAllowedFrom(channel: string, waiting: readonly Waiting[], { digests }: Board): string {
  const recorded = waiting.flatMap(({ messages }) =>
    messages.filter((each) => each.channel === channel && each.digest !== undefined).map(({ at }) => at),
  );
  const remembered = digests.filter((each) => each.channel === channel).map(({ at }) => at);
  const newest = [...recorded, ...remembered].reduce((left, right) => (left > right ? left : right), '');
  return newest === '' ? '' : secondsAfter(newest, DIGEST_SECONDS);
}

/** The board after a message was posted: its channel takes messages, so it is paused no longer. */
export function withPost(board: Board, post: Post, { ts, at }: { ts: string; at: string }): Board {
  const { channel, about, beside } = post;
  const others = <T extends { readonly channel: string }>(all: readonly T[]) =>
    all.filter((each) => each.channel !== channel);
  const pauses = others(board.pauses);
  if (beside !== undefined) {
    const digest = { channel, ts, at, more: beside.length };
    return { ...board, pauses, digests: [...others(board.digests), digest] };
  }
  const posted = about.map(({ approvalId }) => ({ channel, approvalId, at }));
  return { ...board, pauses, singles: [...rememberedSingles(board, at), ...posted] };
}

/** The board while a channel takes no messages. @param since - when the first of them was refused */
export function withPause(board: Board, pause: Board['pauses'][number]): Board {
  return { ...board, pauses: [...board.pauses.filter(({ channel }) => channel !== pause.channel), pause] };
}
