import type { ToolDefinition } from '../tool/definition.ts';
import type { Envelope } from './envelope.ts';
import { type CompiledExpression, compileExpression } from './expression/compile.ts';
import { parseExpression } from './expression/parse.ts';
import { ExpressionError } from './expression/syntax.ts';
import type { CallTypes } from './expression/types.ts';
import type { EnvelopeFile } from './file.ts';
import { amountLimit } from './money.ts';
import type { EnvelopeNote } from './normalise.ts';
import { policyText, type Rule, type RuleOrNote, slugOf } from './rule.ts';
import { citationRules, citationsOf, injectionRules } from './safety.ts';

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

/** What an envelope is compiled against. */
export interface EnvelopeSource {
  readonly written: EnvelopeFile;
  readonly envelope: Envelope;
  /** As reasons name it. */
  readonly file: string;
  readonly lineOf: (path: Path) => number;
  /** Undefined for a tool that is not registered. */
  readonly toolOf: (name: string) => ToolDefinition | undefined;
  readonly typesOf: (tool: string) => CallTypes | undefined;
}

/** A tool that the envelope allows, with what the file says of it. */
interface ToolEntry {
  readonly tool: ToolDefinition;
  readonly types: CallTypes;
  readonly path: Path;
  /** Its place in `policy.tools`. */
  readonly rule?: { readonly index: number; readonly written: PolicyTool };
  readonly isAllowed: boolean;
}

type PolicyTool = NonNullable<NonNullable<EnvelopeFile['policy']>['tools']>[number];

