import type { CountingProxy, Passing } from '../measure/counting-proxy.ts';
import { killSender } from '../measure/kill-sender.ts';

/** Where an executor can die, in the order in which it gets there. */
export const CRASH_POINTS = [
  'before the warrant is consumed',
  'after the warrant is consumed',
  'before the effect',
  'after the effect',
  'before the record',
  'after the record',
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

export interface Crashes {
  /** Processes killed so far, by where they were. */
  readonly count: () => Readonly<Record<CrashPoint, number>>;
  readonly stop: () => void;
}

/**
 * Kills execution environments of executors at random requests, as a crash or the end of a machine would: without warning
 * and from outside. Of two instants each: before the request has arrived, and before its answer has. Linux only, because it
 * finds the sender of a request in /proc.
 *
 * @param chance - that an executor dies at one of its points, 0 to 1
 * @param isEffect - whether a request is the one by which a tool changes something
 */
export function crashes(
  proxy: CountingProxy,
  chance: number,
  isEffect: (passing: Passing) => boolean,
): Crashes {
  const killed = Object.fromEntries(CRASH_POINTS.map((point) => [point, 0])) as Record<CrashPoint, number>;
  proxy.watch((passing) => {
    const point = pointOf(passing, isEffect);
    if (point === undefined || Math.random() >= chance || !killSender(passing, proxy)) {
      return false;
    }
    killed[point] += 1;
    return true;
  });
  return { count: () => killed, stop: () => proxy.watch(() => false) };
}

/** By itself, or together with the note that answers about the thing are not to be given again. */
function consumesWarrant(operation: string, requestBody: string): boolean {
  return (
    requestBody.includes('-Warrants') &&
    (operation === 'UpdateItem' ||
      (operation === 'TransactWriteItems' &&
        requestBody.includes('-Cache') &&
        !requestBody.includes('"call.executed"')))
  );
}

/** Undefined for requests at which nothing is decided, and for those of others than executors. */
function pointOf(passing: Passing, isEffect: (passing: Passing) => boolean): CrashPoint | undefined {
  const { operation, requestBody, instant } = passing;
  const [before, after] = isEffect(passing)
    ? (['before the effect', 'after the effect'] as const)
    : consumesWarrant(operation, requestBody)
      ? (['before the warrant is consumed', 'after the warrant is consumed'] as const)
      : operation === 'TransactWriteItems' && requestBody.includes('"call.executed"')
        ? (['before the record', 'after the record'] as const)
        : [];
  return instant === 'before it arrives' ? before : after;
}
