import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { AuthorizeResult, CallRequest, Proposal, Reason } from '../../contracts/call.ts';
import { executorName } from '../../contracts/names.ts';
import { type Approval, approvalCounts } from '../../domain/approval/approval.ts';
import { remainingWait, waitOf } from '../../domain/approval/asks.ts';
import { tooFewPeople } from '../../domain/approval/countersigner.ts';
import type { Grant } from '../../domain/break-glass/grant.ts';
import { capsOf } from '../../domain/budget/budget.ts';
import { toolPrice } from '../../domain/budget/prices.ts';
import { cachingOf } from '../../domain/cache/caching.ts';
import { approvalIdOf, callDigest, isPreviewCall } from '../../domain/call/governed-call.ts';
import { type ParsedProposal, parseProposal } from '../../domain/call/proposal.ts';
import type { Warrant } from '../../domain/call/warrant.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import { countersOf } from '../../domain/history/counters.ts';
import { callName } from '../../domain/limit/held.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import { type Decision, decide, type PolicyEngine } from '../../domain/policy/decide.ts';
import { policyRequest } from '../../domain/policy/request.ts';
import { redactText } from '../../domain/redaction/redact.ts';
import { type Clock, timestamp } from '../../domain/time.ts';
import { beneficiariesOf } from '../../domain/tool/beneficiary.ts';
import { namespaceOf, type ToolDefinition } from '../../domain/tool/definition.ts';
import type { Facts } from '../../domain/tool/facts.ts';
import { readApproval } from '../adapters/approvals.ts';
import type { EligibleReader } from '../adapters/countersigning.ts';
import { ConditionsFailed } from '../adapters/dynamodb.ts';
import { fitHold } from '../adapters/leases.ts';
import { readOpenedRun } from '../adapters/runs.ts';
import { type Refusal, readWarrant } from '../adapters/warrants.ts';
import { factLoaderOf, findTool, namespaceOfTool } from '../tools/registry.ts';
import { readBreakGlass } from './break-glass.ts';
import { factsOrReason } from './facts.ts';
import { type CallLimiter, withinLimits } from './limits.ts';
import {
  type DecidedCall,
  holdOf,
  type Recorder,
  type Refused,
  recordAllow,
  recordAsk,
  recordRefusal,
} from './record.ts';
import { approvalRefusal, envelopeRefusal, runRefusal } from './refusals.ts';
import type { RunContext, RunContextReader } from './run-context.ts';

export interface AuthorizeDependencies {
  readonly client: DynamoDBDocumentClient;
  readonly engine: PolicyEngine;
  readonly bundle: PolicyBundle;
  readonly prefix: string;
  readonly clock: Clock;
  readonly limiter: CallLimiter;
  readonly runContext: RunContextReader;
  /** Who could approve, for each role that is asked. */
  readonly eligible: EligibleReader;
}

/** The answer, and what it is about for logs and traces. */
export interface Authorized {
  readonly result: AuthorizeResult;
  readonly workflow: string;
  readonly agent: string;
  readonly tool: string;
  /** The grant that was active for it. */
  readonly breakGlass?: Grant | undefined;
}

/**
 * Each try looks again at all that has changed, so the second one nearly always finds things settled; of calls that policies
 * limit together one is recorded in each round.
 */
const RECORDING_TRIES = 12;

/**
 * Decides one call and records the decision, before anything can happen. Repeating it gives the recorded answer.
 *
 * @throws when it cannot decide: the run does not exist, the ledger cannot be reached, policies cannot be evaluated.
 *   Nothing is recorded then and nothing may be done; the state machine retries and then reports the call as undecided
 */
export async function authorize(
  request: CallRequest,
  dependencies: AuthorizeDependencies,
): Promise<Authorized> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await decideAndRecord(request, dependencies);
    } catch (error) {
      // another step has changed the run, the approval or this very call since it was read
      if (!(error instanceof ConditionsFailed) || attempt === RECORDING_TRIES) {
        throw error;
      }
    }
  }
}

async function decideAndRecord(
  request: CallRequest,
  dependencies: AuthorizeDependencies,
): Promise<Authorized> {
  const { client, clock, bundle, prefix, limiter } = dependencies;
  const { tenant, callId, approvalId } = request;
  const parsed = parseProposal(request.proposal, findTool);
  if (parsed.ok) {
    limiter.lookAhead(tenant, parsed.proposal.tool);
  }
  // awaited where they are needed: a call that is refused without them does not wait
  const facts = parsed.ok ? factsOf(tenant, parsed, dependencies) : undefined;
  const [run, approval] = await Promise.all([
    readOpenedRun(client, request),
    approvalId === undefined ? undefined : readApproval(client, { tenant, approvalId }),
  ]);
  // the name of no tool can be anything, and goes into traces, log lines and metrics
  const tool = parsed.ok ? parsed.proposal.tool : redactText(parsed.tool).value;
  const about = { workflow: run.workflow, agent: run.agent, tool };
  const recorder: Recorder = {
    client,
    run,
    callId,
    at: timestamp(clock),
    policyDigest: bundle.digest,
    envelope: bundle.envelopes[run.workflow],
  };
  try {
    const answer =
      parsed.ok && facts !== undefined
        ? await decideParsed(recorder, request, { ...parsed, facts }, approval, dependencies)
        : { result: await recordRefusal(recorder, { tool, arguments: {} }, refusedAs(parsed)) };
    return { ...answer, ...about };
  } catch (error) {
    // INVARIANT: one answer per call; whoever asks again, and comes this far, is given the recorded one
    const wasAnswered = error instanceof ConditionsFailed && error.parts.includes('warrant');
    const recorded = wasAnswered ? await readWarrant(client, request) : undefined;
    if (recorded === undefined) {
      throw error;
    }
    return { result: recordedAnswer(recorded, prefix), ...about };
  }
}

