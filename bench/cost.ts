import type { Proposal } from '../contracts/call.ts';
import type { Progress } from '../local/progress.ts';
import type { Bench } from './bench.ts';
import { byPart, type CostLine, costLines, sum } from './measure/cost-lines.ts';
import { openRun, READ, WRITE } from './measure/governed-run.ts';
import { observe, type Sample, type Sealing } from './measure/sample.ts';
import { type CountedSurroundings, startCountedSurroundings } from './measure/surroundings.ts';
import { table } from './measure/table.ts';
import { observeTurns } from './measure/turns.ts';

const CALLS = 50;
const WARM_UP_CALLS = 3;
const TURNS = 10;
/** Calls of a turn in which several are proposed together; 10 turns of them are within a run's 60 calls. */
const TOGETHER = 5;

const CALL_SERVICES = ['authorize', 'tools-retail'];
const TURN_SERVICES = [...CALL_SERVICES, 'plan'];

/** Billable operations of a governed call and of an agent's turn, counted on the wire and priced. */
export const cost: Bench = async (progress) => {
  const surroundings = await startCountedSurroundings(progress);
  try {
    const read = await observeCalls(surroundings, READ, 'gathered', progress);
    const write = await observeCalls(surroundings, WRITE, 'gathered', progress);
    const rare = await observeCalls(surroundings, WRITE, 'at once', progress);
    const turn = await observeTurns(surroundings, { turns: TURNS, callsPerTurn: 1 });
    progress.step(`${TURNS} turns of 1 call counted`);
    const together = await observeTurns(surroundings, { turns: TURNS, callsPerTurn: TOGETHER });
    progress.step(`${TURNS} turns of ${TOGETHER} calls counted`);
    return {
      report: [
        ...reportOf('a governed read', read, costLines(read, CALL_SERVICES)),
        ...reportOf('a governed write', write, costLines(write, CALL_SERVICES)),
        ...reportOf('a governed write, none other within ten seconds', rare, costLines(rare, CALL_SERVICES)),
        ...reportOf('a turn with 1 read', turn, costLines(turn, TURN_SERVICES)),
        ...reportOf(`a turn with ${TOGETHER} reads`, together, costLines(together, TURN_SERVICES)),
        'Counted on the wire: requests, units, transitions, log lines. Milliseconds are those of the emulator, with the',
        'proxy between; AWS answers STS and S3 more slowly. Assumed: bench/prices.ts. Not in it: model tokens, KMS.',
      ],
      summary: {
        bench: 'cost',
        usd_per_million_calls: total(write, CALL_SERVICES),
        by: roundedParts(costLines(write, CALL_SERVICES)),
        by_call: { read: total(read, CALL_SERVICES), write: total(write, CALL_SERVICES) },
        alone: total(rare, CALL_SERVICES),
        tool: { read: tool(read), write: tool(write) },
        events_per_batch: { gathered: eventsPerBatch(write), alone: eventsPerBatch(rare) },
        turn: turnSummary(turn),
        [`turn_of_${TOGETHER}`]: { calls: TOGETHER, ...turnSummary(together) },
        calls: CALLS,
      },
    };
  } finally {
    await surroundings.stop();
  }
};

/** Every call on the same documents; a write finds them as they were. */
async function observeCalls(
  surroundings: CountedSurroundings,
  proposal: Proposal,
  sealing: Sealing,
  progress: Progress,
): Promise<Sample> {
  const run = await openRun(surroundings.cloud);
  const one = async () => {
    const { milliseconds } = await run.call(proposal);
    await run.restoreShop();
    return milliseconds;
  };
  for (let call = 0; call < WARM_UP_CALLS; call += 1) {
    await one();
  }
  const { result, ...observed } = await observe(
    surroundings,
    async () => {
      const times: number[] = [];
      for (let call = 0; call < CALLS; call += 1) {
        times.push(await one());
      }
      return times;
    },
    sealing,
  );
  progress.step(`${CALLS} calls of ${proposal.tool} counted, sealed ${sealing}`);
  await run.finish();
  return { count: CALLS, ...observed, expressMilliseconds: result, transitions: 0 };
}

function turnSummary(sample: Sample) {
  const lines = costLines(sample, TURN_SERVICES);
  return {
    usd_per_million_turns: total(sample, TURN_SERVICES),
    transitions_per_turn: sample.transitions / sample.count,
    by: roundedParts(lines),
  };
}

const governed = (lines: readonly CostLine[]) => lines.filter(({ part }) => part !== 'tool');
const usd = (lines: readonly CostLine[]) => sum(lines.map(({ usdPerMillion }) => usdPerMillion));
const rounded = (value: number) => Number(value.toFixed(2));

function total(sample: Sample, services: readonly string[]): number {
  return rounded(usd(governed(costLines(sample, services))));
}

function tool(sample: Sample): number {
  return rounded(usd(costLines(sample, CALL_SERVICES).filter(({ part }) => part === 'tool')));
}

/** Every call has two: its decision and its outcome. */
const EVENTS_PER_CALL = 2;

function eventsPerBatch({ invocations, count }: Sample): number {
  return rounded((count * EVENTS_PER_CALL) / invocations.filter(({ service }) => service === 'seal').length);
}

function roundedParts(lines: readonly CostLine[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(byPart(governed(lines))).map(([part, amount]) => [part, rounded(amount)]),
  );
}

function reportOf(title: string, { count }: Sample, lines: readonly CostLine[]): readonly string[] {
  const rows = lines.map(({ part, what, amount, price, usdPerMillion }) => [
    `${part.padEnd(9)} ${what}`,
    amount >= 0.01 ? amount.toFixed(3) : amount.toExponential(2),
    price.unit,
    usdPerMillion.toFixed(3),
  ]);
  const sums = Object.entries(byPart(lines)).map(([part, amount]) => [part, '', '', amount.toFixed(2)]);
  return [
    `${title}, mean of ${count}`,
    table([['part and what', 'each', 'unit', 'USD per million'], ...rows, [''], ...sums]),
    `${'without the tool itself'}  ${usd(governed(lines)).toFixed(2)} USD per million`,
    '',
  ];
}
