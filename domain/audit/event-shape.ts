import { z } from 'zod';
import { BUDGET_STEPS, EVENT_VERSION } from '../../contracts/events.ts';
import {
  MAXIMUM_ENVELOPES,
  MAXIMUM_LATER_ASKS,
  MAXIMUM_NAME_BYTES,
  MAXIMUM_RETRIEVED,
  MAXIMUM_TEXT_BYTES,
} from './bounds.ts';

/** Ids, roles, models, names of policies. No text has more characters than bytes. */
const Name = z.string().max(MAXIMUM_NAME_BYTES);
const Text = z.string().max(MAXIMUM_TEXT_BYTES);
/** SHA-256, or HMAC-SHA256 under the key of a run, hex. */
const Digest = z.string().regex(/^[0-9a-f]{64}$/);
const Time = z.iso.datetime({ precision: 3 });
const MicroDollars = z.int();
const Count = z.int().nonnegative();
const Names = z.array(Name).readonly();
/** Bounded as a whole: `MAXIMUM_ARGUMENTS_BYTES` or `MAXIMUM_CONTEXT_BYTES`. */
const Within = z.string();
const Counts = z.record(Within, z.number());
const Values = z.record(Within, z.unknown());

const Withins = z.array(Within).readonly();

const Reason = z.strictObject({ code: Name, message: Text });
const Reasons = z.array(Reason).readonly();
const User = z.strictObject({ id: Name, roles: Names });
const Mode = z.enum(['autonomous', 'read_only', 'stopped']);
const BreakGlass = z.strictObject({ grantId: Name, incident: Name });
const FieldChange = z.strictObject({ field: Name, from: z.unknown().optional(), to: z.unknown().optional() });
const Rest = z.strictObject({ count: Count, digest: Name });

export const RetrievedShape = z.strictObject({
  from: Name,
  documents: z
    .array(
      z.strictObject({
        id: Name,
        version: Name.optional(),
        owner: Name.optional(),
        at: Name.optional(),
      }),
    )
    .max(MAXIMUM_RETRIEVED)
    .readonly(),
  more: Rest.optional(),
});

const Context = z.strictObject({
  mode: Mode,
  user: z.strictObject({ id: Within, roles: Withins.optional() }),
  resource: Values.optional(),
  facts: Values.optional(),
  users: Withins.optional(),
  targets: Withins.optional(),
  tenants: Withins.optional(),
  hidden: Withins.optional(),
  approvals: Counts.optional(),
  history: Counts.optional(),
  scores: z.strictObject({ injection: z.number(), sentiment: z.number(), topics: Withins }).optional(),
  origins: z.record(Within, Within).optional(),
});

const HEADER = {
  v: z.literal(EVENT_VERSION),
  id: Name,
  at: Time,
  tenant: Name,
  runId: Name,
  workflow: Name,
  agent: Name,
};

/**
 * Every event of version 1 as it is written, member by member: one that is not named here is an error. The types of
 * contracts/events.ts are the same, and a test has the compiler hold each to the other.
 */
