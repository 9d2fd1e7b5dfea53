import { type Detector, highestOf, type Scores, WORST } from '../../../domain/detector/detector.ts';

export interface NamedDetector {
  /** In reasons and metrics. */
  readonly name: string;
  readonly detect: Detector;
}

export interface FailClosedOptions {
  readonly deadlineMilliseconds: number;
  /** Told of every detector that had no scores; gets no part of the text. */
  readonly report: (detector: string, reason: 'failed' | 'timed_out', error: unknown) => void;
}

/**
 * Asks all detectors at once, and takes of each score the highest.
 *
 * INVARIANT: never throws, and a detector that fails or takes longer than the deadline scores worst: whoever can keep a
 * detector from answering must not get a text past it.
 */
export function failingClosed(
  detectors: readonly NamedDetector[],
  { deadlineMilliseconds, report }: FailClosedOptions,
): Detector {
  async function scoresOrWorst(
    { name, detect }: NamedDetector,
    text: string,
    outer: AbortSignal,
  ): Promise<Scores> {
    const deadline = AbortSignal.timeout(deadlineMilliseconds);
    const signal = AbortSignal.any([outer, deadline]);
    try {
      signal.throwIfAborted();
      return await Promise.race([detect(text, signal), aborted(signal)]);
    } catch (error) {
      const reason = signal.aborted ? 'timed_out' : 'failed';
      report(name, reason, error);
      return { ...WORST, reasons: [`${name}/${reason}`] };
    }
  }

  return async (text, signal) =>
    highestOf(await Promise.all(detectors.map((detector) => scoresOrWorst(detector, text, signal))));
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(signal.reason);
    // a detector may have used up the time before it returned
    signal.aborted ? end() : signal.addEventListener('abort', end, { once: true });
  });
}
