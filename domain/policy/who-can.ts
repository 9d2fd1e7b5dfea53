import { namespaceOf, TOOL_KINDS, type ToolDefinition } from '../tool/definition.ts';
import type { BundledPolicy, PolicyBundle } from './bundle.ts';
import { groupsOf } from './groups.ts';
import type { PartialOutcome } from './partial.ts';

/** Tools that a phrase is about, with what in each of them the phrase has met. */
export interface PhraseMatch {
  readonly tools: readonly { readonly tool: ToolDefinition; readonly matched: readonly string[] }[];
  /** Words that no tool has. */
  readonly unmatched: readonly string[];
}

const IGNORED = [
  'a',
  'an',
  'and',
  'any',
  'anything',
  'can',
  'for',
  'in',
  'of',
  'on',
  'or',
  'the',
  'to',
  'who',
  'with',
];

/** What people say for the kinds of tools. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  money: ['pay', 'payment', 'refund', 'charge'],
  message: ['mail', 'email', 'reply'],
  delete: ['remove', 'erase', 'purge'],
  credential: ['password', 'secret'],
  deploy: ['release'],
  share: ['publish', 'invite'],
  update: ['change', 'modify', 'edit'],
};

/**
 * Finds tools by the words of a phrase. The full name of a tool is that tool. Otherwise words that are kinds, groups (`read`,
 * `write`, `tier3`) or namespaces narrow each other; only where no word is one of those, words of names do; and only where no
 * word is one of those either, words of descriptions. If no tool has all such words, every tool that has one of them counts:
 * better one too many than one too few.
 */
export function toolsByPhrase(phrase: string, tools: readonly ToolDefinition[]): PhraseMatch {
  const asked = phrase.toLowerCase();
  const named = tools.filter(({ name }) => asked.split(/\s+/).includes(name));
  if (named.length > 0) {
    return { tools: named.map((tool) => ({ tool, matched: [`name ${tool.name}`] })), unmatched: [] };
  }
  const words = wordsOf(asked.replaceAll(/tier\s+(\d)/g, 'tier$1')).filter((word) => !IGNORED.includes(word));
  for (const meets of [byClass, byName, byDescription]) {
    const met = new Map(words.map((word) => [word, meeting(word, tools, meets)]));
    const metWords = words.filter((word) => met.get(word)?.size);
    const has = (tool: ToolDefinition) => (word: string) => met.get(word)?.has(tool) ?? false;
    const byEvery = tools.filter((tool) => metWords.every(has(tool)));
    const found = byEvery.length > 0 ? byEvery : tools.filter((tool) => metWords.some(has(tool)));
    if (metWords.length > 0) {
      return {
        tools: found.map((tool) => ({
          tool,
          matched: [...new Set(metWords.flatMap((word) => met.get(word)?.get(tool) ?? []))],
        })),
        unmatched: words.filter((word) => !metWords.includes(word)),
      };
    }
  }
  return { tools: [], unmatched: words };
}

type Meets = (word: string, tool: ToolDefinition) => readonly string[];

function meeting(
  word: string,
  tools: readonly ToolDefinition[],
  meets: Meets,
): ReadonlyMap<ToolDefinition, readonly string[]> {
  const met = tools.map((tool) => [tool, meets(word, tool)] as const);
  return new Map(met.filter(([, how]) => how.length > 0));
}

function byClass(word: string, tool: ToolDefinition): readonly string[] {
  const kinds: readonly string[] = tool.kinds ?? [];
  const namespace = namespaceOf(tool.name);
  return [
    ...kinds.filter((kind) => kindsNamed(word).includes(kind)).map((kind) => `kind ${kind}`),
    ...groupsOf(tool)
      .filter((group) => !kinds.includes(group) && isSame(group, word))
      .map((group) => `group ${group}`),
    ...(isSame(namespace, word) ? [`namespace ${namespace}`] : []),
  ];
}

function byName(word: string, { name }: ToolDefinition): readonly string[] {
  return wordsOf(name).some((each) => isSame(each, word)) ? [`name, '${word}'`] : [];
}

function byDescription(word: string, { description }: ToolDefinition): readonly string[] {
  return wordsOf(description).some((each) => isSame(each, word)) ? [`description, '${word}'`] : [];
}

function kindsNamed(word: string): readonly string[] {
  return TOOL_KINDS.filter((kind) => [kind, ...(SYNONYMS[kind] ?? [])].some((each) => isSame(each, word)));
}

