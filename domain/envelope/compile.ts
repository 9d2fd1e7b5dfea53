import { causeRules, causesOf } from './causes.ts';
import { compiledAt } from './condition.ts';
import { escalationNotes } from './escalation.ts';
import type { EnvelopeFile } from './file.ts';
import type { EnvelopeNote } from './normalise.ts';
import { policyText, type Rule, type RuleOrNote, slugOf } from './rule.ts';
import { citationRules, citationsOf, injectionRules } from './safety.ts';
import type { EnvelopeSource, ToolEntry } from './source.ts';

type Path = EnvelopeNote['path'];

/** A policy that a line of an envelope was compiled to. */
export interface CompiledPolicy {
  /** `L12-params-amount-usd-100`: the line, and what it is about. */
  readonly id: string;
  /** Place in the envelope that it came from. */
  readonly path: Path;
  readonly text: string;
}

export interface CompiledEnvelope {
  readonly policies: readonly CompiledPolicy[];
  readonly problems: readonly EnvelopeNote[];
}

/**
 * Compiles what an envelope says of calls to Cedar, for its own agent. What it forbids is forbidden whatever is permitted
 * beside it; what it permits can be left to policies written by hand (`permit_allowed_tools: false`).
 */
export function compileEnvelope(source: EnvelopeSource): CompiledEnvelope {
  const entries = toolEntries(source);
  const compiled = [
    ...entries.flatMap((entry) => toolRules(entry, source)),
    ...refundNotes(entries, source),
    ...escalationNotes(entries, source),
    ...injectionRules(source.written, entries),
    ...citationRules(source.written, entries),
    ...notInForce(source.written, entries),
  ];
  const rules = compiled.filter((each): each is Rule => 'effect' in each);
  return {
    policies: named(rules, source),
    problems: [
      ...compiled.filter((each): each is EnvelopeNote => 'message' in each),
      ...quorumNotes(rules, source),
    ],
  };
}

/** Files that say nothing of what is permitted have their permits written by hand. */
function permitsTools({ permissions, policy, refunds }: EnvelopeFile): boolean {
  const says =
    policy?.tools !== undefined ||
    refunds !== undefined ||
    permissions?.write_actions_require_approval !== undefined;
  return permissions?.permit_allowed_tools ?? says;
}

function toolEntries({ written, toolOf, typesOf, envelope }: EnvelopeSource): ToolEntry[] {
  const allowed = written.permissions?.allowed_tools ?? [];
  const rules = written.policy?.tools ?? [];
  return envelope.permissions.allowed_tools.flatMap((name) => {
    const tool = toolOf(name);
    const types = typesOf(name);
    const index = rules.findIndex((each) => each.name === name);
    const rule = rules[index];
    const path =
      rule === undefined
        ? ['permissions', 'allowed_tools', allowed.indexOf(name)]
        : ['policy', 'tools', index, 'name'];
    return tool === undefined || types === undefined
      ? []
      : [
          {
            tool,
            types,
            path,
            ...(rule === undefined ? {} : { rule: { index, written: rule } }),
            isAllowed: allowed.includes(name),
          },
        ];
  });
}

function toolRules(entry: ToolEntry, source: EnvelopeSource): RuleOrNote[] {
  const { tool, rule, path, isAllowed } = entry;
  const causes = causesOf(entry, source);
  const permits = permitsTools(source.written);
  const isDenied =
    rule !== undefined &&
    rule.written.allow_if === undefined &&
    (rule.written.default === 'deny' || !isAllowed);
  const isRefund = tool.kinds?.includes('money') === true && source.written.refunds !== undefined;
  const permitted = permits && (!isDenied || isRefund);
  const always = causes.some((cause) => 'slug' in cause && cause.when === undefined);
  return [
    ...(permits && isDenied && !isRefund && rule.written.default === undefined
      ? [
          {
            path,
            message: `policy.tools.${rule.index}: nothing permits '${tool.name}', give it allow_if, or default: deny to say so, or list it in permissions.allowed_tools`,
          },
        ]
      : []),
    ...(permitted && !always
      ? [permit(path, tool.name, `${source.envelope.workflow} may use ${tool.name}`)]
      : []),
    ...allowIfRules(entry),
    ...causes.flatMap((cause): readonly RuleOrNote[] =>
      'slug' in cause ? causeRules(cause, tool, permitted, source) : [cause],
    ),
  ];
}

