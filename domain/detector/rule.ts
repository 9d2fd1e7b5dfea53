import { PER_MILLE } from './detector.ts';
import type { View, Views } from './reading.ts';

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
  return rules.filter(({ looks }) => looks.some((look) => isFound(look, views)));
}

function isFound({ in: view, for: pattern }: Look, views: Partial<Views>): boolean {
  return isIn(pattern, views[view]) || (view === 'words' && isIn(pattern, views.leet));
}

function isIn(pattern: RegExp, text = ''): boolean {
  return text !== '' && pattern.test(text);
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
