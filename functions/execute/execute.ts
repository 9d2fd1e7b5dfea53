import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ExecuteResult, WarrantRef } from '../../contracts/call.ts';
import { callDigest, isPreviewCall } from '../../domain/call/governed-call.ts';
import { knownOutcome } from '../../domain/call/settlement.ts';
import { SETTLE_MARGIN_SECONDS, type Warrant } from '../../domain/call/warrant.ts';
import { contextScores, type Detector } from '../../domain/detector/detector.ts';
import { outputOriginOf } from '../../domain/provenance/origin.ts';
import { secondsAfter, timestamp } from '../../domain/time.ts';
import type { ToolDefinition } from '../../domain/tool/definition.ts';
import { ConditionsFailed, type TransactItem, transact } from '../adapters/dynamodb.ts';
import { runIsOpen } from '../adapters/runs.ts';
import { beginFirstAttempt, beginNextAttempt, type Refusal, readWarrant } from '../adapters/warrants.ts';
import { beginWriting } from '../adapters/written-resources.ts';
import type { SessionDependencies } from './credentials.ts';
import type { ToolHandlers } from './executor.ts';
import type { LimitReporter } from './limits.ts';
import { type Prepared, preparation } from './prepare.ts';
import { type Attempt, lookUpEffect, NOT_DONE, runTool } from './run-tool.ts';
import { NEVER_BEGUN, settleCall } from './settle.ts';

export interface ExecuteDependencies extends SessionDependencies {
  readonly client: DynamoDBDocumentClient;
  readonly handlers: ToolHandlers;
  readonly reportToLimits: LimitReporter;
  readonly detect: Detector;
}

/** The warrant does not stand for this call. Nothing was done, and doing it again will not help. */
export class WarrantRefused extends Error {
  override readonly name = 'WarrantRefused';
}

/** Another attempt may still be under way, and this tool must not run twice. Nothing was done; ask again later. */
export class StillExecuting extends Error {
  override readonly name = 'StillExecuting';
}

/** Everybody who loses a race looks again; each round somebody has won, and a call has few attempts. */
const ROUNDS = 5;

/**
 * Executes one authorized call, at most once: begin an attempt, assume the agent's role, run, settle. Asked again it
 * gives the recorded outcome. After an attempt that broke off it does what the tool says is safe: repeat under the same
 * key, look the effect up, or record that nobody knows.
 *
 * A warrant that expired before anybody began is a call that failed, and its hold is released.
 *
 * @throws WarrantRefused when there is no such warrant, or it is for another call
 * @throws StillExecuting when the broken off attempt may yet have its effect; retried by the state machine, and by the
 *   reconciler after it
 */
export async function execute(
  reference: WarrantRef,
  dependencies: ExecuteDependencies,
): Promise<{ result: ExecuteResult; workflow: string; agent: string; tool: string }> {
  const { client, namespace } = dependencies;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const warrant = checked(await readWarrant(client, reference), reference);
    const { workflow, agent, proposal } = warrant;
    const definition = namespace.tools.find(({ name }) => name === proposal.tool);
    if (definition === undefined) {
      throw new WarrantRefused(`tool '${proposal.tool}' is not in namespace '${namespace.name}'`);
    }
    const result = knownOutcome(warrant) ?? (await advance(warrant, definition, dependencies));
    if (result !== undefined) {
      return { result, workflow, agent, tool: proposal.tool };
    }
  }
  throw new StillExecuting(`call ${reference.callId} is being executed elsewhere`);
}

