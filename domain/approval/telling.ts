import type { ApprovalMessage } from '../../contracts/api.ts';
import { secondsAfter } from '../time.ts';
import { type Approval, asked, isUnreachable } from './approval.ts';
import { channelFor, type SlackSettings } from './slack-settings.ts';

/** EventBridge wakes the teller no oftener. */
const SHORTEST_RETRY_SECONDS = 60;
const LONGEST_RETRY_SECONDS = 900;

/** Where an approval is to be told, to whom, and why there and then. */
export type Place = Pick<ApprovalMessage, 'channel' | 'approverRole' | 'why'>;

type Told = Pick<Approval, 'approvalId' | 'asks' | 'requestedAt' | 'secondChannelFrom' | 'messages'>;

/**
 * Where people are to have been told by now: the first channel of each role that is asked, and the second one of each once nobody has
 * answered for a while. INVARIANT: each channel once, whichever roles share it.
 */
export function placesOf(approval: Told, slack: SlackSettings, now: string): readonly Place[] {
  const places = new Map<string, Place>();
  const add = (channel: string | undefined, approverRole: string, why: Place['why']) => {
    if (channel !== undefined && !places.has(channel)) {
      places.set(channel, { channel, approverRole, why });
    }
  };
  const roles = asked(approval, now);
  const [first] = approval.asks;
  for (const { approverRole, from } of roles) {
    add(channelFor(slack, approverRole, 'first'), approverRole, from === first?.from ? 'asked' : 'next_role');
  }
  const { secondChannelFrom } = approval;
  if (secondChannelFrom !== undefined && now >= secondChannelFrom) {
    for (const { approverRole } of roles) {
      add(channelFor(slack, approverRole, 'second'), approverRole, 'second_channel');
    }
  }
  return [...places.values()];
}

/** Of those places the ones where no message of it is. */
export function untoldPlaces(approval: Told, slack: SlackSettings, now: string): readonly Place[] {
  return placesOf(approval, slack, now).filter(
    ({ channel }) => !approval.messages.some((message) => message.channel === channel),
  );
}

/** Names what a message shows of an approval: equal names are rendered alike until time ends it. */
export function shownOf(approval: Pick<Approval, 'state' | 'revision' | 'asks'>, now: string): string {
  const { state, revision } = approval;
  return state === 'waiting' ? `${state}/${revision}/${asked(approval, now).length}` : `${state}/${revision}`;
}

/** Messages that show something else than what the approval is now. */
export function staleMessages(
  approval: Pick<Approval, 'state' | 'revision' | 'asks' | 'messages'>,
  now: string,
): readonly ApprovalMessage[] {
  const current = shownOf(approval, now);
  return approval.messages.filter(({ shown }) => shown !== current);
}

export function isOver({ state }: Pick<Approval, 'state'>): boolean {
  return state !== 'requested' && state !== 'waiting';
}

/** With what the wait of an approval is to end now that nobody has decided; undefined while people may still do so. */
export function endOfWait(
  approval: Pick<Approval, 'requestedAt' | 'expiresAt' | 'heartbeatSeconds' | 'reachedUntil'>,
  now: string,
): 'unreachable' | 'expired' | undefined {
  if (isUnreachable(approval, now)) {
    return 'unreachable';
  }
  return now >= approval.expiresAt ? 'expired' : undefined;
}

type Reach = Pick<Approval, 'heartbeatSeconds' | 'reachedUntil'>;

/** When it has to be said again that people can be reached: half of the time that the machine waits for it is over. */
function saidAgainAt({ heartbeatSeconds, reachedUntil = '' }: Reach): string {
  return reachedUntil === '' ? '' : secondsAfter(reachedUntil, -heartbeatSeconds / 2);
}

/** Of an approval whose people are reached: whether to say so now. */
export function isToBeSaid(approval: Reach, now: string): boolean {
  return now >= saidAgainAt(approval);
}

/**
 * When somebody has to see to an approval next if nothing happens to it: the next role or channel, half of the heartbeat, its end.
 *
 * @param now - what was due until then was seen to
 */
export function nextDue(
  approval: Pick<Approval, 'asks' | 'expiresAt' | 'requestedAt' | 'secondChannelFrom'> & Reach,
  now: string,
): string {
  const { asks, expiresAt, requestedAt, secondChannelFrom, heartbeatSeconds, reachedUntil } = approval;
  const reach =
    reachedUntil === undefined ? secondsAfter(requestedAt, heartbeatSeconds) : saidAgainAt(approval);
  const soon = secondsAfter(now, SHORTEST_RETRY_SECONDS);
  const escalations = [...asks.map(({ from }) => from), secondChannelFrom ?? expiresAt];
  return [reach > now ? reach : soon, ...escalations.filter((at) => at > now)].reduce(earlier, expiresAt);
}

export function earlier(left: string, right: string): string {
  return left < right ? left : right;
}

/**
 * When to try again what has failed since an instant: the waits double, from a minute to a quarter of an hour, and are up to a quarter
 * longer at random.
 *
 * @param random - at least 0, less than 1
 * @param leastSeconds - what the other side asked for. @default nothing
 */
export function retryAt(since: string, now: string, random: number, leastSeconds = 0): string {
  const failingSeconds = (Date.parse(now) - Date.parse(since)) / 1000;
  const wait = Math.min(LONGEST_RETRY_SECONDS, Math.max(SHORTEST_RETRY_SECONDS, failingSeconds));
  return secondsAfter(now, Math.max(leastSeconds, wait * (1 + random / 4)));
}
