import type { ApprovalMessage } from '../../contracts/api.ts';
import type { Post } from '../../domain/approval/posting.ts';
import {
  endOfWait,
  nextDue,
  type Place,
  retryAt,
  shownOf,
  untoldPlaces,
} from '../../domain/approval/telling.ts';
import { ledgerEvent } from '../../domain/audit/event.ts';
import { secondsAfter, timestamp } from '../../domain/time.ts';
import { type ApprovalRecord, approvalView, readApproval } from '../adapters/approvals.ts';
import { ConditionsFailed, type TransactItem, transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import { POSTING } from '../adapters/slack/message.ts';
import { telemetry } from '../runtime/step.ts';
import type { SlackTelling, TellingDependencies } from './dependencies.ts';
import { addMessage, applied, claim, unclaim } from './records.ts';
import { gatheredMessage, type Shown, singleMessage } from './render.ts';
import { made, NotTaken, remedyOf, type SlackFailure, taken } from './slack-failures.ts';
import { sendHeartbeat } from './wait.ts';

type PostDependencies = TellingDependencies & { readonly slack: SlackTelling };

/** What came of a post. */
export interface Posted {
  /** Absent when nothing was posted. */
  readonly message?: { readonly ts: string; readonly at: string };
  /** Of the channel, or of Slack as a whole. */
  readonly failure?: SlackFailure;
  /** When an approval of it that could not be shown is to be tried again. */
  readonly again?: string;
}

/** Whoever dies between claiming and recording leaves the approval to others after this time. */
const CLAIM_SECONDS = 120;

interface Claimed {
  readonly record: ApprovalRecord;
  readonly place: Place;
  /** The claim. */
  readonly mine: string;
}

/**
 * Posts one message about those of its approvals that still wait, are told in the channel by no message, and are claimed by nobody:
 * claim, post, record. Whoever dies after posting leaves a message that is not on record; what is pressed in it is refused.
 */
export async function post(tenant: string, planned: Post, dependencies: PostDependencies): Promise<Posted> {
  const claimed = await claimAll(tenant, planned, dependencies);
  const { showable, again } = await onlyShowable(claimed, planned, dependencies);
  if (showable.length === 0) {
    return again === undefined ? {} : { again };
  }
  try {
    const ts = await send(showable, planned, dependencies);
    const at = timestamp(dependencies.clock);
    const told = await record(showable, planned, { ts, at }, dependencies);
    await Promise.all(told.map((each) => sendHeartbeat(each, dependencies)));
    telemetry.count({ peopleTold: told.length }, { why: showable[0]?.place.why ?? 'asked' });
    const isLost = told.length < showable.length;
    const next = again ?? (isLost ? at : undefined);
    return { message: { ts, at }, ...(next === undefined ? {} : { again: next }) };
  } catch (error) {
    if (!(error instanceof NotTaken)) {
      return perhapsPosted(error, planned);
    }
    return notPosted(error.failure, showable, planned, dependencies);
  }
}

/**
 * It was taken and could not be recorded, or nobody knows. The claims stand, so its approvals are told again when they end; and the
 * channel is left alone for a while, so that what cannot be recorded at all is not posted on and on.
 */
function perhapsPosted(error: unknown, { channel, about }: Post): Posted {
  telemetry.count({ tellingFailures: 1 }, { reason: UNRECORDED.code });
  telemetry.warn('a message may be in slack that is not on record: presses in it are refused', {
    ...{ channel, approvalIds: about.map(({ approvalId }) => approvalId), error },
  });
  return { failure: UNRECORDED };
}

const UNRECORDED: SlackFailure = { kind: 'silent', code: 'unrecorded' };

async function claimAll(
  tenant: string,
  { channel, about }: Post,
  dependencies: PostDependencies,
): Promise<readonly Claimed[]> {
  const { client, clock, slack } = dependencies;
  const claims = await Promise.all(
    about.map(async ({ approvalId }) => {
      const now = timestamp(clock);
      const mine = secondsAfter(now, CLAIM_SECONDS);
      if (!(await applied(client, claim({ tenant, approvalId }, { now, until: mine })))) {
        return undefined;
      }
      const record = await readApproval(client, { tenant, approvalId });
      if (record === undefined) {
        return undefined;
      }
      // who knows what happened since it was planned; from here on nobody else posts it
      const isAsked = record.state === 'waiting' && endOfWait(record, now) === undefined;
      const places = isAsked ? untoldPlaces(record, slack.settings, now) : [];
      const place = places.find((each) => each.channel === channel);
      if (place === undefined) {
        await applied(client, unclaim(record, mine));
        return undefined;
      }
      return { record, place, mine };
    }),
  );
  return claims.filter((each) => each !== undefined);
}

/** INVARIANT: an approval that cannot be shown holds up no other in its digest. */
async function onlyShowable(
  claimed: readonly Claimed[],
  planned: Post,
  dependencies: PostDependencies,
): Promise<{ readonly showable: readonly Claimed[]; readonly again?: string }> {
  const showable: Claimed[] = [];
  const agains: string[] = [];
  for (const each of claimed) {
    try {
      messageOf([each], planned, dependencies);
      showable.push(each);
    } catch (error) {
      if (!(error instanceof NotTaken)) {
        throw error;
      }
      const { again } = await notPosted(error.failure, [each], planned, dependencies);
      agains.push(...(again === undefined ? [] : [again]));
    }
  }
  return { showable, ...(agains.length === 0 ? {} : { again: agains.toSorted()[0] ?? '' }) };
}

function messageOf(claimed: readonly Claimed[], { beside }: Post, { slack, clock }: PostDependencies) {
  const context = slack.contextAt(timestamp(clock));
  const shown = claimed.map(
    ({ record, place }): Shown => ({ approval: approvalView(record), why: place.why }),
  );
  const [only] = shown;
  return made(() =>
    beside === undefined && only !== undefined
      ? singleMessage(only, context)
      : gatheredMessage(shown, beside?.length ?? 0, context),
  );
}

/** @returns Slack's id of the message */
async function send(
  claimed: readonly Claimed[],
  planned: Post,
  dependencies: PostDependencies,
): Promise<string> {
  const message = messageOf(claimed, planned, dependencies);
  const { channel } = planned;
  return taken(async () => {
    const { ts } = await dependencies.slack.call((web) =>
      web.chat.postMessage({ channel, ...message, ...POSTING }),
    );
    if (ts === undefined) {
      throw new Error('slack took a message and did not say which');
    }
    return ts;
  });
}

/**
 * In one transaction: the message in each of its approvals, and the events. One whose claim was lost, or that was told in between, is
 * left out: its buttons in this message are refused.
 *
 * @returns those that are on record
 */
async function record(
  claimed: readonly Claimed[],
  planned: Post,
  { ts, at }: { readonly ts: string; readonly at: string },
  { client }: PostDependencies,
): Promise<readonly ApprovalRecord[]> {
  const { channel, beside } = planned;
  let left = claimed;
  while (left.length > 0) {
    const digest = left.map((each) => each.record.approvalId);
    const parts = left.flatMap((each) => {
      const shown = shownOf(each.record, at);
      const gathered = beside === undefined ? {} : { digest };
      return recordOf(each, { ...each.place, ts, at, shown, ...gathered });
    });
    try {
      await transact(client, Object.fromEntries(parts));
      return left.map((each) => each.record);
    } catch (error) {
      if (!(error instanceof ConditionsFailed)) {
        throw error;
      }
      const lost = left.filter(({ record: { approvalId } }) => error.parts.includes(approvalId));
      telemetry.warn('posted, but told by somebody else meanwhile: presses in this message are refused', {
        ...{ channel, ts },
        approvalIds: lost.map(({ record: { approvalId } }) => approvalId),
      });
      left = left.filter((each) => !lost.includes(each));
    }
  }
  return [];
}

function recordOf(
  { record: approval, mine }: Claimed,
  message: ApprovalMessage,
): readonly (readonly [string, TransactItem])[] {
  const { approvalId, callId, messages, heartbeatSeconds } = approval;
  const { at, channel, ts, approverRole, why } = message;
  const reachedUntil = secondsAfter(at, heartbeatSeconds);
  const due = nextDue({ ...approval, reachedUntil }, at);
  const event = ledgerEvent(approval, `${approvalId}/told/${messages.length}`, at, {
    ...{ type: 'approval.told', callId, approvalId, approverRole, channel, messageTs: ts, why },
  } as const);
  return [
    [approvalId, { Update: addMessage(approval, message, { mine, reachedUntil, due }) }],
    [`${approvalId} event`, appendEvent(event)],
  ];
}

/**
 * What is wrong with the message itself keeps its approvals back for a while; what is wrong with the channel or with Slack is for
 * whoever plans, and they are free again.
 */
async function notPosted(
  failure: SlackFailure,
  claimed: readonly Claimed[],
  { channel }: Post,
  { client, clock, random }: PostDependencies,
): Promise<Posted> {
  const now = timestamp(clock);
  telemetry.count({ tellingFailures: 1 }, { reason: failure.code });
  telemetry.warn('people were not told in slack', {
    ...{ channel, reason: failure.code, kind: failure.kind, todo: remedyOf(failure) },
    approvalIds: claimed.map((each) => each.record.approvalId),
  });
  const isOwn = failure.kind === 'message';
  const retries = await Promise.all(
    claimed.map(async ({ record: approval, mine }) => {
      const until = retryAt(approval.requestedAt, now, random());
      await applied(client, unclaim(approval, mine, isOwn ? until : undefined));
      return until;
    }),
  );
  return isOwn ? { again: retries.toSorted()[0] ?? now } : { failure };
}
