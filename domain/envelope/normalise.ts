import { didYouMean } from '../nearest.ts';
import { type WorkflowRedaction, workflowRedaction } from '../redaction/workflow.ts';
import { ENVELOPE_DEFAULTS, type Envelope } from './envelope.ts';
import type { Defaults, EnvelopeFile } from './file.ts';

/** Something about an envelope that its author should know, at a place in its file. */
export interface EnvelopeNote {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** It does not fail the build. @default false */
  readonly isWarning?: true;
}

export interface NormalisedEnvelope {
  /** Undefined when something is missing that has no default. */
  readonly envelope: Envelope | undefined;
  readonly problems: readonly EnvelopeNote[];
}

/** `Refund desk`, `refund_desk` and `refund-desk` are one workflow; stacks and roles are named by it. */
export function workflowName(written: string): string {
  return written.toLowerCase().replaceAll(/[ _.]+/g, '-');
}

/**
 * The envelope of a workflow: what its file says, else what `workflows.<name>` of the defaults says, else what they say
 * for all workflows, else `ENVELOPE_DEFAULTS`. Ownership has no default.
 *
 * @param fileName - without its ending
 */
export function normalisedEnvelope(
  written: EnvelopeFile,
  fileName: string,
  defaults: Defaults,
): NormalisedEnvelope {
  const workflow = workflowName(written.workflow ?? fileName);
  const own = ownDefaults(defaults, workflow);
  const redaction = redactionOf(written);
  const problems = [
    ...nameProblems(written, fileName),
    ...ownerProblems(written, own, workflow),
    ...retentionProblems(written),
    ...redaction.problems,
    ...(toolsOf(written).length === 0
      ? [
          {
            path: ['permissions'],
            message: 'no tool is named, list them under permissions.allowed_tools or policy.tools',
          },
        ]
      : []),
  ];
  const { owner = own?.owner, steward = own?.steward, reviewer_role = own?.reviewer_role } = written;
  if (owner === undefined || steward === undefined || reviewer_role === undefined) {
    return { envelope: undefined, problems };
  }
  const shared = defaults.defaults;
  const layers = [ENVELOPE_DEFAULTS, shared, own ?? {}, written] as const;
  const models = Object.assign({}, ...layers.map((layer) => layer.models)) as Envelope['models'];
  const budgets = Object.assign({}, ...layers.map((layer) => layer.budgets)) as Envelope['budgets'];
  const loops = Object.assign({}, ...layers.map((layer) => layer.loops)) as Envelope['loops'];
  const permissions = Object.assign({}, shared.permissions, own?.permissions, written.permissions);
  const logging = Object.assign({}, shared.logging, own?.logging, written.logging);
  const conditions = written.stop_conditions ?? own?.stop_conditions ?? shared.stop_conditions ?? [];
  const fields = loggedFields(written);
  const envelope: Envelope = {
    version: String(written.version ?? ENVELOPE_DEFAULTS.version),
    workflow,
    agent: workflowName(written.agent ?? own?.agent ?? workflow),
    owner,
    steward,
    reviewer_role,
    mode: written.mode ?? own?.mode ?? shared.mode ?? ENVELOPE_DEFAULTS.mode,
    models: modelsOf(models, written, defaults.model_names),
    budgets,
    loops,
    ...(conditions.length === 0 ? {} : { stop_conditions: conditions }),
    ...(written.cache === undefined ? {} : { cache: written.cache }),
    permissions: {
      allowed_tools: toolsOf(written),
      approval_roles: permissions.approval_roles ?? [reviewer_role],
      approval_timeout_hours: permissions.approval_timeout_hours ?? ENVELOPE_DEFAULTS.approval_timeout_hours,
      approval_heartbeat_minutes:
        permissions.approval_heartbeat_minutes ?? ENVELOPE_DEFAULTS.approval_heartbeat_minutes,
      ...escalationOf(permissions),
    },
    logging: {
      store_transcripts_days:
        transcriptDays(written) ??
        transcriptDays(own) ??
        transcriptDays(shared) ??
        ENVELOPE_DEFAULTS.store_transcripts_days,
      ...(logging.sample_rate === undefined ? {} : { sample_rate: logging.sample_rate }),
      ...(Object.keys(fields).length === 0 ? {} : { fields }),
      ...(redaction.redaction === undefined ? {} : { redaction: redaction.redaction }),
    },
  };
  return { envelope, problems };
}

function escalationOf({
  escalate_channel_after_minutes: channel,
  escalate_role_after_minutes: role,
}: NonNullable<EnvelopeFile['permissions']>): Partial<Envelope['permissions']> {
  return {
    ...(channel === undefined ? {} : { escalate_channel_after_minutes: channel }),
    ...(role === undefined ? {} : { escalate_role_after_minutes: role }),
  };
}

/** What the defaults say of one workflow, under whichever spelling of its name. */
export function ownDefaults(
  { workflows }: Defaults,
  workflow: string,
): Defaults['workflows'][string] | undefined {
  return Object.entries(workflows).find(([name]) => workflowName(name) === workflow)?.[1];
}

