import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type ApiClient, apiClient } from '../cli/client.ts';
import { CommandFailure, failureLines } from '../cli/failure.ts';
import { followEvents } from '../cli/follow.ts';
import { eventLines } from '../cli/render/events.ts';
import { receiptLines } from '../cli/render/receipt.ts';
import { painter } from '../cli/render/text.ts';
import { DEFAULT_TENANT, type Receipt } from '../contracts/api.ts';
import type { LedgerEvent } from '../contracts/events.ts';
import { askForVerdict } from './ask.ts';
import { type LocalCloud, startLocalCloud } from './cloud.ts';
import { type Demo, demoFor, unexpected } from './demo.ts';
import type { Person } from './people.ts';
import { progressOn } from './progress.ts';
import { runCommand, untilInterrupted } from './shutdown.ts';

const USAGE = `npm start [-- options]: runs the local cloud with the sample workflow, and one run of it

  --once       approve as the sample approvers, check the receipt and stop; exit code 0 if all was as expected
  --data FILE  load this shop instead of the sample
  --verbose    show everything that the deployment says
  --help       show this`;

const SAMPLE_COMMAND =
  '  npx countersign run retail-support --user lena_hofer_4821 --proposals local/proposals.json --watch\n';

const WHAT_NEXT = `  npx countersign approvals
  npx countersign status RUN
  npx countersign receipt RUN --json
  npx countersign --help
`;

/** Whoever of them has not approved yet is asked next. */
const APPROVERS: readonly Person[] = ['maria', 'theo'];

interface StartOptions {
  readonly once: boolean;
  readonly verbose: boolean;
  readonly dataFile?: string;
}

await runCommand(async () => {
  const options = readOptions();
  if (typeof options === 'number') {
    return options;
  }
  const startedAt = Number(process.env.COUNTERSIGN_STARTED_AT ?? Date.now());
  const progress = progressOn(process.stderr, startedAt, options.verbose);
  progress.step('starting the local cloud');
  const cloud = await startLocalCloud({ ...options, progress, published: true });
  progress.step('ready');
  return Promise.race([present(cloud, options), cloud.failed.then((error) => Promise.reject(error))]);
});

/** @returns the exit code instead, when there is nothing to start */
function readOptions(): StartOptions | number {
  try {
    const { values } = parseArgs({
      options: {
        once: { type: 'boolean', default: false },
        data: { type: 'string' },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      return 0;
    }
    const { once, verbose, data } = values;
    // npm runs scripts in the root of the project, paths are relative to where the user is.
    const from = process.env.INIT_CWD ?? process.cwd();
    return { once, verbose, ...(data === undefined ? {} : { dataFile: resolve(from, data) }) };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
}

/** @returns the exit code */
async function present(cloud: LocalCloud, { once, dataFile }: StartOptions): Promise<number> {
  const demo = demoFor(cloud.shop);
  const problems = demo
    ? await tell(cloud, demo, once)
    : [
        'the shop has no customer with a pending order of up to $500 and one above, which the sample run cancels',
      ];
  for (const problem of problems) {
    console.error(problem);
  }
  if (once) {
    return problems.length === 0 ? 0 : 1;
  }
  console.log('The local cloud stays up until Ctrl-C. In another terminal, in this folder:\n');
  console.log(dataFile === undefined ? SAMPLE_COMMAND + WHAT_NEXT : WHAT_NEXT);
  await untilInterrupted();
  return 0;
}

/** @returns what did not go as expected */
async function tell(cloud: LocalCloud, demo: Demo, once: boolean): Promise<readonly string[]> {
  const app = apiClient(cloud.connectionOf('app'));
  const approvers = new Map(APPROVERS.map((name) => [name, apiClient(cloud.connectionOf(name))] as const));
  try {
    const { runId } = await app.startRun(demo.workflow, {
      clientToken: `demo-${process.pid}-${Date.now()}`,
      user: { id: demo.customer, roles: [] },
      input: { proposals: demo.proposals },
    });
    console.log(`\nrun ${runId} of ${demo.workflow} for customer ${demo.customer}\n`);
    const eventCount = await showEvents(app, approvers, runId, once);
    const receipt = await app.getReceipt(DEFAULT_TENANT, runId);
    console.log(`\nreceipt\n\n${receiptLines(receipt).join('\n')}\n`);
    return unexpectedIn(demo, receipt, eventCount, once);
  } catch (error) {
    if (!(error instanceof CommandFailure)) {
      throw error;
    }
    return failureLines(error);
  }
}

/** Without `--once` people decide, so that nothing is unexpected. */
function unexpectedIn(demo: Demo, receipt: Receipt, eventCount: number, once: boolean): readonly string[] {
  return once ? unexpected(demo, receipt, eventCount, APPROVERS) : [];
}

type Approvers = ReadonlyMap<Person, ApiClient>;

/** Shows events until the run ends and has approvals decided on the way. @returns their number */
async function showEvents(
  app: ApiClient,
  approvers: Approvers,
  runId: string,
  once: boolean,
): Promise<number> {
  const paint = painter(process.stdout);
  let asking = new AbortController();
  let approved: readonly string[] = [];
  let count = 0;
  for await (const event of followEvents(app, DEFAULT_TENANT, runId)) {
    // Somebody may have decided elsewhere while we ask here.
    if (event.type === 'approval.verdict' || event.type === 'run.closed') {
      asking.abort();
    }
    console.log(eventLines(event, paint).join('\n'));
    count += 1;
    if (!waitsNow(event)) {
      continue;
    }
    approved = approvedAfter(event, approved);
    const [next] = [...approvers].filter(([name]) => !approved.includes(name));
    if (next === undefined) {
      continue;
    }
    const [name, approver] = next;
    if (once) {
      await approver.decideApproval(event.approvalId, { verdict: 'approve', note: 'npm start -- --once' });
    } else {
      asking = new AbortController();
      void askForVerdict(approver, event.approvalId, name, asking.signal);
    }
  }
  return count;
}

type AskingEvent = Extract<LedgerEvent, { type: 'approval.waiting' | 'approval.verdict' }>;

/** Of an approval that waits for somebody, or for one more person. */
function waitsNow(event: LedgerEvent): event is AskingEvent {
  return (
    event.type === 'approval.waiting' || (event.type === 'approval.verdict' && event.state === 'waiting')
  );
}

/** Who stands behind the approval; whoever takes an approval back can be asked again. */
function approvedAfter(event: AskingEvent, before: readonly string[]): readonly string[] {
  if (event.type === 'approval.waiting') {
    return [];
  }
  const others = before.filter((name) => name !== event.by);
  return event.verdict === 'approve' ? [...others, event.by] : others;
}