/** One step towards an outcome. @returns undefined when somebody else was quicker */
async function advance(
  warrant: Warrant,
  definition: ToolDefinition,
  dependencies: ExecuteDependencies,
): Promise<ExecuteResult | undefined> {
  const { client, clock } = dependencies;
  const now = timestamp(clock);
  const deadline = secondsAfter(now, definition.timeoutSeconds + SETTLE_MARGIN_SECONDS);
  if (warrant.state === 'authorized') {
    if (now >= warrant.expiresAt) {
      return settleCall(client, { ...warrant, attempt: NEVER_BEGUN }, definition, expired(warrant), now);
    }
    // all take a while; credentials that somebody else's attempt makes needless are thrown away unused
    const [begun, prepared] = await Promise.all([
      // INVARIANT: from before a write can have an effect until its outcome is recorded, its resource is not cached
      beginFirstAttempt(client, warrant, now, deadline, beginWriting(warrant, now)),
      preparation(warrant, definition, dependencies),
    ]);
    return begun
      ? attemptAndSettle({ ...warrant, attempt: 1 }, definition, runTool, dependencies, prepared)
      : undefined;
  }
  return afterBrokenOff(warrant, definition, { ...dependencies, now, deadline });
}

function expired({ expiresAt }: Warrant): Attempt {
  const message = `nobody began the call before ${expiresAt}, when its warrant expired; nothing was done, propose it again`;
  return { ...NO_ATTEMPT, error: { code: 'warrant_expired', message } };
}

/**
 * What the tool says is safe after an attempt that broke off. A run that was closed in the meantime gets no new effects:
 * its calls are only looked up.
 */
async function afterBrokenOff(
  warrant: Warrant,
  definition: ToolDefinition,
  dependencies: ExecuteDependencies & { readonly now: string; readonly deadline: string },
): Promise<ExecuteResult | undefined> {
  const { now } = dependencies;
  const { attempt: brokenOff = 1, deadline: lastDeadline = now } = warrant;
  const isRepeatable = definition.effect === 'read' || definition.idempotency === 'by_key';
  const mine = { ...warrant, attempt: brokenOff + 1 };
  if (isRepeatable) {
    const taken = await takeOver(warrant, brokenOff, dependencies, runIsOpen(warrant));
    if (taken !== 'run closed') {
      return taken === 'yes' ? attemptAndSettle(mine, definition, runTool, dependencies) : undefined;
    }
  }
  if (now < lastDeadline) {
    throw new StillExecuting(`call ${warrant.callId} may be under way until ${lastDeadline}`);
  }
  if ((await takeOver(warrant, brokenOff, dependencies)) !== 'yes') {
    return undefined;
  }
  return definition.idempotency === 'by_lookup'
    ? attemptAndSettle(mine, definition, lookUpEffect, dependencies)
    : settledOrLater(dependencies.reportToLimits, dependencies.client, mine, definition, NOBODY_KNOWS, now);
}

async function takeOver(
  warrant: Warrant,
  brokenOff: number,
  { client, deadline }: ExecuteDependencies & { readonly deadline: string },
  run?: TransactItem,
): Promise<'yes' | 'somebody else did' | 'run closed'> {
  try {
    await transact(client, { warrant: beginNextAttempt(warrant, brokenOff, deadline), run });
    return 'yes';
  } catch (error) {
    if (!(error instanceof ConditionsFailed)) {
      throw error;
    }
    return error.parts.includes('warrant') ? 'somebody else did' : 'run closed';
  }
}

const NOBODY_KNOWS: Attempt = {
  status: 'unknown',
  error: {
    code: 'outcome_unknown',
    message: 'an attempt broke off, its effect may or may not have happened',
  },
  effects: [],
  costMicroDollars: 0,
};

/** INVARIANT: the arguments that run are those that were decided on; both are under the digest. */
function checked(warrant: Warrant | Refusal | undefined, reference: WarrantRef): Warrant {
  const { callId, digest } = reference;
  if (warrant === undefined || warrant.state === 'refused' || warrant.digest === undefined) {
    throw new WarrantRefused(`no warrant for call ${callId}`);
  }
  const { tenant, runId, workflow, agent, user, proposal, resource, digestKey } = warrant;
  if (digestKey === undefined) {
    throw new WarrantRefused(`the warrant for call ${callId} has no digest key to check it with`);
  }
  const resourceName = `${resource.type}/${resource.id}`;
  const where = { tenant, runId, callId, workflow, agent, digestKey };
  const parts = { ...where, userId: user.id, proposal, resource: resourceName };
  if (warrant.digest !== digest || callDigest(parts) !== digest) {
    throw new WarrantRefused(`the warrant for call ${callId} is for another call than ${digest}`);
  }
  return warrant;
}