/** Tools that the file names, in its order. */
function toolsOf({ permissions, policy }: EnvelopeFile): string[] {
  const named = [...(permissions?.allowed_tools ?? []), ...(policy?.tools ?? []).map(({ name }) => name)];
  return [...new Set(named)];
}

function nameProblems({ workflow }: EnvelopeFile, fileName: string): EnvelopeNote[] {
  return workflow === undefined || workflowName(workflow) === workflowName(fileName)
    ? []
    : [
        {
          path: ['workflow'],
          message: `workflow '${workflow}' in a file of another name, expected ${workflowName(workflow)}.yaml`,
        },
      ];
}

const OWNERS = ['owner', 'steward', 'reviewer_role'] as const;

/** INVARIANT: no agent is deployed for which nobody answers. */
function ownerProblems(
  written: EnvelopeFile,
  own: Defaults['workflows'][string] | undefined,
  workflow: string,
): EnvelopeNote[] {
  return OWNERS.filter((member) => (written[member] ?? own?.[member]) === undefined).map((member) => ({
    path: [],
    message: `${member}: missing, say who it is here or in defaults.yaml under workflows.${workflow}.${member}`,
  }));
}

function retentionProblems({ logging = {} }: EnvelopeFile): EnvelopeNote[] {
  const { store_transcripts_days: stored, retention_days: retained } = logging;
  return stored === undefined || retained === undefined || stored === retained
    ? []
    : [
        {
          path: ['logging', 'retention_days'],
          message: `logging.retention_days: ${retained} and store_transcripts_days ${stored} say the same thing differently, keep one`,
        },
      ];
}

/** Both names of it in one place; what stands nearer to the workflow counts, under whichever name. */
function transcriptDays(layer: Pick<EnvelopeFile, 'logging'> = {}): number | undefined {
  return layer.logging?.retention_days ?? layer.logging?.store_transcripts_days;
}

function loggedFields({ policy }: EnvelopeFile): Record<string, readonly string[]> {
  return Object.fromEntries(
    (policy?.tools ?? []).flatMap(({ name, log_fields }) =>
      log_fields === undefined ? [] : [[name, log_fields.map(argumentName)] as const],
    ),
  );
}

/** `params.amount_usd` is the argument `amount_usd`. */
export function argumentName(field: string): string {
  return field.replace(/^(?:params|arguments)\./, '');
}

function redactionOf({ policy, responses }: EnvelopeFile): {
  readonly redaction?: WorkflowRedaction;
  readonly problems: readonly EnvelopeNote[];
} {
  const patterns = policy?.pii_redaction?.redact_patterns ?? [];
  const withheld = responses?.pii?.redact ?? false;
  const answer = workflowRedaction(patterns, withheld);
  const places = {
    patterns: ['policy', 'pii_redaction', 'redact_patterns'],
    withheld: ['responses', 'pii', 'redact'],
  };
  return {
    ...(answer.redaction === undefined ? {} : { redaction: answer.redaction }),
    problems: answer.problems.map(({ list, index, message }) => ({
      path: [...places[list], index],
      message: `${places[list].join('.')}.${index}: ${message}`,
    })),
  };
}

function modelsOf(
  models: Envelope['models'],
  { responses, safety }: EnvelopeFile,
  names: Readonly<Record<string, string>>,
): Envelope['models'] {
  const called = (model: string) => (Object.hasOwn(names, model) ? (names[model] as string) : model);
  const { if_sentiment: sentiment = [], if_topic_in: topics = [] } = responses?.escalation ?? {};
  const moods = [sentiment]
    .flat()
    .map((mood) => (typeof mood === 'number' ? `unhappy (${mood} of 1)` : mood));
  const citations = safety?.require_citations_for ?? [];
  const told = [
    ...(responses?.tone === undefined ? [] : [`Answer in this style: ${responses.tone.style}.`]),
    ...(moods.length === 0 ? [] : [`Hand over to a person when the mood is: ${moods.join(', ')}.`]),
    ...(topics.length === 0 ? [] : [`Hand over to a person when it is about: ${topics.join(', ')}.`]),
    ...(citations.length === 0 ? [] : [`Name your sources for: ${citations.join(', ')}.`]),
  ];
  return {
    ...models,
    reasoning: called(models.reasoning),
    ...(models.router === undefined ? {} : { router: called(models.router) }),
    ...(models.fallback === undefined ? {} : { fallback: called(models.fallback) }),
    instructions: [models.instructions.trimEnd(), ...told].join('\n'),
  };
}

/** Workflows of the defaults that no envelope is for. */
export function strayDefaults({ workflows }: Defaults, known: readonly string[]): EnvelopeNote[] {
  return Object.keys(workflows)
    .filter((name) => !known.includes(workflowName(name)))
    .map((name) => ({
      path: ['workflows', name],
      message: `workflows.${name}: there is no envelopes/${workflowName(name)}.yaml${didYouMean(name, known)}`,
    }));
}
