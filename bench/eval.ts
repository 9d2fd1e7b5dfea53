import { parseArgs } from 'node:util';
import { startLocalCloud } from '../local/cloud.ts';
import { progressOn } from '../local/progress.ts';
import { runCommand } from '../local/shutdown.ts';
import { replay } from './suites/agentdojo/replay.ts';
import { agentdojo } from './suites/agentdojo/suite.ts';
import type { AttackedSuite, DecidedSuite, Suite } from './suites/suite.ts';
import { tauRetailAttacks } from './suites/tau-retail/attacks.ts';
import { tauRetail } from './suites/tau-retail/tasks.ts';

const SUITES: Readonly<Record<string, Suite>> = { 'tau-retail': tauRetail };
const ATTACKED: Readonly<Record<string, AttackedSuite>> = { 'tau-retail': tauRetailAttacks };

/** Decided in this process, by the code that authorize decides with; nothing is deployed. */
const DECIDED: Readonly<Record<string, DecidedSuite>> = {
  'agentdojo-banking': agentdojo('banking'),
  'agentdojo-workspace': agentdojo('workspace'),
  'agentdojo-runs': replay(['banking', 'workspace']),
};

const USAGE = `npm run eval -- SUITE [options]: runs recorded tasks through the deployed governed path of a local cloud, or decides
the calls of recorded tasks and attacks

  SUITE          ${Object.keys(SUITES).join(', ')}: deployed; ${Object.keys(DECIDED).join(', ')}: decided;
                 agentdojo-NAME: decided, of a file agentdojo-NAME.json in the folder
  --attacks      its attacks as well, under policies that say what its policy text says
  --tasks RANGE  such as 0-113, or 5, or 0-4,64; all when absent
  --data FOLDER  where the suites' files are; ../shared/data when absent
  --help         show this

Prints a line per task, and one JSON object at the end. Exit code 0 when every result is as recorded, no attack is allowed,
and no task is denied.`;

await runCommand(async () => {
  const { values, positionals } = parseArgs({
    options: {
      attacks: { type: 'boolean' },
      tasks: { type: 'string' },
      data: { type: 'string' },
      help: { type: 'boolean' },
    },
    allowPositionals: true,
  });
  const name = positionals[0] ?? '';
  const decided = values.attacks ? undefined : (DECIDED[name] ?? otherSuite(name));
  if (decided !== undefined && !values.help && positionals.length === 1) {
    const { summary, passed } = decided(values.data, console.log);
    console.log(JSON.stringify(summary));
    return passed ? 0 : 1;
  }
  const attacked = values.attacks ? ATTACKED[name] : undefined;
  const suite = values.attacks ? attacked?.suite : SUITES[name];
  if (values.help || suite === undefined || positionals.length > 1) {
    console.error(USAGE);
    return values.help ? 0 : 2;
  }
  const run = suite(values.data);
  const progress = progressOn(process.stderr, Date.now());
  const cloud = await startLocalCloud({ progress, ...(attacked && { policyFiles: attacked.policyFiles }) });
  try {
    const { summary, passed } = await run(cloud, selected(values.tasks), console.log);
    console.log(JSON.stringify(summary));
    return passed ? 0 : 1;
  } finally {
    await cloud.stop();
  }
});

/** Policies are about kinds of tools, so they hold for suites that nobody here has seen. */
function otherSuite(name: string): DecidedSuite | undefined {
  const [, suite] = /^agentdojo-([a-z]+)$/.exec(name) ?? [];
  return suite === undefined ? undefined : agentdojo(suite);
}

/** @throws Error for a range that is none */
function selected(ranges: string | undefined): (index: number) => boolean {
  if (ranges === undefined) {
    return () => true;
  }
  const bounds = ranges.split(',').map((range) => {
    const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
    if (from === undefined) {
      throw new Error(`--tasks is ${ranges}, expected numbers and ranges such as 0-4,64`);
    }
    return [Number(from), Number(to)] as const;
  });
  return (index) => bounds.some(([from, to]) => from <= index && index <= to);
}
