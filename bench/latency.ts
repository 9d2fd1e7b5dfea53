import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from './bench.ts';
import { benchFunction, emptyMachine } from './measure/bench-functions.ts';
import { callSteps } from './measure/call-steps.ts';
import { coldStarts } from './measure/cold-starts.ts';
import { type OpenRun, openRun, readOfCopy } from './measure/governed-run.ts';
import { latencyReport, latencySummary, type Times } from './measure/latency-report.ts';
import { startSurroundings } from './measure/surroundings.ts';

const WARM_UP_ROUNDS = 5;
const ROUNDS = 200;
/** Below the 60 calls that the sample's envelope grants a run. */
const CALLS_PER_RUN = 50;

/** So that the copying of events into the log, which follows a governed call, is not in the way of the next one. */
const PAUSE_MILLISECONDS = 60;

/** A governed read beside the same tool called directly, in turn, with the emulator's own time beside both. */
export const latency: Bench = async (progress) => {
  const surroundings = await startSurroundings(progress);
  try {
    const runs: OpenRun[] = [];
    for (let calls = 0; calls < WARM_UP_ROUNDS + ROUNDS; calls += CALLS_PER_RUN) {
      runs.push(await openRun(surroundings.cloud, CALLS_PER_RUN));
    }
    const direct = await benchFunction(surroundings, 'direct-handler');
    const empty = await benchFunction(surroundings, 'empty-handler');
    const machine = await emptyMachine(surroundings, 'empty-handler');
    progress.step(`${runs.length} runs are open`);

    const times: Times = { governed: [], direct: [], directHandler: [], emptyMachine: [], emptyFunction: [] };
    let measuredFrom = 0;
    for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
      const run = runs[Math.floor(round / CALLS_PER_RUN)] as OpenRun;
      measuredFrom = round === WARM_UP_ROUNDS ? Date.now() : measuredFrom;
      // never the same read of a run again: an executor would use its session again, and not assume the role
      const proposal = readOfCopy(round % CALLS_PER_RUN);
      const governed = await run.call(proposal);
      await sleep(PAUSE_MILLISECONDS);
      const directly = await direct({ tenant: run.tenant, arguments: proposal.arguments });
      const nothing = await machine({ calls: [{}] });
      const function_ = await empty({});
      if (round >= WARM_UP_ROUNDS) {
        times.governed.push(governed.milliseconds);
        times.direct.push(directly.milliseconds);
        times.directHandler.push((directly.answer as { readonly milliseconds: number }).milliseconds);
        times.emptyMachine.push(nothing.milliseconds);
        times.emptyFunction.push(function_.milliseconds);
      }
      progress.detail(`round ${round + 1} of ${WARM_UP_ROUNDS + ROUNDS}`);
    }
    progress.step(`${ROUNDS} rounds measured`);
    const invocations = surroundings.traces.invocations();
    const steps = callSteps(invocations.filter(({ startedAt }) => startedAt >= measuredFrom));
    // one more run to its end, for the first invocations of the functions that wake and close
    await runs[0]?.finish();
    const cold = await coldStarts(surroundings);
    progress.step('cold starts measured');
    const measured = { times, steps, cold };
    return { report: latencyReport(measured), summary: latencySummary(measured) };
  } finally {
    await surroundings.stop();
  }
};
