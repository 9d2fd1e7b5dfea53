import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { AuthorizeResult, Reason } from '../../contracts/call.ts';
import type { LimitedCalls } from '../../contracts/tables.ts';
import { type Breaker, breakerRefusal, passageThrough } from '../../domain/limit/breaker.ts';
import type { HeldLimits } from '../../domain/limit/held.ts';
import { rateOf, rateRefusal } from '../../domain/limit/rate.ts';
import { callEndsBy, slotRefusal } from '../../domain/limit/slots.ts';
import { type Clock, timestamp } from '../../domain/time.ts';
import type { ToolDefinition } from '../../domain/tool/definition.ts';
import { ConditionsFailed } from '../adapters/dynamodb.ts';
import { readBreaker, reopenBreaker, takeTrial } from '../adapters/limits/breaker.ts';
import { breakerViews } from '../adapters/limits/breaker-views.ts';
import { takeFromRate } from '../adapters/limits/rate.ts';
import { releaseSlot, takeSlot } from '../adapters/limits/slots.ts';

/** A call that nothing but its limits can refuse any more. */
export interface LimitedCall extends LimitedCalls {
  readonly definition: ToolDefinition;
  /** Unique in the tenant, and the same when the call is asked again. */
  readonly call: string;
}

type Taken = { readonly held: HeldLimits } | { readonly refusal: Reason };

export interface CallLimiter {
  /** Begins to look at the breaker, so that nobody has to wait for it later. */
  readonly lookAhead: (tenant: string, tool: string) => void;
  /** Takes what the call needs, or nothing. @throws when the limits cannot be read or written; nothing is allowed then */
  readonly take: (call: LimitedCall) => Promise<Taken>;
  /** Of a call that was not allowed after all. */
  readonly handBack: (call: LimitedCall, held: HeldLimits) => Promise<void>;
}

/**
 * Records an allowed call only with what its limits give it, and a refusal otherwise.
 *
 * @param allow - records, with what the call holds
 */
export async function withinLimits(
  limiter: CallLimiter,
  call: LimitedCall,
  allow: (held: HeldLimits) => Promise<AuthorizeResult>,
  refuse: (reason: Reason) => Promise<AuthorizeResult>,
): Promise<AuthorizeResult> {
  const taken = await limiter.take(call);
  if ('refusal' in taken) {
    return refuse(taken.refusal);
  }
  try {
    return await allow(taken.held);
  } catch (error) {
    // INVARIANT: what a recorded call holds is not handed back; after any other error it may have been recorded
    if (error instanceof ConditionsFailed && !error.parts.includes('warrant')) {
      await limiter.handBack(call, taken.held);
    }
    throw error;
  }
}

/** One for a container: it remembers what breakers looked like a moment ago. */
export function callLimiter({
  client,
  clock,
}: {
  readonly client: DynamoDBDocumentClient;
  readonly clock: Clock;
}): CallLimiter {
  const views = breakerViews((ref) => readBreaker(client, ref), clock);

  async function passBreaker(limited: LimitedCall): Promise<Taken> {
    const { tool, call, definition } = limited;
    const now = timestamp(clock);
    const seen = await views.look(limited);
    const breaker =
      passageThrough(seen, call, now).passage === 'trial' ? await tryIt(limited, now, definition) : seen;
    const found = passageThrough(breaker, call, now);
    switch (found.passage) {
      case 'free':
        return { held: found.failures === 0 ? {} : { failures: found.failures } };
      case 'closed_to_it':
        return { refusal: breakerRefusal(tool, found.until) };
      case 'trial':
        return { held: { trial: { failedTrials: found.failedTrials } } };
    }
  }

  /** @returns the breaker as it is now, half open with this call or with another, or something else by now */
  async function tryIt(limited: LimitedCall, now: string, definition: ToolDefinition): Promise<Breaker> {
    const endsAt = callEndsBy(now, definition);
    const breaker = await takeTrial(client, limited, { call: limited.call, now, endsAt });
    views.saw(limited, breaker);
    return breaker;
  }

  async function takePlace(limited: LimitedCall): Promise<Taken> {
    const { call, definition } = limited;
    const slots = definition.limits?.concurrentCalls;
    if (slots === undefined) {
      return { held: {} };
    }
    const now = timestamp(clock);
    const until = callEndsBy(now, definition);
    const place = await takeSlot(client, { calls: limited, slots, call, now, until });
    return place.taken
      ? { held: { slot: place.slot } }
      : { refusal: slotRefusal(limited, slots, place.freeAt) };
  }

  async function takeRate(limited: LimitedCall): Promise<Taken> {
    const rate = rateOf(limited.definition.limits ?? {});
    if (rate === undefined) {
      return { held: {} };
    }
    const arrival = await takeFromRate(client, limited, rate, clock());
    return arrival.admitted
      ? { held: {} }
      : { refusal: rateRefusal(limited, rate, arrival.waitMilliseconds) };
  }

  async function handBack(limited: LimitedCall, { slot, trial }: HeldLimits): Promise<void> {
    const { call } = limited;
    await Promise.all([
      slot === undefined ? undefined : releaseSlot(client, limited, slot, call),
      trial === undefined
        ? undefined
        : reopenBreaker(client, limited, { call, retryAt: timestamp(clock), ...trial }),
    ]);
  }

  return {
    lookAhead(tenant, tool) {
      // who takes hears of a failure
      views.look({ tenant, tool }).catch(() => {});
    },
    async take(limited) {
      let held: HeldLimits = {};
      // the breaker first, so that one that is open costs nothing; the rate last, because it cannot be given back
      for (const step of [passBreaker, takePlace, takeRate]) {
        const taken = await step(limited);
        if ('refusal' in taken) {
          await handBack(limited, held);
          return taken;
        }
        held = { ...held, ...taken.held };
      }
      return { held };
    },
    handBack,
  };
}