export const EventShape = z.discriminatedUnion('type', [
  z.strictObject({ ...HEADER, type: z.literal('run.requested'), user: User, requestedBy: Name }),
  z.strictObject({
    ...HEADER,
    type: z.literal('run.opened'),
    owner: Name,
    mode: Mode,
    policyDigest: Digest,
    envelopeDigest: Digest,
    capMicroDollars: MicroDollars,
  }),
  z.strictObject({
    ...HEADER,
    type: z.literal('model.called'),
    model: Name,
    inputTokens: Count,
    outputTokens: Count,
    costMicroDollars: MicroDollars,
    purpose: z.literal('triage').optional(),
    insteadOf: z.strictObject({ model: Name, why: Reason }).optional(),
    lost: z.literal(true).optional(),
    cached: z.literal(true).optional(),
    invalid: Reasons.optional(),
    prices: Name.optional(),
  }),
  z.strictObject({
    ...HEADER,
    type: z.literal('model.routed'),
    route: z.enum(['none', 'router', 'reasoning']),
    model: Name.optional(),
    reason: Reason,
    pinned: z
      .strictObject({
        router: Name.optional(),
        reasoning: Name,
        fallback: Name.optional(),
        promptDigest: Digest,
        max_output_tokens: Count,
      })
      .optional(),
  }),
  z.strictObject({
    ...HEADER,
    type: z.literal('budget.step'),
    step: z.enum(BUDGET_STEPS),
    share: z.number(),
    cap: Name,
    used: z.number(),
    of: z.number(),
  }),
  z.strictObject({
    ...HEADER,
    type: z.literal('budget.cap_changed'),
    beforeMicroDollars: MicroDollars,
    capMicroDollars: MicroDollars,
    by: Name,
    note: Text,
  }),
  z.strictObject({
    ...HEADER,
    type: z.literal('loop.found'),
    loop: z.enum(['same_call', 'same_cycle', 'no_progress']),
    action: z.enum(['ask', 'stop']),
    reason: Reason,
    callIds: Names,
  }),
  z.strictObject({
    ...HEADER,
    type: z.literal('run.questioned'),
    approvalId: Name,
    approverRole: Name,
    reason: Reason,
  }),
  z.strictObject({ ...HEADER, type: z.literal('run.continued'), approvalId: Name }),
  z.strictObject({
    ...HEADER,
    type: z.literal('call.decided'),
    callId: Name,
    tool: Name,
    tier: Count.optional(),
    arguments: Values,
    digest: Digest.optional(),
    resource: Name.optional(),
    decision: z.enum(['allow', 'deny', 'needs_approval']),
    policies: Names,
    policyDigest: Digest,
    reasons: Reasons.optional(),
    holdMicroDollars: MicroDollars.optional(),
    approvalId: Name.optional(),
    approverRole: Name.optional(),
    quorum: Count.optional(),
    laterAsks: z
      .array(z.strictObject({ approverRole: Name, quorum: Count }))
      .max(MAXIMUM_LATER_ASKS)
      .readonly()
      .optional(),
    breakGlass: BreakGlass.optional(),
    context: Context.optional(),
  }),
  z.strictObject({
    ...HEADER,
    type: z.literal('approval.waiting'),
    callId: Name,
    approvalId: Name,
    expiresAt: Time,
    previewDigest: Digest.optional(),
  }),
  z.strictObject({
    ...HEADER,
    type: z.literal('approval.told'),
    callId: Name,
    approvalId: Name,
    approverRole: Name,
    channel: Name,
    messageTs: Name,
    why: z.enum(['asked', 'second_channel', 'next_role']),
  }),
  z.strictObject({
    ...HEADER,
    type: z.literal('approval.verdict'),
    callId: Name,
    approvalId: Name,
    verdict: z.enum(['approve', 'reject', 'withdraw']),
    by: Name,
    note: Text.optional(),
    via: z.enum(['api', 'slack']),
    afterSeconds: z.number().nonnegative(),
    state: z.enum(['requested', 'waiting', 'approved', 'rejected', 'expired', 'unreachable', 'used']),
  }),
  z.strictObject({
    ...HEADER,
    type: z.literal('call.executed'),
    callId: Name,
    tool: Name,
    status: z.enum(['succeeded', 'failed', 'unknown']),
    error: Reason.optional(),
    outputDigest: Digest.optional(),
    effects: Names,
    redacted: Counts.optional(),
    changes: z.record(Name, z.array(FieldChange).readonly()).optional(),
    undo: z.strictObject({ tool: Name }).optional(),
    preview: z.enum(['as_shown', 'otherwise']).optional(),
    cached: z.literal(true).optional(),
    retrieved: RetrievedShape.optional(),
    costMicroDollars: MicroDollars,
    releasedMicroDollars: MicroDollars,
  }),
  z.strictObject({
    ...HEADER,
    type: z.literal('call.settled'),
    callId: Name,
    tool: Name,
    happened: z.boolean(),
    by: Name,
    note: Text,
    evidence: Text.optional(),
  }),
  z.strictObject({
    ...HEADER,
    type: z.literal('break_glass.opened'),
    incident: Name,
    reason: Text,
    tools: Names,
    minutes: Count,
    by: Name,
    confirmBefore: Time,
  }),
  z.strictObject({
    ...HEADER,
    type: z.literal('break_glass.confirmed'),
    by: Name,
    note: Text.optional(),
    expiresAt: Time,
  }),
  z.strictObject({
    ...HEADER,
    type: z.enum(['break_glass.rejected', 'break_glass.ended']),
    by: Name,
    note: Text.optional(),
  }),
  z.strictObject({
    ...HEADER,
    type: z.literal('break_glass.used'),
    usedByRun: Name,
    callId: Name,
    tool: Name,
    resource: Name,
    userId: Name,
  }),
  z.strictObject({
    ...HEADER,
    type: z.literal('policy.changed'),
    before: Digest.optional(),
    after: Digest,
    envelopes: z
      .array(z.strictObject({ workflow: Name, before: Digest.optional(), after: Digest.optional() }))
      .max(MAXIMUM_ENVELOPES)
      .readonly(),
    more: Rest.optional(),
    firstRun: Name,
  }),
  z.strictObject({ ...HEADER, type: z.literal('workflow.paused'), reason: Reason }),
  z.strictObject({ ...HEADER, type: z.literal('workflow.resumed'), by: Name, note: Text }),
  z.strictObject({ ...HEADER, type: z.enum(['run.held', 'run.released']), by: Name, note: Text }),
  z.strictObject({
    ...HEADER,
    type: z.literal('person.erased'),
    person: Digest,
    by: Name,
    note: Text,
    runs: Count,
    transcripts: Count,
    names: Count,
    calls: Count,
    approvals: Count,
  }),
  z.strictObject({
    ...HEADER,
    type: z.literal('run.closed'),
    outcome: z.enum(['completed', 'stopped', 'failed']),
    reason: Reason.optional(),
    spentMicroDollars: MicroDollars,
    calls: Count,
  }),
]);
