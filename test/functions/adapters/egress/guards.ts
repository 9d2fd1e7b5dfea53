import type { GuardOptions, Limits } from '../../../../functions/adapters/egress/guard.ts';
import { egressGuard } from '../../../../functions/adapters/egress/guard.ts';

/** Milliseconds that guards of tests were told to wait, instead of waiting. */
export const waits: number[] = [];

/** What a guard is made of in tests: no name resolves but those given, no time is slept away. */
export function guard(
  names: Readonly<Record<string, readonly string[]>>,
  options: Partial<GuardOptions> = {},
) {
  return egressGuard({
    resolve: async (hostname) => names[hostname] ?? [],
    clock: () => new Date(),
    random: () => 0.5,
    sleep: async (milliseconds) => {
      waits.push(milliseconds);
    },
    ...options,
  });
}

export function within(destinations: readonly string[], limits: Partial<Limits> = {}): Limits {
  return { destinations, signal: new AbortController().signal, ...limits };
}

/** The error that a promise ends with. */
export async function failureOf(promise: Promise<unknown>): Promise<Record<string, unknown> & Error> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) {
    throw new Error('it was answered, expected it to fail');
  }
  return error as Record<string, unknown> & Error;
}
