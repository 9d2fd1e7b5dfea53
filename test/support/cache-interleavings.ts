import assert from 'node:assert/strict';
import {
  isCurrent,
  type KeptUnder,
  UNSURE_SECONDS,
  versionToKeep,
  type WrittenResource,
} from '../../domain/cache/written.ts';
import { secondsAfter } from '../../domain/time.ts';
import { NOON } from './open-run.ts';

/** An answer that says which write it has seen last. */
export type Kept = KeptUnder & { readonly answer: unknown };

/** What is kept of one read and of the resource that it is about. */
export interface CacheStore {
  readonly begin: (call: string, now: string) => Promise<void>;
  readonly end: (call: string, status: 'succeeded' | 'failed' | 'unknown', now: string) => Promise<void>;
  readonly answer: () => Promise<Kept | undefined>;
  readonly resource: () => Promise<WrittenResource>;
  readonly keep: (kept: Kept) => Promise<void>;
}

/** One step of a write or a read. @returns the next one; undefined when it has ended */
type Step = () => Promise<Step | undefined>;

const SECONDS = 300;

/**
 * Writes and reads of one resource step by step in a random order, as executors of their own would make them. The system of
 * record is a number that each effect sets.
 *
 * INVARIANT that is checked: what is given again is what the system of record said at some instant between the beginning and
 * the end of the look. So a read that began before a write ended is never given again after it.
 *
 * @returns how often something was given again, to see that it happens at all
 */
export async function interleave(
  store: CacheStore,
  random: () => number,
  { steps, atOnce }: { readonly steps: number; readonly atOnce: number },
): Promise<number> {
  let truth = 0;
  const truths: number[] = [];
  let calls = 0;
  let hits = 0;
  let late = 0;
  let now = NOON;
  const pick = <T>(...of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;

  function write(): Step {
    calls += 1;
    const call = `run-1/${calls}`;
    const value = calls;
    const status = pick('succeeded', 'succeeded', 'failed', 'unknown' as const);
    const isLate = status === 'unknown' && random() < 0.5;
    const effect: Step = async () => {
      truth = value;
      return undefined;
    };
    const lateEffect: Step = async () => {
      late -= 1;
      return effect();
    };
    const end: Step = async () => {
      await store.end(call, status, now);
      return isLate ? lateEffect : undefined;
    };
    return async () => {
      late += isLate ? 1 : 0;
      await store.begin(call, now);
      return isLate || status === 'failed' ? end : () => effect().then(() => end);
    };
  }

  function read(): Step {
    const isAnswerFirst = random() < 0.5;
    let since = 0;
    let askedAt = now;
    let kept: Kept | undefined;
    let resource: WrittenResource;
    const lookAtAnswer = async () => {
      kept = await store.answer();
    };
    const lookAtResource = async () => {
      resource = await store.resource();
    };
    const ask =
      (version: string): Step =>
      async () => {
        const answer = truth;
        return async () => {
          await store.keep({ answer, askedAt, version });
          return undefined;
        };
      };
    const second: Step = async () => {
      await (isAnswerFirst ? lookAtResource() : lookAtAnswer());
      if (kept !== undefined && isCurrent(kept, resource, { now: askedAt, seconds: SECONDS })) {
        hits += 1;
        const told = truths.slice(since).concat(truth);
        assert.ok(told.includes(kept.answer as number), `${kept.answer}, expected of ${told.join(', ')}`);
        return undefined;
      }
      const version = versionToKeep(resource, askedAt);
      return version === undefined ? undefined : ask(version);
    };
    return async () => {
      since = truths.length;
      askedAt = now;
      await (isAnswerFirst ? lookAtAnswer() : lookAtResource());
      return second;
    };
  }

  const underWay: Step[] = [];
  for (let step = 0; step < steps; step += 1) {
    // what nobody knows comes within its time, or not at all
    const isLongAfter = late === 0 && underWay.length === 0 && random() < 0.1;
    now = secondsAfter(now, isLongAfter ? UNSURE_SECONDS : 1);
    if (underWay.length < atOnce && random() < 0.6) {
      underWay.push(random() < 0.3 ? write() : read());
    }
    const index = Math.floor(random() * underWay.length);
    const [mine] = underWay.splice(index, 1);
    const next = await mine?.();
    if (next !== undefined) {
      underWay.push(next);
    }
    truths.push(truth);
  }
  return hits;
}