async function attemptAndSettle(
  warrant: Warrant & { readonly attempt: number },
  definition: ToolDefinition,
  make: typeof runTool,
  dependencies: ExecuteDependencies,
  prepared?: Prepared,
): Promise<ExecuteResult> {
  const { client, clock, handlers, reportToLimits, detect } = dependencies;
  const { credentials, look } = prepared ?? (await preparation(warrant, definition, dependencies));
  // INVARIANT: an agent that STS refuses is answered nothing, not even what it was answered before
  const attempt =
    'reason' in credentials
      ? { ...NO_ATTEMPT, error: credentials.reason }
      : (look.found ?? (await make(warrant, definition, credentials, handlers)));
  const outcome = await scored(sure(attempt, warrant, definition), warrant, definition, detect);
  const result = await settledOrLater(reportToLimits, client, warrant, definition, outcome, timestamp(clock));
  // INVARIANT: nothing is given again that was not settled, and charged for, first
  await look.settled?.(outcome);
  return result;
}

/** Has a time of its own, within what settling has: a detector that is out must not cost the outcome. */
async function scored(
  attempt: Attempt,
  { callId, detects = false }: Warrant,
  definition: ToolDefinition,
  detect: Detector,
): Promise<Attempt> {
  const told = attempt.output ?? attempt.error?.message;
  const isForModels = !isPreviewCall({ callId });
  if (!detects || !isForModels || told === undefined || outputOriginOf(definition) !== 'untrusted') {
    return attempt;
  }
  const text = typeof told === 'string' ? told : JSON.stringify(told);
  const signal = AbortSignal.timeout(DETECTION_MILLISECONDS);
  return { ...attempt, scores: contextScores(await detect(text, signal)) };
}

/** A part of SETTLE_MARGIN_SECONDS; the detectors' own deadline is shorter. */
const DETECTION_MILLISECONDS = 8_000;

const NO_ATTEMPT: Attempt = { status: 'failed', effects: [], costMicroDollars: 0 };

/** About an hour of the reconciler's looks; who has not answered by then is for a person to ask. */
const MAXIMUM_LOOKS = 12;

/**
 * What a later attempt may say of the call. That it failed itself says nothing about the one that broke off; only a look
 * that found nothing does.
 *
 * @throws StillExecuting when a look could not be taken, to look again later
 */
function sure(
  attempt: Attempt,
  { attempt: number = 1, callId }: Warrant,
  definition: ToolDefinition,
): Attempt {
  const isFirst = number === 1;
  if (
    isFirst ||
    definition.effect === 'read' ||
    attempt.status === 'succeeded' ||
    attempt.error === NOT_DONE
  ) {
    return attempt;
  }
  if (definition.idempotency === 'by_lookup' && number <= MAXIMUM_LOOKS) {
    throw new StillExecuting(`call ${callId} could not be looked up: ${attempt.error?.message}`);
  }
  return { ...attempt, status: 'unknown' };
}

/** INVARIANT: an invocation whose attempt was overtaken does not take over in turn; the two would never end. */
async function settledOrLater(
  report: LimitReporter,
  ...settlement: Parameters<typeof settleCall>
): Promise<ExecuteResult> {
  const [client, warrant, definition, attempt] = settlement;
  const settled = await settleCall(...settlement);
  if (settled !== undefined) {
    await report(warrant, definition, attempt);
    return settled;
  }
  const outcome = knownOutcome(checked(await readWarrant(client, warrant), warrant));
  if (outcome === undefined) {
    throw new StillExecuting(`a later attempt at call ${warrant.callId} has begun`);
  }
  return outcome;
}
