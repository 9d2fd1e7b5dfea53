import type { ColdStart } from './cold-starts.ts';
import { mean, median, quantile } from './statistics.ts';
import { table } from './table.ts';

/** What was called in each round, and how long it took each time. */
export interface Times {
  readonly governed: number[];
  readonly direct: number[];
  readonly directHandler: number[];
  readonly emptyMachine: number[];
  readonly emptyFunction: number[];
}

export interface Latencies {
  readonly times: Times;
  /** Mean milliseconds inside the functions of a governed call. */
  readonly steps: Readonly<Record<string, number>>;
  readonly cold: readonly ColdStart[];
}

export function latencySummary({ times, steps, cold }: Latencies): object {
  return { ...summaryOf(times), steps_ms: roundedAll(steps), cold: coldSummary(cold) };
}

/** Figures of the pairs, with what the emulator itself takes for a machine and for a function that do nothing. */
function summaryOf(times: Times) {
  const [governed, direct] = [median(times.governed), median(times.direct)];
  const net = {
    governed: governed - median(times.emptyMachine),
    direct: direct - median(times.emptyFunction),
  };
  return {
    bench: 'latency',
    governed_p50_ms: rounded(governed),
    direct_p50_ms: rounded(direct),
    ratio: rounded(governed / direct, 2),
    governed_p95_ms: rounded(quantile(times.governed, 0.95)),
    direct_p95_ms: rounded(quantile(times.direct, 0.95)),
    empty_machine_p50_ms: rounded(median(times.emptyMachine)),
    empty_function_p50_ms: rounded(median(times.emptyFunction)),
    governed_net_ms: rounded(net.governed),
    direct_net_ms: rounded(net.direct),
    ratio_net: rounded(net.governed / net.direct, 2),
    pairs: times.governed.length,
  };
}

export function latencyReport({ times, steps, cold }: Latencies): readonly string[] {
  const { ratio, ratio_net, governed_net_ms, direct_net_ms } = summaryOf(times);
  const inFunctions = Object.values(steps).reduce((sum, each) => sum + each, 0);
  const between = mean(times.governed) - inFunctions;
  return [
    table([
      ['warm, in turn', 'p50 ms', 'p95 ms'],
      ...Object.entries(times).map(([name, values]) => [
        name,
        median(values).toFixed(1),
        quantile(values, 0.95).toFixed(1),
      ]),
    ]),
    `ratio ${ratio}; without the emulator's own time (${governed_net_ms} to ${direct_net_ms} ms) ${ratio_net}`,
    '',
    table([
      ['where a governed call is', 'mean ms'],
      ...Object.entries(steps).map(([name, each]) => [name, each.toFixed(1)]),
      ['between: machine, getting into functions and out', between.toFixed(1)],
    ]),
    '',
    table([
      ['cold start', 'code KB', 'wasm KB', 'process ms', 'of it load ms', 'first invocation ms'],
      ...cold.map((each) => [
        each.service,
        String(each.codeKilobytes),
        String(each.wasmKilobytes),
        each.processMilliseconds.toFixed(0),
        each.loadMilliseconds.toFixed(0),
        each.firstInvocationMilliseconds?.toFixed(0) ?? '-',
      ]),
    ]),
    '',
    'All times are those of the emulator and of this machine. What carries over is the order and the number of steps.',
  ];
}

function coldSummary(cold: readonly ColdStart[]) {
  return Object.fromEntries(
    cold.map(({ service, loadMilliseconds, firstInvocationMilliseconds, ...sizes }) => [
      service,
      {
        ...{ code_kb: sizes.codeKilobytes, wasm_kb: sizes.wasmKilobytes, load_ms: rounded(loadMilliseconds) },
        first_invocation_ms: firstInvocationMilliseconds && rounded(firstInvocationMilliseconds),
      },
    ]),
  );
}

function roundedAll(values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, rounded(value)]));
}

function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}
