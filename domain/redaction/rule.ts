import { type Kind, MARKER_READING } from './kinds.ts';

/**
 * One form of a secret or of personal data.
 *
 * INVARIANT: every repetition in a pattern has an upper bound, and what is found by a label or a long run begins at the
 * edge of a word, so that the time for a text grows with its length and with nothing else.
 */
export interface Rule {
  readonly kind: Kind;
  /** Global. A group named `label` at its beginning is left standing; a group `before` is looked at from behind. */
  readonly pattern: RegExp;
  /**
   * What a pattern cannot say: check digits, ranges. @default all of what was found
   *
   * @param found - without its label
   * @param before - a piece of the text before it
   * @returns how many characters of it count, 0 when it is none
   */
  readonly accept?: (found: string, before: string) => number;
}

/** Place of a finding in a text; `to` is behind it. */
export interface Finding {
  readonly kind: Kind;
  readonly from: number;
  readonly to: number;
}

/** How much of the text before a candidate a rule may look at. */
const BEFORE_LENGTH = 160;

/** Everything that a rule finds, in order, none inside another, each up to a marker at most. */
export function findingsOf({ kind, pattern, accept }: Rule, text: string): Finding[] {
  const findings: Finding[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const { label = '', before = '' } = match.groups ?? {};
    const from = match.index + label.length - before.length;
    const [found = ''] = (before + match[0].slice(label.length)).split(MARKER_READING, 1);
    const length = accept?.(found, text.slice(Math.max(0, from - BEFORE_LENGTH), from)) ?? found.length;
    if (length > 0) {
      findings.push({ kind, from, to: from + length });
    }
    pattern.lastIndex = length > 0 ? Math.max(from + length, match.index + 1) : match.index + 1;
  }
  return findings;
}
