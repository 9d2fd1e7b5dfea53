import type { Directory } from '../../domain/approval/directory.ts';
import type { Prices } from '../../domain/budget/prices.ts';
import { stepProblems } from '../../domain/budget/steps.ts';
import { TOPICS } from '../../domain/detector/topics.ts';
import { compileEnvelope } from '../../domain/envelope/compile.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import type { CallTypes } from '../../domain/envelope/expression/types.ts';
import type { Defaults, EnvelopeFile } from '../../domain/envelope/file.ts';
import {
  argumentName,
  type EnvelopeNote,
  normalisedEnvelope,
  strayDefaults,
} from '../../domain/envelope/normalise.ts';
import { withoutModelProblems } from '../../domain/envelope/without-model.ts';
import { expectedOneOf } from '../../domain/nearest.ts';
import type { BundledPolicy } from '../../domain/policy/bundle.ts';
import type { ToolDefinition, ToolNamespace } from '../../domain/tool/definition.ts';
import { defaultsFile, envelopeFiles } from './documents.ts';
import { bundledPolicy } from './policy-text.ts';
import { peopleFor } from './quorums.ts';
import type { YamlFile } from './yaml-file.ts';

/** What the envelopes of a deployment come to. */
export interface BuiltEnvelopes {
  readonly envelopes: Readonly<Record<string, Envelope>>;
  readonly policies: readonly BundledPolicy[];
  /** With file and line. */
  readonly problems: readonly string[];
  /** What is said and not in force; with file and line. */
  readonly warnings: readonly string[];
}

/**
 * Reads, completes and compiles every envelope; whatever is wrong with any of them is in one list.
 *
 * @param surroundings - without roles or prices none is known to be wrong
 */
export function buildEnvelopes(
  root: string,
  namespaces: readonly ToolNamespace[],
  surroundings: Omit<Surroundings, 'tools'>,
): BuiltEnvelopes {
  const defaults = defaultsFile(root);
  const files = envelopeFiles(root);
  const tools = new Map(
    namespaces.flatMap((namespace) =>
      namespace.tools.map((tool): [string, ToolDefinition] => [tool.name, tool]),
    ),
  );
  const built = [...files].map(([fileName, file]) =>
    buildEnvelope(fileName, file, defaults.value ?? EMPTY_DEFAULTS, { ...surroundings, tools }),
  );
  const envelopes = built.map(({ envelope }) => envelope).filter((envelope) => envelope !== undefined);
  const stray = strayDefaults(
    defaults.value ?? EMPTY_DEFAULTS,
    [...files.keys()].map((name) => name.replaceAll('_', '-')),
  );
  return {
    envelopes: Object.fromEntries(envelopes.map((envelope) => [envelope.workflow, envelope])),
    policies: built.flatMap(({ policies }) => policies),
    problems: [
      ...defaults.problems,
      ...stray.map(({ path, message }) => `${defaults.name}:${defaults.lineOf(path)}: ${message}`),
      ...built.flatMap(({ problems }) => problems),
      ...agentProblems(envelopes),
    ],
    warnings: built.flatMap(({ warnings }) => warnings),
  };
}

const EMPTY_DEFAULTS: Defaults = { model_names: {}, guardrail_topics: [], defaults: {}, workflows: {} };

interface Surroundings {
  readonly tools: ReadonlyMap<string, ToolDefinition>;
  readonly approverRoles: readonly string[] | undefined;
  readonly minimumQuorum: Directory['minimum_quorum'] | undefined;
  readonly prices: Prices | undefined;
  readonly types: ReadonlyMap<string, CallTypes>;
}

interface BuiltEnvelope extends Omit<BuiltEnvelopes, 'envelopes'> {
  readonly envelope?: Envelope;
}

function buildEnvelope(
  fileName: string,
  file: YamlFile<EnvelopeFile>,
  defaults: Defaults,
  { tools, approverRoles, minimumQuorum, prices, types }: Surroundings,
): BuiltEnvelope {
  const { name, value: written, lineOf } = file;
  if (written === undefined) {
    return { policies: [], problems: file.problems, warnings: [] };
  }
  const at = ({ path, message }: EnvelopeNote) => `${name}:${lineOf(path)}: ${message}`;
  const { envelope, problems } = normalisedEnvelope(written, fileName, defaults);
  // what an envelope says of tools is checked whoever owns it
  const source = {
    ...{ written, lineOf, file: name },
    envelope: withRoles(envelope ?? unowned(written, fileName, defaults), approverRoles),
    toolOf: (tool: string) => tools.get(tool),
    typesOf: (tool: string) => types.get(tool),
    peopleFor: ({ tier }: ToolDefinition) =>
      minimumQuorum === undefined ? 1 : peopleFor(tier, minimumQuorum),
    topics: [...Object.keys(TOPICS), ...defaults.guardrail_topics],
  };
  const compiled = compileEnvelope(source);
  const notes = [
    ...modelWarnings(source.envelope, prices),
    ...problems,
    ...withoutModelProblems(source.envelope, source.toolOf),
    ...stepNotes(source.envelope),
    ...toolProblems(written, tools),
    ...cacheProblems(source.envelope, tools),
    ...roleProblems(envelope ?? unowned(written, fileName, defaults), envelope !== undefined, approverRoles),
    ...compiled.problems,
  ];
  const prefix = `envelopes/${source.envelope.workflow}`;
  const bundled = compiled.policies.map(({ path, text }) =>
    bundledPolicy(text, { file: name, prefix, line: lineOf(path) }),
  );
  return {
    ...(envelope === undefined ? {} : { envelope }),
    policies: bundled.filter((each) => 'id' in each),
    problems: [
      ...notes.filter(({ isWarning }) => !isWarning).map(at),
      ...bundled.filter((each) => 'problem' in each).map(({ problem }) => problem),
    ],
    warnings: notes.filter(({ isWarning }) => isWarning).map(at),
  };
}

