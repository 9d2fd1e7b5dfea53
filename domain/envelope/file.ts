import { z } from 'zod';
import { BUDGET_STEPS } from '../../contracts/events.ts';
import { Role } from '../approval/role.ts';

const Text = z.string().min(1);

/** Spelled as teams do: `refund-desk`, `refund_desk`, `Refund desk`. */
const WrittenName = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9 _.-]{0,39}$/,
    'expected a name of letters, digits, hyphens and underscores, at most 40 characters',
  );

/** The longest task that Step Functions lets wait: a year. */
const MAXIMUM_WAIT_HOURS = 24 * 365;

const Expression = Text.describe(
  'a condition, such as: params.amount_usd <= 100, user.role in ["a", "b"], ticket.tags includes "x"',
);

const WithoutModel = z.strictObject({
  match: Text.describe('regular expression for the whole prompt; its named groups are values for arguments'),
  propose: z
    .array(
      z.strictObject({
        tool: Text,
        arguments: z
          .record(z.string(), z.unknown())
          .describe('a text {name} stands for what the group of that name matched'),
      }),
    )
    .describe('calls, in order; none: the run ends at once'),
});

const Models = z
  .strictObject({
    router: Text.describe(
      'small model: says at the beginning which model the task needs, and does the simple ones itself',
    ),
    reasoning: Text.describe(
      'model that proposes; a name of Bedrock, or one of model_names in defaults.yaml',
    ),
    fallback: Text.describe('model that is asked when the reasoning model is throttled or fails'),
    max_output_tokens: z.int().min(1).max(64_000),
    instructions: Text.describe('system prompt'),
    without_model: z
      .array(WithoutModel)
      .min(1)
      .describe('tasks that need no model: the first that matches the prompt decides what is proposed'),
  })
  .partial();

const Budgets = z
  .strictObject({
    max_tokens_per_task: z.int().min(1).describe('tokens in and out of a run; it ends when they are used'),
    max_tool_calls: z.int().min(1).max(10_000).describe('tool calls that a run may make'),
    hard_cost_cap_usd: z.number().positive().max(10_000).describe('what a run may cost'),
    daily_cost_cap_usd: z
      .number()
      .positive()
      .max(1_000_000)
      .describe('what all runs of the workflow may cost in a day, in each tenant'),
    max_turns: z.int().min(1).max(1_000).describe('how often the model is asked what to do next'),
    max_minutes: z
      .number()
      .positive()
      .max(60 * 24 * 365)
      .describe('how long a run may take, without the time in which it waits for people'),
    steps: z
      .array(
        z.strictObject({
          at: z.number().gt(0).lte(1).describe('share of a cap of the run that is used, 0 to 1'),
          step: z.enum(BUDGET_STEPS),
        }),
      )
      .min(1)
      .describe('what is done as dollars, tokens, calls, turns or minutes are used up'),
  })
  .partial();

const Loops = z
  .strictObject({
    same_call: z.int().min(2).max(100).describe('the same call, with the same answer, that often'),
    same_cycle: z.int().min(2).max(100).describe('the same calls one after the other, that often'),
    turns_without_progress: z
      .int()
      .min(2)
      .max(100)
      .describe('turns one after the other in which nothing changed and nothing new was read'),
    action: z.enum(['ask', 'stop']).describe('a person says whether the run goes on, or it ends'),
  })
  .partial();

const OfAtLeast = z.int().min(1).max(1_000_000).describe('fewer runs than these breach nothing');

const StopConditions = z
  .array(
    z.discriminatedUnion('metric', [
      z.strictObject({
        metric: z.enum(['failed_runs', 'stopped_runs']),
        share: z.number().gt(0).lte(1).describe('of the runs that were closed that day, 0 to 1'),
        of_at_least: OfAtLeast,
      }),
      z.strictObject({
        metric: z.literal('cost_per_run_usd'),
        above: z.number().positive().max(10_000).describe('what a run closed that day cost on average'),
        of_at_least: OfAtLeast,
      }),
    ]),
  )
  .describe('what pauses the workflow by itself, in each tenant, until a person resumes it');

