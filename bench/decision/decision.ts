import assert from 'node:assert/strict';
import { decide, type PolicyEngine } from '../../domain/policy/decide.ts';
import type { PolicyRequest } from '../../domain/policy/request.ts';
import { cedarEngine } from '../../functions/adapters/cedar.ts';
import type { Bench } from '../bench.ts';
import { quantile } from '../measure/statistics.ts';
import { table } from '../measure/table.ts';
import { type BuiltFleet, builtFleet } from './built-fleet.ts';
import { fleetOf } from './fleet.ts';
import { plainEngine } from './plain-engine.ts';
import { seeded } from './seeded.ts';

const SIZES = [10, 100, 1_000, 10_000] as const;
/** Different requests of a fleet, of any of its agents. */
const REQUESTS = 6_000;
const ROUNDS = 60;
/** Of each engine in a round: first of one fleet by slices, then by all its policies, then the next fleet. */
const SLICED_PER_ROUND = 100;
/** Fewer of large sets, which take tens of milliseconds each; at least two. */
const PLAIN_MILLISECONDS_PER_ROUND = 40;
const PLAIN_PER_ROUND = 50;
/** Answers of both that are held against each other. */
const COMPARED_PER_ROUND = 5;
const SEED = 1;

const LEAST_SPEEDUP_AT_1000 = 20;
const MOST_FLATNESS = 1.5;

interface Measured {
  readonly size: number;
  readonly fleet: BuiltFleet;
  readonly engineMilliseconds: number;
  readonly sliced: PolicyEngine;
  readonly plain: PolicyEngine;
  readonly requests: readonly PolicyRequest[];
  /** Microseconds; of decisions that had to parse their slice, of others, and by all policies. */
  readonly first: number[];
  readonly times: number[];
  readonly plainTimes: number[];
}

/** Decisions by slices beside decisions by all policies, of the same fleets and the same requests, in turn. */
export const decision: Bench = async (progress) => {
  const fleets = SIZES.map((size) => {
    const measured = prepared(size);
    progress.step(`${size} policies built, and every slice of them asked for once`);
    return measured;
  });
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const fleet of fleets) {
      measureRound(fleet, round);
    }
    progress.detail(`round ${round + 1} of ${ROUNDS}`);
  }
  progress.step(`${ROUNDS} rounds measured`);
  const of = (values: (fleet: Measured) => readonly number[], share: number) =>
    Object.fromEntries(fleets.map((fleet) => [fleet.size, rounded(quantile(values(fleet), share))]));
  const p50 = of(({ times }) => times, 0.5);
  const plainP50 = of(({ plainTimes }) => plainTimes, 0.5);
  const speedup = rounded((plainP50[1_000] as number) / (p50[1_000] as number));
  const flatness = Math.round(((p50[10_000] as number) / (p50[10] as number)) * 100) / 100;
  return {
    report: reportOf(fleets),
    summary: {
      bench: 'decision',
      p50_us: p50,
      p99_us: of(({ times }) => times, 0.99),
      plain_p50_us: plainP50,
      plain_p99_us: of(({ plainTimes }) => plainTimes, 0.99),
      speedup_at_1000: speedup,
      flatness,
    },
    passed: speedup >= LEAST_SPEEDUP_AT_1000 && flatness <= MOST_FLATNESS,
  };
};

function prepared(size: number): Measured {
  const source = fleetOf(size);
  const fleet = builtFleet(source);
  const random = seeded(SEED);
  const requests = Array.from({ length: REQUESTS }, () => source.request(random));
  const started = performance.now();
  const sliced = cedarEngine(fleet.bundle);
  const engineMilliseconds = performance.now() - started;
  const plain = plainEngine(`decision-bench-${size}`, fleet.bundle);
  const seen = new Set<string>();
  const first: number[] = [];
  for (const each of requests) {
    const microseconds = timed(() => decide(sliced, each));
    const slice = `${each.principal.id} ${each.action.id}`;
    if (!seen.has(slice)) {
      first.push(microseconds);
      seen.add(slice);
    }
  }
  return {
    ...{ size, fleet, engineMilliseconds, sliced, plain, requests, first },
    times: [],
    plainTimes: [],
  };
}

function measureRound({ sliced, plain, requests, times, plainTimes }: Measured, round: number) {
  const from = round * SLICED_PER_ROUND;
  const at = (position: number) => requests[(from + position) % requests.length] as PolicyRequest;
  for (let position = 0; position < SLICED_PER_ROUND; position += 1) {
    times.push(timed(() => decide(sliced, at(position))));
  }
  const until = performance.now() + PLAIN_MILLISECONDS_PER_ROUND;
  for (let position = 0; position < PLAIN_PER_ROUND; position += 1) {
    plainTimes.push(timed(() => decide(plain, at(position))));
    if (position >= 1 && performance.now() > until) {
      break;
    }
  }
  // outside of what is timed
  for (let position = 0; position < COMPARED_PER_ROUND; position += 1) {
    assert.deepEqual(decide(sliced, at(position)), decide(plain, at(position)), JSON.stringify(at(position)));
  }
}

function timed(ask: () => unknown): number {
  const started = performance.now();
  ask();
  return (performance.now() - started) * 1000;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function reportOf(fleets: readonly Measured[]): string[] {
  const whole = (value: number) => Math.round(value).toLocaleString('en-US');
  const both = (values: readonly number[]) => [whole(quantile(values, 0.5)), whole(quantile(values, 0.99))];
  return [
    'a decision, microseconds',
    table([
      [
        'policies',
        'p50',
        'p99',
        'plain p50',
        'plain p99',
        'first p50',
        'first p99',
        'slices',
        'plain decisions',
      ],
      ...fleets.map(({ size, times, plainTimes, first }) => [
        whole(size),
        ...[...both(times), ...both(plainTimes), ...both(first)],
        ...[whole(first.length), whole(plainTimes.length)],
      ]),
    ]),
    '',
    'what else grows',
    table([
      ['policies', 'tools', 'build ms', 'bundle KB', 'read ms', 'engine ms'],
      ...fleets.map(({ size, fleet, engineMilliseconds }) => [
        whole(size),
        whole(fleet.bundle.schema.split('appliesTo').length - 1),
        ...[
          fleet.buildMilliseconds,
          fleet.bundleBytes / 1024,
          fleet.loadMilliseconds,
          engineMilliseconds,
        ].map(whole),
      ]),
    ]),
    '',
    'first: a decision that parses its slice. plain: the same schema and policies, all parsed before, in one set. A fleet grows by',
    'agents and their tools; 2 to 6 policies can match one request in all of them. Both gave equal answers.',
  ];
}