function refusedAs(parsed: ParsedProposal): Refused {
  return { policies: [], reasons: parsed.ok ? [] : parsed.reasons };
}

type TypedProposal = Extract<ParsedProposal, { ok: true }> & {
  readonly facts: ReturnType<typeof factsOrReason>;
};

async function decideParsed(
  recorder: Recorder,
  request: CallRequest,
  typed: TypedProposal,
  approval: Approval | undefined,
  dependencies: AuthorizeDependencies,
): Promise<Pick<Authorized, 'result' | 'breakGlass'>> {
  const { run, envelope } = recorder;
  const { definition, proposal } = typed;
  const refusal =
    envelopeRefusal(envelope, proposal.tool) ??
    runRefusal(
      run,
      capsOf(run, envelope),
      definition.maximumCostMicroDollars + toolPrice(dependencies.bundle.prices, proposal.tool),
    );
  if (refusal !== undefined) {
    const refused = { policies: [], reasons: [refusal] };
    return { result: await recordRefusal(recorder, proposal, refused, approval) };
  }
  const [facts, context] = await Promise.all([typed.facts, dependencies.runContext(run, definition)]);
  if ('reason' in facts) {
    const refused = { policies: [], reasons: [facts.reason] };
    return { result: await recordRefusal(recorder, proposal, refused, approval) };
  }
  const known = { ...typed, facts, context };
  const call = await decidedCall(recorder, request, known, approval, dependencies);
  const result = await record(recorder, call, request, approval, dependencies);
  return { result, breakGlass: call.breakGlass };
}

/** Does not need the run, so both are read at the same time. */
function factsOf(
  tenant: string,
  { definition, proposal }: Extract<ParsedProposal, { ok: true }>,
  { client, prefix, clock }: AuthorizeDependencies,
): ReturnType<typeof factsOrReason> {
  const namespace = namespaceOfTool(proposal.tool);
  const load = factLoaderOf(proposal.tool);
  return factsOrReason(tenant, proposal, definition, { client, prefix, clock, namespace, load });
}

/** A proposal with all that is known about it. */
interface KnownProposal {
  readonly definition: ToolDefinition;
  readonly proposal: Proposal;
  readonly facts: Facts;
  readonly context: RunContext;
}

/** Asks Cedar, and puts a name to what was decided. */
async function decidedCall(
  { run, at }: Recorder,
  request: CallRequest,
  { definition, proposal, facts, context }: KnownProposal,
  approval: Approval | undefined,
  { client, engine, bundle }: AuthorizeDependencies,
): Promise<DecidedCall> {
  const { tenant, runId, workflow, agent, user, mode, digestKey } = run;
  const { arguments: parameters } = proposal;
  const resource = `${facts.resource.type}/${facts.resource.id}`;
  const call = {
    tenant,
    runId,
    callId: request.callId,
    workflow,
    agent,
    userId: user.id,
    proposal,
    resource,
    digestKey,
  };
  const digest = callDigest(call);
  const approved = approval?.state === 'approved' && approval.digest === digest ? approval : undefined;
  const approvals = approvalCounts(bundle.directory.approver_roles, approved);
  const breakGlass = await readBreakGlass(client, run, definition, at);
  const who = { agent, workflow, tenant, user, mode };
  const { history, scores, counting, asked, detects } = context;
  const origins = context.originsOf(parameters, facts.resource);
  const known = { at, history, scores, origins, facts, approvals, breakGlass };
  const parts = { ...who, ...known, definition, arguments: parameters };
  const decision = decide(engine, policyRequest(parts));
  const counters = countersOf(bundle.history, definition, 'succeeded');
  // what no policy asked for was not looked at, and is not told
  const logged = { ...parts, history: asked, scores: detects ? scores : undefined };
  // INVARIANT: what people are shown was read for them
  const caching = isPreviewCall(request) ? {} : cachingOf(definition, workflow, bundle.envelopes, findTool);
  const priceMicroDollars = toolPrice(bundle.prices, definition.name);
  const decided = { definition, priceMicroDollars, facts, resource, digest, decision, breakGlass, caching };
  return { ...proposal, ...decided, counting, counters, detects, logged };
}

