import type { NoteCode, ProblemCode } from './codes.ts';

/** Where something is; whatever of it is known. */
export interface Place {
  /** Key in the bucket. */
  readonly object?: string | undefined;
  /** Index of an entry. */
  readonly leaf?: number | undefined;
  /** Line of an object, from 1. */
  readonly line?: number | undefined;
  readonly tenant?: string | undefined;
  readonly run?: string | undefined;
  readonly call?: string | undefined;
}

export interface Finding<Code extends string> extends Place {
  readonly code: Code;
  readonly message: string;
}

export type Problem = Finding<ProblemCode>;
export type Note = Finding<NoteCode>;

/** Of one code; all are counted, but a log that somebody has replaced must not fill the memory. */
const MOST_KEPT = 1000;

/** What was found so far. */
export interface Findings {
  readonly problem: (code: ProblemCode, message: string, place: Place) => void;
  readonly note: (code: NoteCode, message: string, place: Place) => void;
  readonly problems: () => readonly Problem[];
  readonly notes: () => readonly Note[];
  readonly counts: () => Readonly<Partial<Record<ProblemCode, number>>>;
}

export function findings(): Findings {
  const problems = new Map<ProblemCode, Problem[]>();
  const notes = new Map<NoteCode, Note[]>();
  const counts: Partial<Record<ProblemCode, number>> = {};
  return {
    problem(code, message, place) {
      counts[code] = (counts[code] ?? 0) + 1;
      keep(problems, { code, message, ...place });
    },
    note: (code, message, place) => keep(notes, { code, message, ...place }),
    problems: () => [...problems.values()].flat(),
    notes: () => [...notes.values()].flat(),
    counts: () => counts,
  };
}

function keep<Code extends string>(kept: Map<Code, Finding<Code>[]>, finding: Finding<Code>): void {
  const ofCode = kept.get(finding.code) ?? [];
  kept.set(finding.code, ofCode);
  if (ofCode.length < MOST_KEPT) {
    ofCode.push(finding);
  }
}