/** Why people have to decide. */
interface Cause {
  readonly path: Path;
  readonly slug: string;
  readonly reason: string;
  /** @default always */
  readonly when?: string;
  /** Whether it also holds for what is permitted elsewhere. */
  readonly isGuardrail: boolean;
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
    ...injectionRules(source.written, entries),
    ...citationRules(source.written, entries),
    ...notInForce(source.written, entries),
  ];
  const rules = compiled.filter((each): each is Rule => 'effect' in each);
  return {
    policies: named(rules, source),
    problems: compiled.filter((each): each is EnvelopeNote => 'message' in each),
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

function compiledAt(path: Path, text: string, types: CallTypes): CompiledExpression | EnvelopeNote {
  try {
    return compileExpression(parseExpression(text), types);
  } catch (error) {
    if (error instanceof ExpressionError) {
      return { path, message: `${path.join('.')}: column ${error.column} of '${text}': ${error.message}` };
    }
    throw error;
  }
}

function causesOf(
  { tool, types, rule, path }: ToolEntry,
  { written }: EnvelopeSource,
): (Cause | EnvelopeNote)[] {
  if (tool.effect === 'read') {
    return [];
  }
  const { refunds, permissions } = written;
  const isRefund = refunds !== undefined && tool.kinds?.includes('money') === true;
  const everyWrite = permissions?.write_actions_require_approval;
  const isUnsaid = everyWrite === undefined && !isRefund && rule?.written.allow_if === undefined;
  const always: Cause = {
    path: isUnsaid ? path : ['permissions', 'write_actions_require_approval'],
    slug: 'write-actions-require-approval',
    reason: isUnsaid
      ? `${tool.name} is a write, and nothing says that it needs no approval`
      : 'write_actions_require_approval: every write waits for people',
    // what is not said must not take away what is permitted by hand
    isGuardrail: !isUnsaid,
  };
  return [
    ...(everyWrite === true || isUnsaid ? [always] : []),
    ...(isRefund ? refundCauses(tool, types, refunds) : []),
  ];
}

function refundCauses(
  tool: ToolDefinition,
  types: CallTypes,
  { auto_approve_max_usd: maximum, require_human_if: conditions = [] }: NonNullable<EnvelopeFile['refunds']>,
): (Cause | EnvelopeNote)[] {
  const limitPath = ['refunds', 'auto_approve_max_usd'];
  const limit = maximum === undefined ? undefined : amountLimit(tool, types, maximum);
  const above: (Cause | EnvelopeNote)[] =
    limit === undefined
      ? []
      : 'message' in limit
        ? [{ path: limitPath, message: `refunds.auto_approve_max_usd: ${limit.message}` }]
        : [
            {
              path: limitPath,
              slug: 'auto-approve-max-usd',
              reason: `up to ${maximum} dollars need nobody (auto_approve_max_usd)`,
              when: `!${limit.within}`,
              isGuardrail: true,
            },
          ];
  return [
    ...above,
    ...conditions.map((text, position) => {
      const path = ['refunds', 'require_human_if', position];
      const compiled = compiledAt(path, text, types);
      return 'message' in compiled
        ? compiled
        : {
            path,
            slug: slugOf(text),
            reason: `people decide if ${text}`,
            when: `!${inBrackets(compiled.fails)}`,
            isGuardrail: true,
          };
    }),
  ];
}

function inBrackets(condition: string): string {
  return `(${condition.replace(/^\((.*)\)$/s, (whole, inner: string) => (isBalanced(inner) ? inner : whole))})`;
}

/** Whether no bracket closes that was not opened in it. */
function isBalanced(text: string): boolean {
  let depth = 0;
  // brackets inside texts do not count
  for (const character of text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')) {
    depth += character === '(' ? 1 : character === ')' ? -1 : 0;
    if (depth < 0) {
      return false;
    }
  }
  return true;
}

/** A guardrail that people lift, and for each role a permit that says who is asked and why. */
function causeRules(
  { path, slug, reason, when, isGuardrail }: Cause,
  tool: ToolDefinition,
  permitted: boolean,
  { written, envelope }: EnvelopeSource,
): Rule[] {
  const people = written.permissions?.approval_quorum ?? 1;
  const approved = envelope.permissions.approval_roles.map((role) => ({
    role,
    cedar: `context.approvals.${role} >= ${people}`,
  }));
  const named = `${slug}-${slugOf(tool.name)}`;
  const condition = when === undefined ? {} : { when };
  const lifted = approved.map(({ cedar }) => cedar).join(' || ');
  const guardrail: Rule = {
    ...{ path, slug: named, effect: 'forbid', tools: [tool.name], reason },
    ...condition,
    ...(lifted === '' ? {} : { unless: lifted }),
  };
  return [
    ...(isGuardrail ? [guardrail] : []),
    ...(permitted ? approved : []).map(
      ({ role, cedar }): Rule => ({
        path,
        slug: `${named}-by-${slugOf(role)}`,
        effect: 'permit',
        tools: [tool.name],
        reason,
        when: when === undefined ? cedar : `${when} && ${cedar}`,
        approverRole: role,
      }),
    ),
  ];
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

/** What is accepted and normalised, and that no part enforces yet. */
function notInForce(
  { models, responses, safety }: EnvelopeFile,
  entries: readonly ToolEntry[],
): EnvelopeNote[] {
  const warning = (path: Path, message: string): EnvelopeNote => ({ path, message, isWarning: true });
  const citing = entries.some(({ types }) => citationsOf(types) !== undefined);
  const topics = (safety?.require_citations_for ?? []).filter((about) => !about.includes('.'));
  return [
    ...(models?.router === undefined
      ? []
      : [
          warning(
            ['models', 'router'],
            'models.router: not in force yet, every turn goes to the reasoning model',
          ),
        ]),
    ...(responses?.escalation === undefined
      ? []
      : [
          warning(
            ['responses', 'escalation'],
            'responses.escalation: told to the model and not enforced, because nothing scores sentiment or topics yet',
          ),
        ]),
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
function named(
  rules: readonly Rule[],
  { envelope, file, lineOf, written }: EnvelopeSource,
): CompiledPolicy[] {
  const taken = new Map<string, number>();
  return rules.map((rule) => {
    const line = lineOf(rule.path);
    const base = `L${line}-${rule.slug}`;
    const count = (taken.get(base) ?? 0) + 1;
    taken.set(base, count);
    const id = count === 1 ? base : `${base}-${count}`;
    const quorum = written.permissions?.approval_quorum ?? 1;
    return { id, path: rule.path, text: policyText(rule, id, envelope.agent, `${file}:${line}`, quorum) };
  });
}