async function record(
  recorder: Recorder,
  call: DecidedCall,
  { approvalId }: CallRequest,
  approval: Approval | undefined,
  { client, clock, bundle, prefix, limiter, eligible }: AuthorizeDependencies,
): Promise<AuthorizeResult> {
  const { run, at, envelope } = recorder;
  const { decision, digest, tool } = call;
  const refusedByPeople = approvalRefusal(approvalId, approval, digest, at);
  if (refusedByPeople !== undefined) {
    const refused = { policies: approval?.policies ?? [], reasons: [refusedByPeople] };
    return recordRefusal(recorder, call, refused, approval);
  }
  if (decision.kind === 'deny') {
    return recordRefusal(recorder, call, decision, approval);
  }
  if (decision.kind === 'allow') {
    const refuse = (reason: Reason) =>
      recordRefusal(recorder, call, { policies: decision.policies, reasons: [reason] }, approval);
    const { tenant, runId, agent } = run;
    const limited = { ...call, tenant, agent, call: callName({ tenant, runId, callId: recorder.callId }) };
    const executor = executorName(prefix, namespaceOf(tool));
    // a call that was answered holds its place in the limits; asked again it must not take and hand back anything
    const answered =
      call.definition.limits === undefined
        ? undefined
        : await readWarrant(client, { ...run, callId: recorder.callId });
    if (answered !== undefined) {
      return recordedAnswer(answered, prefix);
    }
    const terms = { budgets: bundle.budgets, envelope, clock };
    const fitted = await fitHold(client, run, holdOf(call), terms);
    if ('refusal' in fitted) {
      return refuse(fitted.refusal);
    }
    return withinLimits(
      limiter,
      limited,
      (held) => recordAllow({ ...recorder, run: fitted.run }, call, approval, executor, held),
      refuse,
    );
  }
  // asking people writes nothing in the warrant's place, so an earlier answer has to be looked for
  const [asked, answered] = await Promise.all([
    readApproval(client, { tenant: run.tenant, approvalId: approvalIdOf(digest) }),
    readWarrant(client, { ...run, callId: recorder.callId }),
  ]);
  if (answered !== undefined) {
    return recordedAnswer(answered, prefix);
  }
  if (approvalId !== undefined && asked?.state === 'approved') {
    const refused = { policies: decision.policies, reasons: [notEnough(decision)] };
    return recordRefusal(recorder, call, refused, approval);
  }
  if (asked !== undefined || envelope === undefined) {
    return asked === undefined ? recordRefusal(recorder, call, decision, approval) : askAgain(asked, at);
  }
  const asking = askingFor(recorder, call, envelope);
  const unreachable = tooFewPeople(await eligible(asking));
  return unreachable === undefined
    ? recordAsk(recorder, call, asking)
    : recordRefusal(recorder, call, { policies: decision.policies, reasons: [unreachable] });
}

/** The question to people, as they and everybody who checks them will see it. */
function askingFor({ run, callId, at }: Recorder, call: DecidedCall, { permissions }: Envelope): Approval {
  const { tenant, runId, workflow, agent, user, startedBy } = run;
  const { tool, arguments: parameters, digest, resource, facts, decision, definition, logged } = call;
  return {
    ...{ tenant, runId, workflow, agent, callId, user, resource, digest },
    approvalId: approvalIdOf(digest),
    proposal: { tool, arguments: parameters },
    facts: { ...facts.resource.attributes, ...facts.call },
    policies: decision.policies,
    reasons: decision.because ?? [],
    tier: definition.tier,
    kinds: definition.kinds ?? [],
    holdMicroDollars: holdOf(call),
    ...(logged.scores === undefined ? {} : { scores: logged.scores }),
    requesters: [user.id, ...(startedBy === undefined ? [] : [startedBy])],
    beneficiaries: beneficiariesOf(definition, parameters, facts),
    ...waitOf(permissions, decision.quorums ?? [], at),
    state: 'requested',
    verdicts: [],
    revision: 0,
    messages: [],
  };
}

/** INVARIANT: people are asked about a call once. Who were enough when they were asked, and are not now, are not asked again for ever. */
function notEnough({ quorums = [] }: Decision): Reason {
  const needs = quorums.map(({ people, approverRole }) => `${people} ${approverRole}`).join(' or ');
  const message = `the people who approved were enough when they were asked; by now it takes ${needs}; propose it again to have them asked anew`;
  return { code: 'approval_insufficient', message };
}

/** The question was put before; whoever asks again waits for the same answer. */
function askAgain(asked: Approval, now: string): AuthorizeResult {
  const { callId, policies, approvalId, approverRole, quorum } = asked;
  return {
    decision: 'needs_approval',
    callId,
    policies,
    approval: { approvalId, approverRole, quorum, ...remainingWait(asked, now) },
  };
}

function recordedAnswer(recorded: Warrant | Refusal, prefix: string): AuthorizeResult {
  const { callId, policies, tenant, runId } = recorded;
  return recorded.state === 'refused'
    ? { decision: 'deny', callId, policies, reasons: recorded.reasons }
    : {
        decision: 'allow',
        callId,
        policies,
        warrant: { tenant, runId, callId, digest: recorded.digest },
        executor: executorName(prefix, namespaceOf(recorded.proposal.tool)),
      };
}
