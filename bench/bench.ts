import { parseArgs } from 'node:util';
import { type Progress, progressOn } from '../local/progress.ts';
import { runCommand } from '../local/shutdown.ts';
import { audit } from './audit/audit.ts';
import { cost } from './cost.ts';
import { countersign } from './countersign/countersign.ts';
import { decision } from './decision/decision.ts';
import { detectors } from './detectors.ts';
import { effects } from './effects/effects.ts';
import { latency } from './latency.ts';
import { overspend } from './overspend/overspend.ts';

/** Starts what it measures, stops it, and says what it found: for people, and as one object. */
export type Bench = (progress: Progress) => Promise<{
  readonly report: readonly string[];
  readonly summary: object;
  /** Whether what must hold did hold. @default true: it only measures */
  readonly passed?: boolean;
}>;

const BENCHES: Readonly<Record<string, Bench>> = {
  audit,
  cost,
  countersign,
  decision,
  detectors,
  effects,
  latency,
  overspend,
};

const USAGE = `npm run bench -- NAME: measures a deployment on a local cloud, or a part of it by itself

  audit     the log: how fast it is written, its objects and bytes, what it costs, how long it takes to verify
  cost      billable operations of a governed call and of an agent's turn, priced
  countersign  500 runs that wait for people at once, answered in random order and more than once
  decision  a decision with 10 to 10,000 policies, beside Cedar with all of them at once; needs no cloud
  detectors what scoring a text by rules takes; needs no cloud
  effects   governed writes while executors are killed: every effect once, and on record
  latency   a governed call beside a direct call of the same tool, and cold starts
  overspend caps of a day while everything is killed: every instant, on two emulators of DynamoDB and deployed
  --help    show this

Prints tables, and one JSON object at the end. docs/benchmarks.md says how to read them.`;

await runCommand(async () => {
  const { values, positionals } = parseArgs({
    options: { help: { type: 'boolean' } },
    allowPositionals: true,
  });
  const bench = BENCHES[positionals[0] ?? ''];
  if (values.help || bench === undefined || positionals.length > 1) {
    console.error(USAGE);
    return values.help ? 0 : 2;
  }
  const { report, summary, passed = true } = await bench(progressOn(process.stderr, Date.now()));
  console.log(report.join('\n'));
  console.log(JSON.stringify(summary));
  return passed ? 0 : 1;
});
