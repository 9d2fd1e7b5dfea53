import { inThisProcess } from '../audit/in-process.ts';
import { costOfWriting } from '../audit/log-cost.ts';
import type { Pace } from '../audit/written-log.ts';
import type { CostLine } from './cost-lines.ts';

/** What integrating so many events into the log costs, as their share of a minute's round when events come in at some pace. */
export async function checkpointLines(pace: Pace): Promise<(events: number) => readonly CostLine[]> {
  const { written } = await inThisProcess(pace);
  const lines = costOfWriting(written).filter(({ what }) => what.startsWith('checkpoint'));
  return (events) =>
    lines.map(({ what, amount, price, usdPerMillionEvents }) => ({
      ...{ part: 'checkpoint', what, price },
      amount: (amount / 1_000_000) * events,
      usdPerMillion: usdPerMillionEvents * events,
    }));
}
