import { z } from 'zod';
import { BUDGET_STEPS, EVENT_VERSION, type LedgerEvent } from '../../contracts/events.ts';

const MicroDollars = z.int();
const Count = z.int().nonnegative();
/** Messages repeat what was proposed, and are not needed to count. */
const Why = z.object({ code: z.string() });

const HEADER = {
  v: z.literal(EVENT_VERSION),
  id: z.string(),
  at: z.iso.datetime(),
  tenant: z.string(),
  runId: z.string(),
  workflow: z.string(),
  agent: z.string(),
};

/** An event as far as it is metered; all other members of it are passed over. Events of other types are not metered. */
export const MeteredEventShape = z.discriminatedUnion('type', [
  z.object({ ...HEADER, type: z.literal('run.requested'), user: z.object({ id: z.string() }) }),
  z.object({ ...HEADER, type: z.literal('run.opened'), capMicroDollars: MicroDollars }),
  z.object({
    ...HEADER,
    type: z.literal('run.closed'),
    outcome: z.enum(['completed', 'stopped', 'failed']),
    reason: Why.optional(),
  }),
  z.object({
    ...HEADER,
    type: z.literal('model.called'),
    model: z.string(),
    inputTokens: Count,
    outputTokens: Count,
    costMicroDollars: MicroDollars,
    insteadOf: z.object({ model: z.string(), why: Why }).optional(),
    cached: z.literal(true).optional(),
  }),
  z.object({
    ...HEADER,
    type: z.literal('model.routed'),
    route: z.enum(['none', 'router', 'reasoning']),
    reason: Why,
  }),
  z.object({ ...HEADER, type: z.literal('budget.step'), step: z.enum(BUDGET_STEPS), cap: z.string() }),
  z.object({
    ...HEADER,
    type: z.literal('budget.cap_changed'),
    beforeMicroDollars: MicroDollars,
    capMicroDollars: MicroDollars,
  }),
  z.object({
    ...HEADER,
    type: z.literal('call.decided'),
    callId: z.string(),
    tool: z.string(),
    resource: z.string().optional(),
    decision: z.enum(['allow', 'deny', 'needs_approval']),
    reasons: z.array(Why).readonly().optional(),
  }),
  z.object({ ...HEADER, type: z.literal('approval.waiting') }),
  z.object({ ...HEADER, type: z.literal('approval.verdict') }),
  z.object({
    ...HEADER,
    type: z.literal('call.executed'),
    callId: z.string(),
    status: z.enum(['succeeded', 'failed', 'unknown']),
    costMicroDollars: MicroDollars,
    cached: z.literal(true).optional(),
  }),
  z.object({ ...HEADER, type: z.literal('call.settled') }),
  z.object({ ...HEADER, type: z.literal('break_glass.confirmed') }),
  z.object({ ...HEADER, type: z.literal('break_glass.rejected') }),
]);

export type MeteredEvent = z.output<typeof MeteredEventShape>;

const TYPES: ReadonlySet<string> = new Set(
  MeteredEventShape.options.flatMap(({ shape }) => [...shape.type.values]),
);

export function isMetered(type: unknown): boolean {
  return typeof type === 'string' && TYPES.has(type);
}

/** Those of a run's events that are metered. */
export function metered(events: readonly LedgerEvent[]): readonly MeteredEvent[] {
  return events.filter(({ type }) => isMetered(type)) as readonly MeteredEvent[];
}
