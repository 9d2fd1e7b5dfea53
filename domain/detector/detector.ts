/** What detectors make of a text that somebody outside wrote: what a tool answered, or what a user asks for. */
export interface Scores {
  /** Per mille, a whole number: how much the text looks like instructions that are meant for the model. */
  readonly injection: number;
  /** Per mille, a whole number: how angry or unhappy whoever wrote the text is. */
  readonly sentiment: number;
  /** Names of the topics that the text touches, in order of the alphabet, each once. */
  readonly topics: readonly string[];
  /** What spoke for the scores, each once, for people to read: `rules/override-previous`. Never a part of the text. */
  readonly reasons: readonly string[];
}

/**
 * Reads a text of any length, all of it. Another detector is one more file in `functions/adapters/detectors/`.
 *
 * INVARIANT: scores are context for policies. No text is safe because its score is low.
 *
 * @param signal - ends the detector's time
 * @throws whatever keeps it from reading the whole text; whoever asked then takes `WORST`
 */
export type Detector = (text: string, signal: AbortSignal) => Promise<Scores>;

/** The whole scale. */
export const PER_MILLE = 1000;

export const NOTHING_FOUND: Scores = { injection: 0, sentiment: 0, topics: [], reasons: [] };

/** What stands for scores that nobody has. Fail closed: a policy that looks at scores must refuse or ask. */
export const WORST: Scores = { ...NOTHING_FOUND, injection: PER_MILLE, sentiment: PER_MILLE };

/** What policies see of scores, and what is kept of them. */
export type ContextScores = Omit<Scores, 'reasons'>;

export function contextScores({ injection, sentiment, topics }: ContextScores): ContextScores {
  return { injection, sentiment, topics };
}

/** Of each score the highest, and everything that was found by anybody. */
export function highestOf(scores: readonly Scores[]): Scores {
  return {
    injection: Math.max(0, ...scores.map(({ injection }) => injection)),
    sentiment: Math.max(0, ...scores.map(({ sentiment }) => sentiment)),
    topics: inOrder(scores.flatMap(({ topics }) => topics)),
    reasons: inOrder(scores.flatMap(({ reasons }) => reasons)),
  };
}

function inOrder(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