/** Longer, and an answer is no longer what a system of record would say. */
const MAXIMUM_CACHE_SECONDS = 86_400;

const CacheSeconds = z.int().min(1).max(MAXIMUM_CACHE_SECONDS);

const Cache = z
  .strictObject({
    tools: z
      .record(z.string(), CacheSeconds)
      .describe(
        'reads whose answers are used again for so many seconds, unless their resource was written to',
      ),
    model_answers: CacheSeconds.describe('seconds for which the answer to exactly the same request is used'),
  })
  .partial();

const Permissions = z
  .strictObject({
    allowed_tools: z.array(z.string()).min(1).describe('tools that the agent may propose'),
    write_actions_require_approval: z
      .boolean()
      .describe('true: every write waits for approval_roles; false: writes are permitted like reads'),
    approval_roles: z.array(Role).describe('roles of policies/directory.yaml @default the reviewer_role'),
    approval_quorum: z
      .int()
      .min(1)
      .max(9)
      .describe('people who must approve @default minimum_quorum of directory.yaml for the tier of the tool'),
    approval_timeout_hours: z.number().positive().max(MAXIMUM_WAIT_HOURS),
    approval_heartbeat_minutes: z
      .number()
      .positive()
      .max(MAXIMUM_WAIT_HOURS * 60)
      .describe('nobody can be reached for so long: the call is refused as unreachable @default 240'),
    escalate_channel_after_minutes: z
      .number()
      .positive()
      .max(MAXIMUM_WAIT_HOURS * 60)
      .describe('without an answer for so long people are asked in the second channel of slack.yaml too'),
    escalate_role_after_minutes: z
      .number()
      .positive()
      .max(MAXIMUM_WAIT_HOURS * 60)
      .describe('without an answer for so long the next of approval_roles is asked too, and so on'),
    permit_allowed_tools: z
      .boolean()
      .describe(
        'false: permits are written by hand in policies/agents; @default true when policy, refunds or write_actions_require_approval is given',
      ),
  })
  .partial();

const Logging = z
  .strictObject({
    redact_pii: z.literal(true, 'expected true, personal data is always redacted and nothing turns it off'),
    store_transcripts_days: z.int().min(1).max(365),
    retention_days: z.int().min(1).max(365).describe('the same as store_transcripts_days'),
    sample_rate: z
      .number()
      .min(0)
      .max(1)
      .describe(
        'share of runs whose transcript is kept for all its days; of the others it goes when the run must be over',
      ),
  })
  .partial();

const Score = z.number().gt(0).max(1).describe('0 to 1');

const Mood = z.union([Text, Score]);

const Safety = z
  .strictObject({
    block_on_prompt_injection_score_gte: Score.describe(
      'writes are forbidden once what the run has read scores this, 0 to 1',
    ),
    require_citations_for: z
      .array(Text)
      .describe(
        'tools that are forbidden without citations, or topics, for all tools with an argument citations',
      ),
  })
  .partial();

const ToolRule = z.strictObject({
  name: Text,
  default: z
    .literal('deny', 'expected deny, a tool that is always permitted is listed in permissions.allowed_tools')
    .optional(),
  allow_if: z.array(Expression).min(1).optional().describe('all must hold'),
  log_fields: z
    .array(Text)
    .optional()
    .describe('arguments that the ledger shows as they are, but for what is redacted'),
});

const Policy = z
  .strictObject({
    tools: z.array(ToolRule).min(1),
    pii_redaction: z.strictObject({
      redact_patterns: z
        .array(Text)
        .describe('email, phone, credit_card, iban, ssn, ip_address, or regular expressions'),
    }),
  })
  .partial();

