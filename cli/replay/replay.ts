import { differs, replayed, summaryOf } from '../../domain/replay/replayed.ts';
import { EXIT, type ExitCode, usageFailure } from '../failure.ts';
import { openPolicies } from '../policy/project.ts';
import { rootOf } from '../policy/session.ts';
import { stepDocument, stepLines, summaryLines } from './lines.ts';
import { readRun } from './read-run.ts';
import { recordedPolicies } from './recorded-policies.ts';
import type { RecordOptions, ReplaySession } from './session.ts';

interface ReplayOptions extends RecordOptions {
  readonly step?: boolean;
}

/** Waits until somebody wants to see the next step. @returns false when they do not */
export type GoOn = () => Promise<boolean>;

/**
 * Steps through a run from its records alone, and takes each of its decisions again.
 *
 * @param goOn - absent where nobody is asked
 */
export async function replayRun(
  session: ReplaySession,
  runId: string,
  options: ReplayOptions,
  goOn?: GoOn,
): Promise<ExitCode> {
  const { output } = session;
  if (options.dir !== undefined && options.bucket) {
    throw usageFailure('--dir and --bucket are both given, expected one place to read the run from');
  }
  const current = openPolicies(rootOf(session, options));
  const events = await readRun(session, runId, options);
  const digests = events.flatMap((event) => (event.type === 'call.decided' ? [event.policyDigest] : []));
  const recorded = await recordedPolicies(session, digests, options);
  const steps = replayed(events, { recorded, current });
  for (const [index, step] of steps.entries()) {
    const number = index + 1;
    output.show(stepDocument(step, number), () =>
      stepLines(step, { number, of: steps.length }, output.paint),
    );
    if (goOn !== undefined && number < steps.length && !(await goOn())) {
      break;
    }
  }
  const summary = summaryOf(steps);
  output.show({ kind: 'summary', ...summary }, () => ['', ...summaryLines(summary, output.paint)]);
  return differs(summary) ? EXIT.refused : EXIT.ok;
}
