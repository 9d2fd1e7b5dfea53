import type { ApprovalMessage } from '../../contracts/api.ts';
import { retryAt, shownOf, staleMessages } from '../../domain/approval/telling.ts';
import { timestamp } from '../../domain/time.ts';
import { type ApprovalRecord, approvalView, readApproval } from '../adapters/approvals.ts';
import { POSTING } from '../adapters/slack/message.ts';
import { telemetry } from '../runtime/step.ts';
import { readBoard } from './board.ts';
import type { SlackTelling, TellingDependencies } from './dependencies.ts';
import { applied, markShown } from './records.ts';
import { gatheredMessage, type Shown, singleMessage } from './render.ts';
import { made, NotTaken, remedyOf, type SlackFailure, taken } from './slack-failures.ts';

/** Approvals that change while their message is rendered. */
const RENDERING_TRIES = 5;

type UpdateDependencies = TellingDependencies & { readonly slack: SlackTelling };

/**
 * Renders every message again that shows something else than its approval is now. A message that fails holds up no other.
 *
 * @returns when to try again, by approvalId, for those with a message that is still not up to date
 */
export async function updateMessages(
  approvals: readonly ApprovalRecord[],
  dependencies: UpdateDependencies,
): Promise<ReadonlyMap<string, string>> {
  const { clock, random, hasTime } = dependencies;
  const stale = approvals.flatMap((approval) =>
    staleMessages(approval, timestamp(clock)).map((message) => ({ approval, message })),
  );
  const retries = new Map<string, string>();
  const outage = outageOf();
  for (const group of Map.groupBy(stale, keyOfMessage).values()) {
    const [first] = group;
    if (first === undefined) {
      continue;
    }
    const begun = hasTime() ? outage.current() : NO_TIME;
    const failure = begun ?? (await updateOne(first.approval, first.message, dependencies));
    outage.note(failure);
    for (const { approval } of failure === undefined ? [] : group) {
      const now = timestamp(clock);
      retries.set(
        keyOfApproval(approval),
        retryAt(changedAt(approval, now), now, random(), failure?.retrySeconds),
      );
    }
  }
  return retries;
}

/** Each of them is waited for. */
const SILENCES = 3;

/** One limit is for all of the app's updates; and whoever does not answer several times in a row is not asked on and on. */
function outageOf() {
  let silences = 0;
  let last: SlackFailure | undefined;
  return {
    current: () => (last?.kind === 'limited' || silences >= SILENCES ? last : undefined),
    note: (failure: SlackFailure | undefined) => {
      silences = failure?.kind === 'silent' ? silences + 1 : 0;
      last = failure;
    },
  };
}

const NO_TIME: SlackFailure = { kind: 'silent', code: 'no_time' };
/** The ledger cannot be read, for example. */
const UNEXPECTED: SlackFailure = { kind: 'silent', code: 'unexpected' };

export function keyOfApproval({ tenant, approvalId }: Pick<ApprovalRecord, 'tenant' | 'approvalId'>): string {
  return `${tenant} ${approvalId}`;
}

function keyOfMessage({
  approval,
  message,
}: {
  readonly approval: ApprovalRecord;
  readonly message: ApprovalMessage;
}): string {
  return [approval.tenant, message.channel, message.ts].join(' ');
}

/** Since when its messages may have been out of date. */
function changedAt({ verdicts, expiresAt, requestedAt }: ApprovalRecord, now: string): string {
  const at = verdicts.at(-1)?.at ?? (expiresAt < now ? expiresAt : now);
  return at < requestedAt ? requestedAt : at;
}

/** @returns undefined when the message is up to date, or gone */
async function updateOne(
  approval: ApprovalRecord,
  message: ApprovalMessage,
  dependencies: UpdateDependencies,
): Promise<SlackFailure | undefined> {
  const { channel, ts } = message;
  try {
    await renderUntilSettled(approval, message, dependencies);
    return undefined;
  } catch (error) {
    const failure: SlackFailure = error instanceof NotTaken ? error.failure : UNEXPECTED;
    telemetry.count({ tellingFailures: 1 }, { reason: failure.code });
    telemetry.warn('a message of slack was not updated', {
      ...{ channel, ts, approvalId: approval.approvalId, reason: failure.code, kind: failure.kind },
      ...(error instanceof NotTaken ? { todo: remedyOf(failure) } : { error }),
    });
    if (failure.kind !== 'gone') {
      return failure;
    }
    const shown = shownOf(approval, timestamp(dependencies.clock));
    await markAll([approval], message, shown, dependencies);
    return undefined;
  }
}

/**
 * INVARIANT: whoever's update reaches Slack last has read the approvals once more after it and found what it had rendered. So two who
 * update a message at once leave it up to date, whichever comes last.
 */
async function renderUntilSettled(
  approval: ApprovalRecord,
  message: ApprovalMessage,
  dependencies: UpdateDependencies,
): Promise<void> {
  const { slack, client, clock } = dependencies;
  const { channel, ts, digest } = message;
  const ids = digest ?? [approval.approvalId];
  const read = async () => {
    const found = await Promise.all(
      ids.map((approvalId) => readApproval(client, { tenant: approval.tenant, approvalId })),
    );
    return found.filter((each) => each !== undefined);
  };
  let records = await read();
  for (let attempt = 1; attempt <= RENDERING_TRIES; attempt += 1) {
    const now = timestamp(clock);
    const seen = new Map(records.map((record) => [record.approvalId, shownOf(record, now)]));
    const context = slack.contextAt(now);
    const shown = records.map((record) => shownIn(record, message));
    const [only] = shown;
    const more = digest === undefined ? 0 : await moreBeside(approval.tenant, message, dependencies);
    const rendered = made(() =>
      digest === undefined && only !== undefined
        ? singleMessage(only, context)
        : gatheredMessage(shown, more, context),
    );
    await taken(() => slack.call((web) => web.chat.update({ channel, ts, ...rendered, ...UPDATING })));
    for (const record of records) {
      await markAll([record], message, seen.get(record.approvalId) ?? '', dependencies);
    }
    records = await read();
    if (records.every((record) => shownOf(record, now) === seen.get(record.approvalId))) {
      return;
    }
  }
  telemetry.warn('a message of slack changes faster than it is rendered', { channel, ts });
}

/** `chat.update` takes fewer of them. */
const UPDATING = { parse: POSTING.parse, link_names: POSTING.link_names } as const;

function shownIn(record: ApprovalRecord, { channel, ts }: ApprovalMessage): Shown {
  const own = record.messages.find((each) => each.channel === channel && each.ts === ts);
  return { approval: approvalView(record), why: own?.why ?? 'asked' };
}

/** Only the newest digest of a channel says how many more wait. */
async function moreBeside(
  tenant: string,
  { channel, ts }: ApprovalMessage,
  { client }: UpdateDependencies,
): Promise<number> {
  const { digests } = await readBoard(client, tenant);
  return digests.find((each) => each.channel === channel && each.ts === ts)?.more ?? 0;
}

async function markAll(
  records: readonly ApprovalRecord[],
  message: ApprovalMessage,
  shown: string,
  { client }: UpdateDependencies,
): Promise<void> {
  for (const record of records) {
    const update = markShown(record, message, shown);
    if (update !== undefined) {
      await applied(client, update);
    }
  }
}
