import { PER_MILLE } from './detector.ts';
import type { View, Views } from './reading.ts';
import { type WordSearch, wordSearch } from './word-search.ts';

/**
 * One sign that speaks for a score.
 *
 * INVARIANT: every repetition in a pattern has an upper bound, so that the time for a text grows with its length and with
 * nothing else.
 */
export interface Rule {
  readonly id: string;
  readonly why: string;
  /** Per mille, below 1000: the score of a text in which nothing else is found. */
  readonly weight: number;
  /** One that is found is enough. What is looked for in `words` is looked for in `leet` too. */
  readonly looks: readonly Look[];
}

export interface Look {
  readonly in: View;
  /** Without flags: views are in lower case but for `original`. `u` where it needs it. */
  readonly for: RegExp;
}

/** @param views - rules find nothing in those that are absent */
export function found(rules: readonly Rule[], views: Partial<Views>): readonly Rule[] {
  const search = searchFor(rules);
  const inWords = search(views.words ?? '').union(search(views.leet ?? ''));
  return rules.filter((rule) => inWords.has(rule) || rule.looks.some((look) => isElsewhere(look, views)));
}

function isElsewhere({ in: view, for: pattern }: Look, { [view]: text = '' }: Partial<Views>): boolean {
  return view !== 'words' && text !== '' && pattern.test(text);
}

const SEARCHES = new WeakMap<readonly Rule[], WordSearch<Rule>>();

/** Made once for a list of rules, which takes longer than to search. */
function searchFor(rules: readonly Rule[]): WordSearch<Rule> {
  const made =
    SEARCHES.get(rules) ??
    wordSearch(
      rules.flatMap((rule) =>
        rule.looks.filter((look) => look.in === 'words').map((look) => ({ what: rule, pattern: look.for })),
      ),
    );
  SEARCHES.set(rules, made);
  return made;
}

/**
 * Evidence adds up as if each sign were right as often as its weight says, and all were independent. They are not: the
 * score is an order, not a probability.
 *
 * INVARIANT: one more sign never lowers it, and it stays below the score of a detector that failed.
 */
export function scoreOf(rules: readonly Rule[]): number {
  const doubt = rules.reduce((product, { weight }) => product * (1 - weight / PER_MILLE), 1);
  return Math.min(PER_MILLE - 1, Math.round(PER_MILLE * (1 - doubt)));
}

/** A gap of so many words at most, inside one sentence. For patterns in `words`. */
export function upTo(words: number): string {
  return `(?:[^ .!?;:]{1,24}(?:[.:][^ .!?;:]{1,24}){0,4} ){0,${words}}`;
}

/** A pattern in `words` that begins where a word begins. */
export function words(...parts: readonly string[]): Look {
  return { in: 'words', for: new RegExp(`\\b(?:${parts.join('|')})`) };
}

export function markup(pattern: RegExp): Look {
  return { in: 'markup', for: pattern };
}

export function squeezed(...parts: readonly string[]): Look {
  return { in: 'squeezed', for: new RegExp(parts.join('|')) };
}
