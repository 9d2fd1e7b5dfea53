import { breakerKey } from '../../../contracts/tables.ts';
import type { Breaker } from '../../../domain/limit/breaker.ts';
import type { Clock } from '../../../domain/time.ts';
import type { BreakerRef } from './breaker.ts';

/** Breakers as this container has seen them last. */
export interface BreakerViews {
  /** At most a second old. @throws when the breaker cannot be read */
  readonly look: (ref: BreakerRef) => Promise<Breaker>;
  /** Takes note of what a write has answered. */
  readonly saw: (ref: BreakerRef, breaker: Breaker) => void;
}

/** However many calls there are, a container reads a breaker once in this time: no breaker becomes a hot key. */
const FRESH_MILLISECONDS = 1000;

/** Tools of many tenants; the oldest views go first. */
const MAXIMUM_VIEWS = 1000;

export function breakerViews(read: (ref: BreakerRef) => Promise<Breaker>, clock: Clock): BreakerViews {
  const views = new Map<string, { readonly at: number; readonly breaker: Promise<Breaker> }>();
  function keep(key: string, breaker: Promise<Breaker>): Promise<Breaker> {
    // the map keeps the order of insertion, so the first is the oldest
    views.delete(key);
    const [oldest] = views.keys();
    if (oldest !== undefined && views.size >= MAXIMUM_VIEWS) {
      views.delete(oldest);
    }
    const view = { at: clock().getTime(), breaker };
    views.set(key, view);
    // whoever awaits it hears of the failure; the next one reads again
    breaker.catch(() => views.get(key) === view && views.delete(key));
    return breaker;
  }
  return {
    async look(ref) {
      const key = breakerKey(ref);
      const view = views.get(key);
      return view !== undefined && clock().getTime() - view.at < FRESH_MILLISECONDS
        ? view.breaker
        : keep(key, read(ref));
    },
    saw(ref, breaker) {
      keep(breakerKey(ref), Promise.resolve(breaker));
    },
  };
}