function wordsOf(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

/** One of many or many: `order` and `orders`. */
function isSame(one: string, other: string): boolean {
  return singular(one) === singular(other);
}

function singular(word: string): string {
  return word.replace(/(?<=\w{3})s$/, '');
}

/** What can be asked for: every kind, group and namespace that some tool has. */
export function phrases(tools: readonly ToolDefinition[]): readonly string[] {
  const all = tools.flatMap((tool) => [...(tool.kinds ?? []), ...groupsOf(tool), namespaceOf(tool.name)]);
  return [...new Set(all)].sort();
}

/** What is left of a policy's conditions when only agent, tool, workflow and mode are known. */
export interface RemainingPolicy extends Pick<BundledPolicy, 'id' | 'file' | 'line'> {
  /** As Cedar; all must hold. Empty: it holds whatever else. */
  readonly conditions: readonly string[];
  /** Present on permits that ask for people. */
  readonly approverRole?: string;
  readonly quorum?: number;
}

export interface WhoCanRow {
  readonly agent: string;
  readonly workflow: string;
  readonly tool: string;
  readonly matched: readonly string[];
  /** `when`: if one of the permits holds, and no guardrail. */
  readonly answer: 'always' | 'when' | 'never';
  /** Why never. */
  readonly because?: string;
  readonly permits: readonly RemainingPolicy[];
  /** Guardrails that can still forbid it. */
  readonly guardrails: readonly RemainingPolicy[];
}

/** Asks Cedar about every call that an agent could make by a tool. */
export type EvaluateOpen = (
  agent: string,
  tool: ToolDefinition,
  context: Readonly<Record<string, unknown>>,
) => readonly PartialOutcome[];

/** A row for each workflow's agent and each of the tools: what can happen first. */
export function whoCan(
  { tools }: PhraseMatch,
  { envelopes, policies }: Pick<PolicyBundle, 'envelopes' | 'policies'>,
  evaluate: EvaluateOpen,
): readonly WhoCanRow[] {
  const byId = new Map(policies.map((policy) => [policy.id, policy]));
  const rows = Object.values(envelopes).flatMap(({ agent, workflow, mode, permissions }) =>
    tools.map(({ tool, matched }): WhoCanRow => {
      const about = { agent, workflow, tool: tool.name, matched };
      if (!permissions.allowed_tools.includes(tool.name)) {
        return { ...about, ...never('the tool is not in the envelope') };
      }
      return { ...about, ...answerOf(evaluate(agent, tool, { workflow, mode }), byId, mode) };
    }),
  );
  const order = ['always', 'when', 'never'];
  return rows.toSorted((left, right) => order.indexOf(left.answer) - order.indexOf(right.answer));
}

type Answer = Pick<WhoCanRow, 'answer' | 'because' | 'permits' | 'guardrails'>;

function answerOf(
  outcomes: readonly PartialOutcome[],
  policies: ReadonlyMap<string, BundledPolicy>,
  mode: string,
): Answer {
  const those = (effect: PartialOutcome['effect'], ...verdicts: PartialOutcome['verdict'][]) =>
    outcomes.filter((each) => each.effect === effect && verdicts.includes(each.verdict));
  const remaining = (of: readonly PartialOutcome[]) => of.flatMap((each) => remainingOf(each, policies));
  const [forbidding] = those('forbid', 'holds', 'errs');
  if (forbidding !== undefined) {
    return never(`${forbidding.id} forbids it, in mode ${mode}`);
  }
  const permits = those('permit', 'holds', 'open');
  if (permits.length === 0) {
    const some = those('permit', 'fails', 'errs').map(({ id }) => id);
    return never(
      some.length === 0 ? 'no policy permits it' : `what permits it never holds: ${some.join(', ')}`,
    );
  }
  const guardrails = those('forbid', 'open');
  const always = permits.filter(({ verdict }) => verdict === 'holds');
  return {
    answer: always.length > 0 && guardrails.length === 0 ? 'always' : 'when',
    permits: remaining(always.length > 0 ? always : permits),
    guardrails: remaining(guardrails),
  };
}

function never(because: string): Answer {
  return { answer: 'never', because, permits: [], guardrails: [] };
}

function remainingOf(
  { id, conditions }: PartialOutcome,
  policies: ReadonlyMap<string, BundledPolicy>,
): readonly RemainingPolicy[] {
  const policy = policies.get(id);
  if (policy === undefined) {
    return [];
  }
  const { file, line, annotations } = policy;
  const { approvers, quorum = '1' } = annotations;
  return [
    {
      ...{ id, file, line, conditions },
      ...(approvers === undefined ? {} : { approverRole: approvers, quorum: Number(quorum) }),
    },
  ];
}
