import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Reason } from '../../contracts/call.ts';
import type { GivenVerdict } from '../../contracts/events.ts';
import {
  type Approval,
  type GivenBy,
  verdictRefusal,
  waitedSeconds,
  withVerdict,
} from '../../domain/approval/approval.ts';
import type { Person } from '../../domain/approval/directory.ts';
import { ledgerEvent } from '../../domain/audit/event.ts';
import { redactText } from '../../domain/redaction/redact.ts';
import { type Clock, timestamp } from '../../domain/time.ts';
import {
  type ApprovalRecord,
  type ApprovalRef,
  approvalView,
  readApproval,
  recordVerdict,
  rememberPress,
} from './approvals.ts';
import { ConditionsFailed, transact } from './dynamodb.ts';
import { appendEvent } from './events.ts';
import { clearWaiting } from './runs.ts';

/** Why policy does not let a person say this of an approval; undefined when it does. */
export type MayCountersign = (
  person: Person,
  approval: Approval,
  verdict: GivenVerdict,
  now: string,
) => Reason | undefined;

/** The verdict does not count, and nothing has changed. `kind` tells what is in the way. */
export class VerdictRefused extends Error {
  override readonly name = 'VerdictRefused';
  readonly kind: 'unknown' | 'forbidden' | 'conflict';
  readonly code: string;

  constructor(kind: VerdictRefused['kind'], { code, message }: Reason) {
    super(message);
    this.kind = kind;
    this.code = code;
  }
}

export interface VerdictDependencies {
  readonly client: DynamoDBDocumentClient;
  readonly clock: Clock;
  readonly mayCountersign: MayCountersign;
}

/** What a person says of which approval. */
export interface SpokenVerdict extends GivenBy {
  readonly about: ApprovalRef;
  readonly person: Person;
  /** What was pressed in Slack, by a name of its own: it counts once, whatever is sent again. */
  readonly press?: string;
  /** Of the call that the person was shown; another one is refused. @default not compared */
  readonly digest?: string;
}

/** Verdicts of several people at the same instant are taken one after the other. */
const RECORDING_TRIES = 5;

/**
 * Records one person's verdict, or takes it back. Waking the machine is left to `resume-run`, which follows the table's stream.
 * The same verdict by the same person again changes nothing and answers the same.
 *
 * @throws VerdictRefused
 */
export async function giveVerdict(
  spoken: SpokenVerdict,
  dependencies: VerdictDependencies,
): Promise<Approval> {
  const { client, clock } = dependencies;
  const { about, person, verdict, press, digest } = spoken;
  for (let attempt = 1; ; attempt += 1) {
    const record = await readApproval(client, about);
    if (record === undefined) {
      const message = `tenant '${about.tenant}' has no approval '${about.approvalId}'`;
      throw new VerdictRefused('unknown', { code: 'unknown_approval', message });
    }
    const approval = approvalView(record);
    if (digest !== undefined && digest !== approval.digest) {
      const message = 'the approval is for another call than the one that was shown';
      throw new VerdictRefused('conflict', { code: 'other_call', message });
    }
    if (press !== undefined && record.presses?.has(press) === true) {
      return approval;
    }
    if (approval.verdicts.some((given) => given.by === person.id && given.verdict === verdict)) {
      await spend(record, spoken, dependencies);
      return approval;
    }
    try {
      return await decide(approval, spoken, timestamp(clock), dependencies);
    } catch (error) {
      if (error instanceof VerdictRefused && error.kind === 'conflict') {
        await spend(record, spoken, dependencies);
      }
      if (!(error instanceof ConditionsFailed) || attempt === RECORDING_TRIES) {
        throw error;
      }
    }
  }
}

/**
 * INVARIANT: what was pressed and changed nothing changes nothing either when it is sent again, after other verdicts. A rejection may
 * still count then: nothing that is said later takes it back.
 */
async function spend(
  { state, tenant, approvalId }: ApprovalRecord,
  { press, verdict }: SpokenVerdict,
  { client }: VerdictDependencies,
): Promise<void> {
  const isOpen = state === 'requested' || state === 'waiting';
  if (press !== undefined && verdict !== 'reject' && isOpen) {
    await transact(client, { approval: rememberPress({ tenant, approvalId }, press) });
  }
}

async function decide(
  approval: Approval,
  { person, verdict, note, via, press }: SpokenVerdict,
  at: string,
  { client, mayCountersign }: VerdictDependencies,
): Promise<Approval> {
  const forbidden = mayCountersign(person, approval, verdict, at);
  const refusal = verdictRefusal(approval, person, verdict, at);
  if (refusal !== undefined) {
    throw new VerdictRefused('conflict', refusal);
  }
  if (forbidden !== undefined) {
    throw new VerdictRefused('forbidden', forbidden);
  }
  const { callId, approvalId } = approval;
  const said = { verdict, via, ...(note === undefined ? {} : { note: redactText(note).value }) };
  const decided = withVerdict(approval, person, said, at);
  const event = ledgerEvent(approval, `${callId}/verdict/${decided.revision}`, at, {
    type: 'approval.verdict',
    callId,
    approvalId,
    by: person.id,
    ...said,
    afterSeconds: waitedSeconds(approval, at),
    state: decided.state,
  });
  await transact(client, {
    approval: recordVerdict(approval, decided, press),
    run: decided.state === 'waiting' ? undefined : clearWaiting(approval, waitedSeconds(approval, at)),
    event: appendEvent(event),
  });
  return { ...approval, ...decided };
}
