import { z } from 'zod';

const Name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'expected a lower-case name with hyphens, at most 40 characters');
const Role = z.string().regex(/^[a-z][a-z0-9_]*$/, 'expected a role in snake_case');

/** The longest task that Step Functions lets wait: a year. */
const MAXIMUM_WAIT_HOURS = 24 * 365;

/** The one-page contract of a workflow; the documents are `policies/envelopes/<workflow>.yaml`. */
export const EnvelopeShape = z.strictObject({
  version: z.literal(1),
  workflow: Name,
  agent: Name,
  /** Answers for the outcome. */
  owner: z.string().min(1),
  /** Answers for access, models and change control. */
  steward: z.string().min(1),
  /** Goes the last mile. */
  reviewer_role: Role,
  mode: z.enum(['autonomous', 'read_only', 'stopped']),
  models: z.strictObject({
    reasoning: z.string().min(1),
    max_output_tokens: z.int().min(1).max(64_000),
    instructions: z.string().min(1),
  }),
  budgets: z.strictObject({
    hard_cost_cap_usd: z.number().positive().max(10_000),
    max_tool_calls: z.int().min(1).max(10_000),
  }),
  permissions: z.strictObject({
    allowed_tools: z.array(z.string()).min(1),
    approval_roles: z.array(Role),
    approval_timeout_hours: z.number().positive().max(MAXIMUM_WAIT_HOURS),
  }),
  logging: z.strictObject({
    store_transcripts_days: z.int().min(1).max(365),
  }),
});

export type Envelope = z.output<typeof EnvelopeShape>;