/** As if somebody answered for it, to find what else is wrong. */
function unowned(written: EnvelopeFile, fileName: string, defaults: Defaults): Envelope {
  const nobody = { owner: 'nobody', steward: 'nobody', reviewer_role: 'nobody' };
  const { envelope } = normalisedEnvelope({ ...nobody, ...written }, fileName, defaults);
  return envelope as Envelope;
}

/** A model whose cost is unknown is never asked; a run whose reasoning model it is ends as stopped, `model_unpriced`. */
function modelWarnings({ models }: Envelope, prices: Prices | undefined): EnvelopeNote[] {
  const priced = Object.keys(prices?.models ?? {});
  return (['router', 'reasoning', 'fallback'] as const).flatMap((member): EnvelopeNote[] => {
    const model = models[member];
    const path = ['models', member];
    return model === undefined || prices === undefined || priced.includes(model)
      ? []
      : [
          {
            path,
            message: `models.${member}: '${model}' has no price and is not asked${expectedOneOf(model, priced)}; model_names of defaults.yaml says what a team's name for a model stands for`,
            isWarning: true,
          },
        ];
  });
}

function stepNotes(envelope: Envelope): EnvelopeNote[] {
  return stepProblems(envelope).map(({ index, message }) => {
    const path = ['budgets', 'steps', index];
    return { path, message: `${path.join('.')}: ${message}` };
  });
}

/** A role that nobody has is one problem, and not one more in each policy that names it. */
function withRoles(envelope: Envelope, approverRoles: readonly string[] | undefined): Envelope {
  const { permissions } = envelope;
  const approval_roles = permissions.approval_roles.filter((role) => approverRoles?.includes(role) ?? true);
  return { ...envelope, permissions: { ...permissions, approval_roles } };
}

function toolProblems({ permissions, policy }: EnvelopeFile, tools: Surroundings['tools']): EnvelopeNote[] {
  const known = [...tools.keys()];
  const unknown = (path: EnvelopeNote['path'], tool: string): EnvelopeNote[] =>
    tools.has(tool)
      ? []
      : [
          {
            path,
            message: `${path.join('.')}: tool '${tool}' is not registered${expectedOneOf(tool, known)}`,
          },
        ];
  return [
    ...(permissions?.allowed_tools ?? []).flatMap((tool, index) =>
      unknown(['permissions', 'allowed_tools', index], tool),
    ),
    ...(policy?.tools ?? []).flatMap(({ name, log_fields = [] }, index) => [
      ...unknown(['policy', 'tools', index, 'name'], name),
      ...log_fields.flatMap((field, position) =>
        fieldProblem(['policy', 'tools', index, 'log_fields', position], field, tools.get(name)),
      ),
    ]),
  ];
}

/** INVARIANT: what is cached is a read of the agent's own; a write that is answered from a cache was not made. */
function cacheProblems({ cache, permissions }: Envelope, tools: Surroundings['tools']): EnvelopeNote[] {
  const { allowed_tools } = permissions;
  const reads = allowed_tools.filter((tool) => tools.get(tool)?.effect === 'read');
  return Object.keys(cache?.tools ?? {}).flatMap((tool) => {
    const path = ['cache', 'tools', tool];
    const why = !tools.has(tool)
      ? 'is not registered'
      : !allowed_tools.includes(tool)
        ? 'is not among the tools of the envelope'
        : tools.get(tool)?.effect === 'write'
          ? 'is a write, of which no answer is given again'
          : undefined;
    return why === undefined
      ? []
      : [{ path, message: `cache.tools: tool '${tool}' ${why}${expectedOneOf(tool, reads)}` }];
  });
}

function fieldProblem(
  path: EnvelopeNote['path'],
  field: string,
  tool: ToolDefinition | undefined,
): EnvelopeNote[] {
  const known = Object.keys(tool?.input.shape ?? {});
  const argument = argumentName(field);
  return tool === undefined || known.includes(argument)
    ? []
    : [
        {
          path,
          message: `${path.join('.')}: '${field}' is no argument of ${tool.name}${expectedOneOf(argument, known)}`,
        },
      ];
}

function roleProblems(
  { permissions, reviewer_role }: Envelope,
  isOwned: boolean,
  approverRoles: readonly string[] | undefined,
): EnvelopeNote[] {
  if (approverRoles === undefined) {
    return [];
  }
  const unknown = (path: EnvelopeNote['path'], role: string): EnvelopeNote[] =>
    approverRoles.includes(role)
      ? []
      : [
          {
            path,
            message: `${path.join('.')}: role '${role}' is not among approver_roles of directory.yaml${expectedOneOf(role, approverRoles)}`,
          },
        ];
  const approvers = permissions.approval_roles.filter((role) => isOwned || role !== 'nobody');
  return [
    ...approvers.flatMap((role, index) => unknown(['permissions', 'approval_roles', index], role)),
    ...(isOwned ? unknown(['reviewer_role'], reviewer_role) : []),
  ];
}

/** INVARIANT: policies of one envelope do not decide calls of another; they are told apart by the agent. */
function agentProblems(envelopes: readonly Envelope[]): string[] {
  return envelopes
    .filter(({ agent }, index) => envelopes.findIndex((each) => each.agent === agent) !== index)
    .map(
      ({ workflow, agent }) =>
        `envelopes/${workflow}.yaml:1: agent '${agent}' has another envelope already, give each workflow its own`,
    );
}
