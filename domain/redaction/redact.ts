import { isPaymentCard } from './check-digits.ts';
import { folded } from './folding.ts';
import {
  isMarker,
  type Kind,
  markerOf,
  PERSONAL_DATA,
  type PersonalData,
  WORKFLOW_PATTERN,
} from './kinds.ts';
import { kindByName } from './names.ts';
import { NATIONAL_ID_RULES } from './national-ids.ts';
import { LONGEST_SEARCHED_TEXT, patternRules } from './patterns.ts';
import { PERSONAL_DATA_RULES } from './personal-data.ts';
import { type Finding, findingsOf, type Rule } from './rule.ts';
import { SECRET_RULES } from './secrets.ts';
import type { WorkflowRedaction } from './workflow.ts';

/** Where findings overlap, the rule that comes first names them. */
export const RULES: readonly Rule[] = [...SECRET_RULES, ...NATIONAL_ID_RULES, ...PERSONAL_DATA_RULES];

export interface RedactOptions {
  /** Kinds of personal data to leave as they are. Secrets cannot be among them. @default none */
  readonly discloses?: readonly PersonalData[] | undefined;
  /** What the workflow withholds and looks for beside. @default nothing */
  readonly redaction?: WorkflowRedaction | undefined;
}

/** How often something of a kind was found; kinds that were not are absent. */
export type Found = Readonly<Partial<Record<Kind, number>>>;

export interface Redacted<T> {
  readonly value: T;
  readonly found: Found;
}

/**
 * A JSON value with every secret, and personal data that is not disclosed, replaced by the name of its kind. Texts are
 * searched wherever they stand, names of members too; the value of a member that is named like a secret is replaced
 * whole. What nothing is found in stays as it is, character for character. Doing it twice is doing it once.
 */
export function redact(value: unknown, options: RedactOptions = {}): Redacted<unknown> {
  const { withheld = [], patterns = [] } = options.redaction ?? {};
  const discloses = (options.discloses ?? []).filter((kind) => !withheld.includes(kind));
  const found: Partial<Record<Kind, number>> = {};
  const search: Search = {
    rules: [...RULES.filter(({ kind }) => !isDisclosed(kind, discloses)), ...patternRules(patterns)],
    longestText: patterns.length === 0 ? Number.POSITIVE_INFINITY : LONGEST_SEARCHED_TEXT,
    isHidden: (kind) => !isDisclosed(kind, discloses),
    count: (kind) => {
      found[kind] = (found[kind] ?? 0) + 1;
    },
  };
  return { value: redactedValue(value, search), found };
}

/** As `redact`, for one text. */
export function redactText(text: string, options: RedactOptions = {}): Redacted<string> {
  const { value, found } = redact(text, options);
  return { value: String(value), found };
}

export function addFound(one: Found, other: Found): Found {
  const sum: Partial<Record<Kind, number>> = { ...one };
  for (const [kind, count] of Object.entries(other) as [Kind, number][]) {
    sum[kind] = (sum[kind] ?? 0) + count;
  }
  return sum;
}

interface Search {
  readonly rules: readonly Rule[];
  /** What is longer is not searched and goes whole. */
  readonly longestText: number;
  readonly isHidden: (kind: Kind) => boolean;
  readonly count: (kind: Kind) => void;
}

function isDisclosed(kind: Kind, discloses: readonly PersonalData[]): boolean {
  // INVARIANT: no secret is disclosed, whatever a declaration was cast to
  return PERSONAL_DATA.some((each) => each === kind) && discloses.some((each) => each === kind);
}

function redactedValue(value: unknown, search: Search): unknown {
  switch (typeof value) {
    case 'string':
      return redactedText(value, search);
    case 'number':
      return search.isHidden('payment_card') && isPaymentCard(String(value))
        ? replaced('payment_card', search)
        : value;
    case 'object':
      return value === null
        ? null
        : Array.isArray(value)
          ? value.map((item) => redactedValue(item, search))
          : redactedMembers(value, search);
    default:
      return value;
  }
}

function redactedMembers(value: object, search: Search): Record<string, unknown> {
  const taken = new Set<string>();
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const shown = freeName(redactedText(name, search), taken);
      taken.add(shown);
      return [shown, redactedMember(name, member, search)];
    }),
  );
}

/** Members whose names were the same address and are now the same marker must not replace each other. */
function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let number = 2; taken.has(free); number += 1) {
    free = `${name} ${number}`;
  }
  return free;
}

function redactedMember(name: string, member: unknown, search: Search): unknown {
  if (typeof member === 'object' && member !== null) {
    const isSecret = kindByName(name, '') === 'secret';
    return isSecret ? hiddenLeaves(member, search) : redactedItems(name, member, search);
  }
  if (typeof member !== 'string' && typeof member !== 'number') {
    return member;
  }
  const text = String(member);
  const kind = text === '' || isMarker(text) ? undefined : kindByName(name, text);
  return kind !== undefined && search.isHidden(kind) ? replaced(kind, search) : redactedValue(member, search);
}

/** What a name says of a value it says of each value in a list. */
function redactedItems(name: string, member: object, search: Search): unknown {
  return Array.isArray(member)
    ? member.map((item) => redactedMember(name, item, search))
    : redactedMembers(member, search);
}

/** Objects and lists keep their shape; true, false and null tell nothing. */
function hiddenLeaves(value: unknown, search: Search): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => hiddenLeaves(item, search));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        redactedText(name, search),
        hiddenLeaves(member, search),
      ]),
    );
  }
  const isText = typeof value === 'string' && value !== '' && !isMarker(value);
  return isText || typeof value === 'number' ? replaced('secret', search) : value;
}

function replaced(kind: Kind, search: Search): string {
  search.count(kind);
  return markerOf(kind);
}

/** What is left around a marker may only now show what it is; nobody writes so much that this takes longer. */
const ROUNDS = 6;

function redactedText(text: string, search: Search): string {
  if (text.length > search.longestText) {
    return replaced(WORKFLOW_PATTERN, search);
  }
  let shown = text;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const next = redactedOnce(shown, search);
    if (next === shown) {
      return shown;
    }
    shown = next;
  }
  return replaced('secret', search);
}

function redactedOnce(text: string, search: Search): string {
  const { text: readable, positionOf } = folded(text);
  const findings = search.rules.flatMap((rule) => findingsOf(rule, readable));
  let shown = '';
  let end = 0;
  for (const { kind, from, to } of withoutOverlaps(findings)) {
    shown += text.slice(end, positionOf(from)) + replaced(kind, search);
    end = positionOf(to);
  }
  return shown + text.slice(end);
}

/** Findings that share a character become one, of the kind that comes first in the rules. */
function withoutOverlaps(findings: readonly Finding[]): readonly Finding[] {
  const priorities = new Map(findings.map((finding, index) => [finding, index]));
  const merged: Finding[] = [];
  for (const finding of findings.toSorted((left, right) => left.from - right.from)) {
    const last = merged.at(-1);
    if (last === undefined || finding.from >= last.to) {
      merged.push(finding);
      continue;
    }
    const first = (priorities.get(finding) ?? 0) < (priorities.get(last) ?? 0) ? finding : last;
    const union = { kind: first.kind, from: last.from, to: Math.max(last.to, finding.to) };
    priorities.set(union, priorities.get(first) ?? 0);
    merged[merged.length - 1] = union;
  }
  return merged;
}
