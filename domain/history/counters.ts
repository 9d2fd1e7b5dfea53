import { z } from 'zod';
import { type Counted, counterAttribute } from '../../contracts/tables.ts';
import { groupsOf } from '../policy/groups.ts';
import type { ToolDefinition } from '../tool/definition.ts';

const Name = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,39}$/, 'expected a name in snake_case, at most 40 characters');

/**
 * What policies can ask of a run's history, `policies/history.yaml`: how many of its calls were of some tools or groups.
 * `allowed` counts with the decision, so of two calls at once one is decided after the other; `succeeded` counts when
 * the outcome is recorded.
 */
export const HistoryShape = z.strictObject({
  version: z.literal(1),
  counters: z.record(
    Name,
    z.strictObject({ of: z.array(z.string()).min(1), when: z.enum(['allowed', 'succeeded']) }),
  ),
});

export type HistoryCounters = z.output<typeof HistoryShape>['counters'];

/** Names of the counters that a call adds to. */
export function countersOf(counters: HistoryCounters, tool: ToolDefinition, when: Counted): string[] {
  const names = [tool.name, ...groupsOf(tool)];
  return Object.entries(counters)
    .filter(([, counter]) => counter.when === when && counter.of.some((each) => names.includes(each)))
    .map(([name]) => name);
}

/** Every counter of a run; one that was never added to is 0. */
export function historyOf(counters: HistoryCounters, run: object): Readonly<Record<string, number>> {
  const attributes = run as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(counters).map(([name, { when }]) => [
      name,
      Number(attributes[counterAttribute(name, when)] ?? 0),
    ]),
  );
}