const Refunds = z
  .strictObject({
    auto_approve_max_usd: z.number().min(0).describe('above it people decide'),
    require_human_if: z.array(Expression).describe('people decide when any holds, or cannot be told'),
  })
  .partial();

const Responses = z
  .strictObject({
    pii: z.strictObject({
      redact: z
        .union([z.boolean(), z.array(Text)])
        .describe(
          'personal data that the model is not shown, even where a tool discloses it: all, or these kinds',
        ),
    }),
    tone: z.strictObject({ style: Text.describe('told to the model') }),
    escalation: z
      .strictObject({
        if_sentiment: z
          .union([Mood, z.array(Mood).min(1)])
          .describe('negative, frustrated, angry, very_negative, or 0 to 1; of several the mildest counts'),
        if_topic_in: z
          .array(Text)
          .min(1)
          .describe(
            'accident, chargeback, fraud, legal, press, privacy, self-harm, or guardrail_topics of defaults.yaml',
          ),
      })
      .partial()
      .describe(
        'people decide on messages, egress and money once the run has read such a message; also told to the model',
      ),
  })
  .partial();

const Ownership = {
  agent: WrittenName.optional().describe('@default the workflow'),
  owner: Text.optional().describe('answers for the outcome'),
  steward: Text.optional().describe('answers for access, models and change control'),
  reviewer_role: Role.optional().describe('goes the last mile'),
};

const Common = {
  mode: z.enum(['autonomous', 'read_only', 'stopped']).optional(),
  models: Models.optional(),
  budgets: Budgets.optional(),
  loops: Loops.optional(),
  stop_conditions: StopConditions.optional(),
};

/** `policies/envelopes/<workflow>.yaml` as teams write it: any mixture of the members. */
export const EnvelopeFileShape = z
  .strictObject({
    version: z
      .union([z.number().positive(), Text.max(40)], 'expected a number or a text')
      .optional()
      .describe('of the envelope, in your own counting; part of its digest'),
    workflow: WrittenName.optional().describe('@default the name of the file'),
    ...Ownership,
    ...Common,
    cache: Cache.optional(),
    permissions: Permissions.optional(),
    policy: Policy.optional(),
    refunds: Refunds.optional(),
    responses: Responses.optional(),
    logging: Logging.optional(),
    safety: Safety.optional(),
  })
  .describe('One page that says what a workflow may do. docs/policy.md');

export type EnvelopeFile = z.output<typeof EnvelopeFileShape>;

/** Only what every workflow takes from them: what is permitted, and by how many, an envelope says for itself. */
const SharedPermissions = Permissions.pick({
  approval_roles: true,
  approval_timeout_hours: true,
  approval_heartbeat_minutes: true,
  escalate_channel_after_minutes: true,
  escalate_role_after_minutes: true,
}).optional();
const OWNERLESS = 'ownership has no default, name it under workflows.<name>';

/** `policies/defaults.yaml`: what envelopes do not say themselves. */
export const DefaultsShape = z.strictObject({
  version: z.union([z.number().positive(), Text.max(40)]).optional(),
  /** What teams call a model, and what Bedrock calls it. */
  model_names: z.record(z.string(), Text).default({}),
  /** Topics that the deployment's guardrail finds, beside those of the rules. */
  guardrail_topics: z.array(Text).default([]),
  defaults: z
    .strictObject({
      ...Common,
      permissions: SharedPermissions,
      logging: Logging.optional(),
      owner: z.undefined(OWNERLESS).optional(),
      steward: z.undefined(OWNERLESS).optional(),
      reviewer_role: z.undefined(OWNERLESS).optional(),
    })
    .default({}),
  workflows: z
    .record(
      z.string(),
      z.strictObject({
        ...Ownership,
        ...Common,
        permissions: SharedPermissions,
        logging: Logging.optional(),
      }),
    )
    .default({}),
});

export type Defaults = z.output<typeof DefaultsShape>;