function permit(path: Path, tool: string, reason: string): Rule {
  return { path, slug: slugOf(tool), effect: 'permit', tools: [tool], reason };
}

/** INVARIANT: each line is a policy that forbids unless it holds for certain, so no other permit gets around it. */
function allowIfRules({ tool, types, rule }: ToolEntry): RuleOrNote[] {
  return (rule?.written.allow_if ?? []).map((text, position) => {
    const path = ['policy', 'tools', rule?.index ?? 0, 'allow_if', position];
    const compiled = compiledAt(path, text, types);
    return 'message' in compiled
      ? compiled
      : {
          path,
          slug: slugOf(text),
          effect: 'forbid',
          tools: [tool.name],
          reason: `${tool.name} is allowed only if ${text}`,
          unless: compiled.holds,
        };
  });
}

function refundNotes(entries: readonly ToolEntry[], { written }: EnvelopeSource): EnvelopeNote[] {
  const hasMoney = entries.some(({ tool }) => tool.kinds?.includes('money'));
  return written.refunds === undefined || hasMoney
    ? []
    : [
        {
          path: ['refunds'],
          message:
            'refunds: none of the allowed tools moves money (kinds of its definition), so nothing would follow from it',
        },
      ];
}

/** A quorum that is written is one that is meant, so fewer than a tool takes is not raised in silence. */
function quorumNotes(rules: readonly Rule[], { written, toolOf, peopleFor }: EnvelopeSource): EnvelopeNote[] {
  const quorum = written.permissions?.approval_quorum;
  const [first] = rules
    .filter(({ approvers }) => approvers !== undefined)
    .flatMap(({ tools }) => tools.map(toolOf))
    .filter((tool) => tool !== undefined)
    .filter((tool) => quorum !== undefined && quorum < peopleFor(tool));
  return first === undefined
    ? []
    : [
        {
          path: ['permissions', 'approval_quorum'],
          message: `permissions.approval_quorum: ${quorum}, and ${first.name} of tier ${first.tier} takes ${peopleFor(first)} people (minimum_quorum of directory.yaml); raise it, or leave it out, and each tool takes as many as its tier does`,
        },
      ];
}

/** What is accepted and normalised, and that no part enforces yet. */
function notInForce({ safety }: EnvelopeFile, entries: readonly ToolEntry[]): EnvelopeNote[] {
  const warning = (path: Path, message: string): EnvelopeNote => ({ path, message, isWarning: true });
  const citing = entries.some(({ types }) => citationsOf(types) !== undefined);
  const topics = (safety?.require_citations_for ?? []).filter((about) => !about.includes('.'));
  return [
    ...(citing || topics.length === 0
      ? []
      : [
          warning(
            ['safety', 'require_citations_for'],
            `safety.require_citations_for: ${topics.join(', ')} told to the model and not enforced, no tool has an argument 'citations'`,
          ),
        ]),
  ];
}

/** INVARIANT: an id is given once, whatever stands on one line. */
function named(rules: readonly Rule[], { envelope, file, lineOf }: EnvelopeSource): CompiledPolicy[] {
  const taken = new Map<string, number>();
  return rules.map((rule) => {
    const line = lineOf(rule.path);
    const base = `L${line}-${rule.slug}`;
    const count = (taken.get(base) ?? 0) + 1;
    taken.set(base, count);
    const id = count === 1 ? base : `${base}-${count}`;
    return { id, path: rule.path, text: policyText(rule, id, envelope.agent, `${file}:${line}`) };
  });
}
