import { WORKFLOW_PATTERN } from './kinds.ts';
import type { Rule } from './rule.ts';

/** Of a text; more of it is withheld whole, because searching it could take longer than the call has. */
export const LONGEST_SEARCHED_TEXT = 100_000;

const LONGEST_PATTERN = 200;
/** A repetition without an end is given this one. */
const MOST_REPETITIONS = 64;
/** Ways in which a match can be tried from one place; what keeps the time for a text in proportion to its length. */
const MOST_WAYS = 640;

const QUANTIFIER = /^(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\})\??/;

/** A regular expression whose repetitions all end. */
interface BoundedPattern {
  readonly source: string;
  readonly flags: string;
}

/**
 * Why a regular expression may not search what tools answer; undefined when it may. Backtracking can take forever where
 * repetitions are nested or follow one another, so few of them are taken, and none inside another.
 */
export function patternProblem(pattern: string): string | undefined {
  const bounded = boundedPattern(pattern);
  if (typeof bounded === 'string') {
    return bounded;
  }
  try {
    return new RegExp(bounded.source, bounded.flags).test('')
      ? 'it matches an empty text, expected one that matches something'
      : undefined;
  } catch (error) {
    return (error as Error).message.replace(/^Invalid regular expression: /, '');
  }
}

/** Rules for expressions that `patternProblem` has nothing against. @throws Error for another */
export function patternRules(patterns: readonly string[]): readonly Rule[] {
  return patterns.map((pattern) => {
    const bounded = boundedPattern(pattern);
    if (typeof bounded === 'string') {
      throw new Error(`pattern '${pattern}': ${bounded}`);
    }
    return { kind: WORKFLOW_PATTERN, pattern: new RegExp(bounded.source, bounded.flags) };
  });
}

/** @returns what is wrong with it instead */
function boundedPattern(pattern: string): BoundedPattern | string {
  if (pattern.length > LONGEST_PATTERN) {
    return `${pattern.length} characters, expected at most ${LONGEST_PATTERN}`;
  }
  // how other languages say that letter case does not matter
  const ignoresCase = pattern.startsWith('(?i)');
  const rest = ignoresCase ? pattern.slice('(?i)'.length) : pattern;
  let source = '';
  let ways = 1;
  const groups: { varies: boolean }[] = [];
  let closed: { varies: boolean } | undefined;
  for (let position = 0; position < rest.length; ) {
    const piece = pieceAt(rest, position);
    position += piece.length;
    const quantifier = QUANTIFIER.exec(rest.slice(position))?.[0] ?? '';
    position += quantifier.length;
    if (/^\\[1-9k]/.test(piece)) {
      return `${piece} refers back to a group, which can take forever`;
    }
    if (/^\(\?[^:]/.test(rest.slice(position - piece.length - quantifier.length))) {
      return 'a group of another kind than (?: is not taken';
    }
    closed = undefined;
    if (piece === '(' || piece === '(?:') {
      if (quantifier !== '') {
        return 'a repetition of nothing';
      }
      groups.push({ varies: false });
      source += '(?:';
      continue;
    }
    if (piece === ')') {
      closed = groups.pop();
    }
    const [least, most] = rangeOf(quantifier);
    if (most > 1 && closed?.varies) {
      return 'a repetition or a choice inside a repetition can take forever, write it without one of them';
    }
    if (most !== least || piece === '|' || closed?.varies) {
      for (const group of groups) {
        group.varies = true;
      }
    }
    ways = ways * (most - least + 1) + (piece === '|' ? 1 : 0);
    source +=
      piece +
      (quantifier === ''
        ? ''
        : `{${least},${most}}${quantifier.length > 1 && quantifier.endsWith('?') ? '?' : ''}`);
  }
  return ways > MOST_WAYS
    ? 'its repetitions can be tried in too many ways, bound them, as in {1,8}, or name a kind such as email'
    : { source, flags: ignoresCase ? 'gi' : 'g' };
}

/** One character, escape, class or bracket of a group. */
function pieceAt(pattern: string, position: number): string {
  const rest = pattern.slice(position);
  return (
    /^(?:\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\p\{\w+\}|\\c[A-Za-z]|\\.|\[\^?(?:\\.|[^\]\\])*\]|\(\?:|.)/s.exec(
      rest,
    )?.[0] ?? ''
  );
}

function rangeOf(quantifier: string): readonly [number, number] {
  switch (quantifier[0]) {
    case undefined:
      return [1, 1];
    case '?':
      return [0, 1];
    case '*':
      return [0, MOST_REPETITIONS];
    case '+':
      return [1, MOST_REPETITIONS];
    default: {
      const [least = '0', most] = quantifier.replaceAll(/[{}?]/g, '').split(',');
      const from = Number(least);
      return [
        from,
        most === undefined ? from : most === '' ? Math.max(from, MOST_REPETITIONS) : Number(most),
      ];
    }
  }
}
