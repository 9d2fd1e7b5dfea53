import { didYouMean } from '../nearest.ts';
import type { ToolDefinition } from '../tool/definition.ts';
import type { CallTypes } from './expression/types.ts';
import type { EnvelopeFile } from './file.ts';
import { type Rule, type RuleOrNote, slugOf } from './rule.ts';

interface Entry {
  readonly tool: ToolDefinition;
  readonly types: CallTypes;
}

/** Scores are per mille in the context. */
const SCORE_SCALE = 1000;

/** Writes are off once something that the run has read looks like an instruction. */
export function injectionRules({ safety }: EnvelopeFile, entries: readonly Entry[]): RuleOrNote[] {
  const score = safety?.block_on_prompt_injection_score_gte;
  const writes = entries.filter(({ tool }) => tool.effect === 'write');
  if (score === undefined || writes.length === 0) {
    return [];
  }
  const path = ['safety', 'block_on_prompt_injection_score_gte'];
  const perMille = Math.ceil(score * SCORE_SCALE - 1e-6);
  return [
    {
      path,
      slug: 'block-on-prompt-injection',
      effect: 'forbid',
      tools: writes.map(({ tool }) => tool.name),
      reason: `what the run has read scores ${score} or more as prompt injection, writes are off`,
      when: `context.scores.injection >= ${perMille}`,
    },
  ];
}

/** The argument in which a call names its sources. */
const CITATIONS = 'citations';

/** Entries that name a tool are about it; others are topics, and about every tool that can name sources. */
export function citationRules({ safety }: EnvelopeFile, entries: readonly Entry[]): RuleOrNote[] {
  const names = entries.map(({ tool }) => tool.name);
  return (safety?.require_citations_for ?? []).flatMap((about, position): RuleOrNote[] => {
    const path = ['safety', 'require_citations_for', position];
    const where = `safety.require_citations_for.${position}`;
    if (!about.includes('.')) {
      return entries
        .filter(({ types }) => citationsOf(types) !== undefined)
        .map((entry) => citationRule(path, about, entry));
    }
    const entry = entries.find(({ tool }) => tool.name === about);
    if (entry === undefined) {
      const message = `${where}: '${about}' is not among the envelope's tools${didYouMean(about, names)}`;
      return [{ path, message }];
    }
    if (citationsOf(entry.types) === undefined) {
      const message = `${where}: '${about}' has no argument '${CITATIONS}' (a list of texts) to name its sources in`;
      return [{ path, message }];
    }
    return [citationRule(path, about, entry)];
  });
}

function citationRule(path: Rule['path'], about: string, { tool, types }: Entry): Rule {
  const guard = citationsOf(types)?.required ? '' : `context.arguments has ${CITATIONS} && `;
  return {
    path,
    slug: `citations-${slugOf(about)}${about === tool.name ? '' : `-${slugOf(tool.name)}`}`,
    effect: 'forbid',
    tools: [tool.name],
    reason: `${tool.name} has to name its sources in '${CITATIONS}' (${about})`,
    unless: `${guard}!context.arguments.${CITATIONS}.isEmpty()`,
  };
}

export function citationsOf({ context }: CallTypes): { readonly required: boolean } | undefined {
  const given = context.members.get('arguments')?.type;
  const found = given?.kind === 'Record' ? given.members.get(CITATIONS) : undefined;
  return found?.type.kind === 'Set' ? found : undefined;
}
