import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { breakerKey } from '../../contracts/tables.ts';
import type { Warrant } from '../../domain/call/warrant.ts';
import { type DependencySign, isFirstOfRow, retryAt } from '../../domain/limit/breaker.ts';
import { callName } from '../../domain/limit/held.ts';
import { type Clock, timestamp } from '../../domain/time.ts';
import type { ToolDefinition } from '../../domain/tool/definition.ts';
import { DEFAULT_BREAKER } from '../../domain/tool/limits.ts';
import {
  type BreakerRef,
  closeBreaker,
  countFailure,
  forgetFailures,
  reopenBreaker,
} from '../adapters/limits/breaker.ts';
import { releaseSlot } from '../adapters/limits/slots.ts';
import { telemetry } from '../runtime/step.ts';
import { type Attempt, NOT_DONE } from './run-tool.ts';

/**
 * Tells the limits what a call came to, after it was settled. Never throws: what gets lost here, in a crash or in an
 * outage, time puts right - a place and a trial end by themselves, and a failure that was not counted is one of many.
 */
export type LimitReporter = (warrant: Warrant, definition: ToolDefinition, attempt: Attempt) => Promise<void>;

interface Memory {
  /** Of the last answer; undefined when a failure came after it. */
  readonly answeredAtMilliseconds?: number | undefined;
  readonly forgottenAtMilliseconds?: number;
}

/** Breakers that one container remembers; to forget them all is harmless. */
const MAXIMUM_MEMORIES = 1000;

/** While some calls fail and some do not, a container ends their row this often and no more. */
const FORGET_EVERY_MILLISECONDS = 1000;

/**
 * One for a container. It writes only where there is something to say: a place to give back, a failure, or an answer
 * where failures had been counted.
 *
 * @param random - at least 0, less than 1
 */
export function limitReporter({
  client,
  clock,
  random,
}: {
  readonly client: DynamoDBDocumentClient;
  readonly clock: Clock;
  readonly random: () => number;
}): LimitReporter {
  const memories = new Map<string, Memory>();

  function remember(ref: BreakerRef, changes: Memory): void {
    const key = breakerKey(ref);
    if (!memories.has(key) && memories.size >= MAXIMUM_MEMORIES) {
      memories.clear();
    }
    memories.set(key, { ...memories.get(key), ...changes });
  }

  async function endTrial(
    ref: BreakerRef,
    call: string,
    sign: DependencySign,
    { failedTrials, breaker }: { readonly failedTrials: number; readonly breaker: ToolDefinition['breaker'] },
  ): Promise<void> {
    const now = timestamp(clock);
    if (sign === 'answered') {
      await closeBreaker(client, ref, call);
      telemetry.info('breaker closed', { tool: ref.tool });
    } else if (sign === 'nothing') {
      await reopenBreaker(client, ref, { call, retryAt: now, failedTrials });
    } else {
      const after = failedTrials + 1;
      const again = retryAt(now, breaker ?? DEFAULT_BREAKER, after, random());
      await reopenBreaker(client, ref, { call, retryAt: again, failedTrials: after });
    }
  }

  async function answered(ref: BreakerRef, failures: number): Promise<void> {
    const now = clock().getTime();
    const { forgottenAtMilliseconds = Number.NEGATIVE_INFINITY } = memories.get(breakerKey(ref)) ?? {};
    remember(ref, { answeredAtMilliseconds: now });
    if (failures > 0 && now - forgottenAtMilliseconds >= FORGET_EVERY_MILLISECONDS) {
      remember(ref, { forgottenAtMilliseconds: now });
      await forgetFailures(client, ref);
    }
  }

  async function failed(ref: BreakerRef, { breaker = DEFAULT_BREAKER }: ToolDefinition): Promise<void> {
    const now = timestamp(clock);
    const isFirst = isFirstOfRow(memories.get(breakerKey(ref))?.answeredAtMilliseconds, Date.parse(now));
    remember(ref, { answeredAtMilliseconds: undefined });
    const again = retryAt(now, breaker, 0, random());
    if (await countFailure(client, ref, breaker, { isFirst, now, retryAt: again })) {
      telemetry.count({ breakersOpened: 1 }, { tool: ref.tool });
      telemetry.warn('breaker opened', { tool: ref.tool, retryAt: again });
    }
  }

  async function moveBreaker(warrant: Warrant, definition: ToolDefinition, attempt: Attempt): Promise<void> {
    const { tenant, limits: { trial, failures = 0 } = {} } = warrant;
    const ref = { tenant, tool: definition.name };
    const sign = signOf(attempt);
    if (trial !== undefined) {
      await endTrial(ref, callName(warrant), sign, { ...trial, breaker: definition.breaker });
    } else if (sign === 'answered') {
      await answered(ref, failures);
    } else if (sign === 'failed') {
      await failed(ref, definition);
    }
  }

  /** Of a call whose outcome nobody knows the effect may be under way yet: it keeps its place for its time. */
  async function freePlace(warrant: Warrant, { name: tool }: ToolDefinition, { status }: Attempt) {
    const { tenant, agent, limits: { slot } = {} } = warrant;
    if (slot !== undefined && status !== 'unknown') {
      await releaseSlot(client, { tenant, agent, tool }, slot, callName(warrant));
    }
  }

  return async (...ended) => {
    for (const done of await Promise.allSettled([freePlace(...ended), moveBreaker(...ended)])) {
      if (done.status === 'rejected') {
        telemetry.warn('a limit was not told of a call, time will put it right', { error: done.reason });
      }
    }
  };
}

/**
 * What an outcome says of the system behind the tool. A tool that declines says it itself. Without credentials, or for an
 * answer that is given again, nobody was asked; a look that finds nothing was answered. Whatever else is no result has failed: an exception, a timeout, an
 * output that breaks its schema, an attempt that broke off.
 */
function signOf({ error, dependency, cached }: Attempt): DependencySign {
  if (cached) {
    return 'nothing';
  }
  if (error === undefined || error === NOT_DONE) {
    return 'answered';
  }
  return dependency ?? (error.code === NO_CREDENTIALS ? 'nothing' : 'failed');
}

/** Code of an outcome for which the agent's role could not be assumed. */
const NO_CREDENTIALS = 'no_credentials';
