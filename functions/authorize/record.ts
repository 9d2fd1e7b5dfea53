import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { AuthorizeResult, Reason } from '../../contracts/call.ts';
import type { EventBody } from '../../contracts/events.ts';
import { type Approval, waitedSeconds } from '../../domain/approval/approval.ts';
import { remainingWait } from '../../domain/approval/asks.ts';
import { decisionContext, type LoggedParts } from '../../domain/audit/decision-context.ts';
import { ledgerEvent, loggedArguments, loggedReason } from '../../domain/audit/event.ts';
import { fittedReasons } from '../../domain/audit/fit.ts';
import { type Grant, useOf } from '../../domain/break-glass/grant.ts';
import { capsOf } from '../../domain/budget/budget.ts';
import { WARRANT_LIFETIME_SECONDS, type Warrant } from '../../domain/call/warrant.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import type { HeldLimits } from '../../domain/limit/held.ts';
import type { Decision } from '../../domain/policy/decide.ts';
import { redactText } from '../../domain/redaction/redact.ts';
import { secondsAfter } from '../../domain/time.ts';
import type { ToolDefinition } from '../../domain/tool/definition.ts';
import type { Facts } from '../../domain/tool/facts.ts';
import { endApproval, requestApproval, useApproval } from '../adapters/approvals.ts';
import { transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import { type Counting, holdForCall } from '../adapters/run-holds.ts';
import { clearWaiting, type OpenRunRecord, runIsOpen } from '../adapters/runs.ts';
import { putWarrant } from '../adapters/warrants.ts';
import { useBreakGlass } from './break-glass.ts';

/** Where decisions are recorded: one call of one run, at one instant, under one policy bundle. */
export interface Recorder {
  readonly client: DynamoDBDocumentClient;
  readonly run: OpenRunRecord;
  readonly callId: string;
  readonly at: string;
  readonly policyDigest: string;
  /** That is deployed now. */
  readonly envelope: Envelope | undefined;
}

export interface DecidedCall {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly definition: ToolDefinition;
  /** What somebody else charges for it, beside what the tool reports itself. */
  readonly priceMicroDollars: number;
  readonly facts: Facts;
  readonly resource: string;
  readonly digest: string;
  readonly decision: Decision;
  /** What the call adds to the run's history, and what of it the decision rests on. */
  readonly counting: Counting;
  /** Counters that its success adds to. */
  readonly counters: readonly string[];
  /** Whether detectors have to look at what it answers. */
  readonly detects: boolean;
  /** Whether its answer may be given again, or those of others may not after it. */
  readonly caching: Pick<Warrant, 'cache' | 'invalidates'>;
  /** What policies were asked with, as far as they ask for it. */
  readonly logged: LoggedParts;
  /** The grant that the call was decided under. */
  readonly breakGlass?: Grant | undefined;
}

/** The most that the call may cost. */
export function holdOf({ definition, priceMicroDollars }: DecidedCall): number {
  return definition.maximumCostMicroDollars + priceMicroDollars;
}

/** The proposal as far as it was understood. */
type ProposedCall = Pick<DecidedCall, 'tool' | 'arguments'> & Partial<DecidedCall>;

/**
 * In one transaction: the warrant, the hold on the run's budget, the event, and the use of the approval or of break-glass.
 *
 * @param held - what the call holds of its limits; the warrant keeps it
 */
export async function recordAllow(
  recorder: Recorder,
  call: DecidedCall,
  approval: Approval | undefined,
  executor: string,
  held: HeldLimits,
): Promise<AuthorizeResult> {
  const { client, run, callId, at, policyDigest } = recorder;
  const { tenant, runId, workflow, agent, user, provenanceKey, digestKey } = run;
  const { digest, decision, facts, counters, priceMicroDollars } = call;
  const { policies } = decision;
  const holdMicroDollars = holdOf(call);
  if (digestKey === undefined) {
    throw new Error(`run ${runId} has no digest key, and its calls cannot be recorded; start another run`);
  }
  const approvalId = approval === undefined ? {} : { approvalId: approval.approvalId };
  const shown = approval?.preview;
  const redaction = recorder.envelope?.logging.redaction;
  await transact(client, {
    warrant: putWarrant({
      ...{ tenant, runId, callId, digest, workflow, agent, user, policies, policyDigest, holdMicroDollars },
      ...approvalId,
      ...(shown === undefined || 'error' in shown ? {} : { previewDigest: shown.digest }),
      ...(priceMicroDollars === 0 ? {} : { priceMicroDollars }),
      ...(Object.keys(held).length === 0 ? {} : { limits: held }),
      digestKey,
      ...(provenanceKey === undefined ? {} : { provenanceKey }),
      ...(call.detects ? { detects: true } : {}),
      ...(counters.length === 0 ? {} : { counters }),
      ...(redaction === undefined ? {} : { redaction }),
      ...call.caching,
      state: 'authorized',
      proposal: { tool: call.tool, arguments: call.arguments },
      resource: facts.resource,
      authorizedAt: at,
      expiresAt: secondsAfter(at, WARRANT_LIFETIME_SECONDS),
    }),
    run: holdForCall(run, capsOf(run, recorder.envelope), holdMicroDollars, call.counting),
    event: decided(recorder, call, { decision: 'allow', policies, holdMicroDollars, ...approvalId }),
    approval: approval === undefined ? undefined : useApproval(approval),
    ...useBreakGlass(call.breakGlass, recorder, call),
  });
  return { decision: 'allow', callId, policies, warrant: { tenant, runId, callId, digest }, executor };
}

/** In one transaction: the question to people and the event. */
export async function recordAsk(
  recorder: Recorder,
  call: DecidedCall,
  asked: Approval,
): Promise<AuthorizeResult> {
  const { client, run, callId, at } = recorder;
  const { policies, approvalId, approverRole, quorum } = asked;
  const laterAsks = asked.asks
    .slice(1)
    .map((ask) => ({ approverRole: ask.approverRole, quorum: ask.quorum }));
  await transact(client, {
    approval: requestApproval(asked),
    run: runIsOpen(run),
    event: decided(recorder, call, {
      decision: 'needs_approval',
      policies,
      approvalId,
      approverRole,
      quorum,
      ...(laterAsks.length === 0 ? {} : { laterAsks }),
    }),
  });
  return {
    decision: 'needs_approval',
    callId,
    policies,
    approval: { approvalId, approverRole, quorum, ...remainingWait(asked, at) },
  };
}

export interface Refused {
  readonly policies: readonly string[];
  readonly reasons: readonly Reason[];
}

/** In one transaction: the refusal in the warrant's place, the event, and the end of an approval that came too late. */
export async function recordRefusal(
  recorder: Recorder,
  call: ProposedCall,
  refused: Refused,
  approval?: Approval,
): Promise<AuthorizeResult> {
  const { client, run, callId, at } = recorder;
  const { policies } = refused;
  // the refusal in the warrant's place and whoever proposed get what the event has
  const reasons = fittedReasons(refused.reasons.map(loggedReason));
  const { tenant, runId } = run;
  const approvalId = approval === undefined ? {} : { approvalId: approval.approvalId };
  const ended = approval?.state === 'waiting' || approval?.state === 'requested' ? endOf(reasons) : undefined;
  await transact(client, {
    warrant: putWarrant({ tenant, runId, callId, state: 'refused', policies, reasons, authorizedAt: at }),
    event: decided(recorder, call, { decision: 'deny', policies, reasons, ...approvalId }),
    ...(ended === undefined || approval === undefined
      ? {}
      : { approval: endApproval(approval, ended), run: clearWaiting(run, waitedSeconds(approval, at)) }),
  });
  return { decision: 'deny', callId, policies, reasons };
}

/** What an approval came to that nobody had decided. */
function endOf(reasons: readonly Reason[]): 'expired' | 'unreachable' | undefined {
  const codes = reasons.map(({ code }) => code);
  if (codes.includes('approval_unreachable')) {
    return 'unreachable';
  }
  return codes.includes('approval_expired') ? 'expired' : undefined;
}

type DecidedEvent = Extract<EventBody, { type: 'call.decided' }>;

function decided(
  { run, callId, at, policyDigest, envelope }: Recorder,
  { tool, arguments: proposed, definition, digest, resource, breakGlass, logged }: ProposedCall,
  outcome: Omit<
    DecidedEvent,
    'type' | 'callId' | 'tool' | 'tier' | 'arguments' | 'digest' | 'resource' | 'policyDigest' | 'context'
  >,
): ReturnType<typeof appendEvent> {
  const logging = {
    digestKey: run.digestKey,
    fields: envelope?.logging.fields?.[tool],
    redaction: envelope?.logging.redaction,
  };
  const shown = loggedArguments(definition, proposed, logging);
  const id = outcome.decision === 'needs_approval' ? `${callId}/asked` : `${callId}/decided`;
  return appendEvent(
    ledgerEvent(run, id, at, {
      type: 'call.decided',
      callId,
      // the name of no tool can be anything
      tool: definition === undefined ? redactText(tool).value : tool,
      ...(definition === undefined ? {} : { tier: definition.tier }),
      arguments: shown,
      ...(digest === undefined ? {} : { digest }),
      // its id is often an argument, and that may be anything
      ...(resource === undefined ? {} : { resource: redactText(resource).value }),
      policyDigest,
      ...(breakGlass === undefined ? {} : { breakGlass: useOf(breakGlass) }),
      ...(logged === undefined ? {} : { context: decisionContext(logged, shown) }),
      ...outcome,
    }),
  );
}
