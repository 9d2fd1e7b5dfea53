import type { ApprovalAsk } from '../../contracts/api.ts';
import type { Envelope } from '../envelope/envelope.ts';
import type { Quorum } from '../policy/decide.ts';
import { secondsAfter } from '../time.ts';
import type { Approval } from './approval.ts';

const SECONDS_PER_MINUTE = 60;
const SECONDS_PER_HOUR = 3600;
/** Step Functions takes a heartbeat only below the time-out, and both in whole seconds from 1. */
const SHORTEST_WAIT_SECONDS = 2;

type Rules = Envelope['permissions'];

type Wait = Pick<
  Approval,
  'approverRole' | 'quorum' | 'asks' | 'requestedAt' | 'expiresAt' | 'heartbeatSeconds'
> &
  Pick<Approval, 'secondChannelFrom'>;

/**
 * Who is asked and for how long. Roles are asked in the order of the envelope: all at once, or one after the other where it says
 * after how many minutes.
 *
 * @param quorums - each of another role; any of them is enough
 * @param at - ISO 8601 UTC
 */
export function waitOf(rules: Rules, quorums: readonly Quorum[], at: string): Wait {
  const { approval_roles: roles, escalate_channel_after_minutes: channelAfter } = rules;
  const { escalate_role_after_minutes: roleAfter = 0, approval_heartbeat_minutes: heartbeat } = rules;
  const place = ({ approverRole }: Quorum) => {
    const index = roles.indexOf(approverRole);
    return index === -1 ? roles.length : index;
  };
  const asks: readonly ApprovalAsk[] = quorums
    .toSorted((left, right) => place(left) - place(right))
    .map(({ approverRole, people }, index) => ({
      approverRole,
      quorum: people,
      from: secondsAfter(at, index * roleAfter * SECONDS_PER_MINUTE),
    }));
  const [first] = asks;
  if (first === undefined) {
    throw new Error('people are needed but no policy says who');
  }
  const seconds = Math.ceil(rules.approval_timeout_hours * SECONDS_PER_HOUR);
  const timeoutSeconds = Math.max(SHORTEST_WAIT_SECONDS, seconds);
  const heartbeatSeconds = Math.min(Math.ceil(heartbeat * SECONDS_PER_MINUTE), timeoutSeconds - 1);
  return {
    approverRole: first.approverRole,
    quorum: first.quorum,
    asks,
    requestedAt: at,
    expiresAt: secondsAfter(at, timeoutSeconds),
    heartbeatSeconds,
    ...(channelAfter === undefined
      ? {}
      : { secondChannelFrom: secondsAfter(at, channelAfter * SECONDS_PER_MINUTE) }),
  };
}

/** What the machine is told of a wait that may have begun before. @param now - ISO 8601 UTC */
export function remainingWait(
  { expiresAt, heartbeatSeconds }: Pick<Approval, 'expiresAt' | 'heartbeatSeconds'>,
  now: string,
): { readonly timeoutSeconds: number; readonly heartbeatSeconds: number } {
  const seconds = Math.ceil((Date.parse(expiresAt) - Date.parse(now)) / 1000);
  const timeoutSeconds = Math.max(SHORTEST_WAIT_SECONDS, seconds);
  return { timeoutSeconds, heartbeatSeconds: Math.max(1, Math.min(heartbeatSeconds, timeoutSeconds - 1)) };
}
