import type { Proposal } from '../contracts/call.ts';
import type { Progress } from '../local/progress.ts';
import { ALONE, STEADY } from './audit/in-process.ts';
import type { Bench } from './bench.ts';
import { checkpointLines } from './measure/checkpoint-lines.ts';
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
    const [checkpoint, lonely] = [await checkpointLines(STEADY), await checkpointLines(ALONE)];
    progress.step('rounds of the log counted');
    const call = { services: CALL_SERVICES, events: EVENTS_PER_CALL };
    const of = {
      read: pricedOf(read, { ...call, checkpoint }),
      write: pricedOf(write, { ...call, checkpoint }),
      rare: pricedOf(rare, { ...call, checkpoint: lonely }),
      turn: pricedOf(turn, { services: TURN_SERVICES, events: eventsOfTurn(1), checkpoint }),
      together: pricedOf(together, { services: TURN_SERVICES, events: eventsOfTurn(TOGETHER), checkpoint }),
    };
    return {
      report: [
        ...reportOf('a governed read', of.read),
        ...reportOf('a governed write', of.write),
        ...reportOf('a governed write, none other within its minute', of.rare),
        ...reportOf('a turn with 1 read', of.turn),
        ...reportOf(`a turn with ${TOGETHER} reads`, of.together),
        'Counted on the wire: requests, units, transitions, log lines. Milliseconds are those of the emulator, with the',
        'proxy between; AWS answers STS and S3 more slowly. checkpoint: a share of a round at 10 calls a second, counted by the',
        'bench audit. Assumed: bench/prices.ts. Not in it: model tokens, KMS of transcripts.',
      ],
      summary: {
        bench: 'cost',
        usd_per_million_calls: total(of.write),
        by: roundedParts(of.write.lines),
        by_call: { read: total(of.read), write: total(of.write) },
        alone: total(of.rare),
        alone_by: roundedParts(of.rare.lines),
        tool: { read: tool(read), write: tool(write) },
        events_per_batch: { gathered: eventsPerBatch(write), alone: eventsPerBatch(rare) },
        turn: turnSummary(of.turn),
        [`turn_of_${TOGETHER}`]: { calls: TOGETHER, ...turnSummary(of.together) },
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

/** What was observed, with a price for all of it. */
interface Priced {
  readonly sample: Sample;
  readonly lines: readonly CostLine[];
}

interface Pricing {
  readonly services: readonly string[];
  /** Of each call or turn. */
  readonly events: number;
  readonly checkpoint: (events: number) => readonly CostLine[];
}

function pricedOf(sample: Sample, { services, events, checkpoint }: Pricing): Priced {
  return { sample, lines: [...costLines(sample, services), ...checkpoint(events)] };
}

function turnSummary({ sample, lines }: Priced) {
  return {
    usd_per_million_turns: total({ lines }),
    transitions_per_turn: sample.transitions / sample.count,
    by: roundedParts(lines),
  };
}

const governed = (lines: readonly CostLine[]) => lines.filter(({ part }) => part !== 'tool');
const usd = (lines: readonly CostLine[]) => sum(lines.map(({ usdPerMillion }) => usdPerMillion));
const rounded = (value: number) => Number(value.toFixed(2));

function total({ lines }: Pick<Priced, 'lines'>): number {
  return rounded(usd(governed(lines)));
}

function tool(sample: Sample): number {
  return rounded(usd(costLines(sample, CALL_SERVICES).filter(({ part }) => part === 'tool')));
}

/** Every call has two: its decision and its outcome. */
const EVENTS_PER_CALL = 2;

/** And what the model was asked. */
function eventsOfTurn(calls: number): number {
  return 1 + calls * EVENTS_PER_CALL;
}

function eventsPerBatch({ invocations, count }: Sample): number {
  return rounded((count * EVENTS_PER_CALL) / invocations.filter(({ service }) => service === 'seal').length);
}

function roundedParts(lines: readonly CostLine[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(byPart(governed(lines))).map(([part, amount]) => [part, rounded(amount)]),
  );
}

function reportOf(title: string, { sample: { count }, lines }: Priced): readonly string[] {
  const rows = lines.map(({ part, what, amount, price, usdPerMillion }) => [
    `${part.padEnd(10)} ${what}`,
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
