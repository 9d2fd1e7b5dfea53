import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ListStateMachinesCommand, SFNClient, StartSyncExecutionCommand } from '@aws-sdk/client-sfn';
import { type ApiClient, apiClient } from '../../cli/client.ts';
import type { RunInput, RunView } from '../../contracts/api.ts';
import type { CallResult, Proposal, RunRef } from '../../contracts/call.ts';
import { governedCallMachineName } from '../../contracts/names.ts';
import { localClient } from '../../local/aws.ts';
import type { LocalCloud } from '../../local/cloud.ts';
import { loadShop, type ShopDocuments } from '../../local/shop/load.ts';

const CUSTOMER = { id: 'lena_hofer_4821', roles: ['customer'] };

/** Proposals on the sample shop. The second gives more back than the agent may without asking. */
export const READ: Proposal = { tool: 'retail.get_order_details', arguments: { order_id: '#W4400218' } };
export const WRITE: Proposal = {
  tool: 'retail.cancel_pending_order',
  arguments: { order_id: '#W4400218', reason: 'no longer needed' },
};
/** The same read of one of the copies of the order that `openRun` was asked for. */
export function readOfCopy(copy: number): Proposal {
  return { tool: READ.tool, arguments: { order_id: copyId(copy) } };
}

function copyId(copy: number): string {
  return `#W9${String(copy).padStart(6, '0')}`;
}

const ASKED: Proposal = {
  tool: 'retail.cancel_pending_order',
  arguments: { order_id: '#W4400125', reason: 'no longer needed' },
};

/** As many as policies ask for. */
const MANAGERS = ['maria', 'theo'] as const;

const POLL_MILLISECONDS = 100;
const DEADLINE_MILLISECONDS = 60_000;

/** A run that stays open, because the only call that it has proposed itself waits for people. */
export interface OpenRun extends RunRef {
  /** One governed call. @throws Error when it was not allowed or did not succeed */
  readonly call: (proposal: Proposal) => Promise<{ readonly milliseconds: number }>;
  /** Puts the tenant's shop back as it was, past the governed path. */
  readonly restoreShop: () => Promise<void>;
  /** Lets people approve what the run waits for, and waits for its end. */
  readonly finish: () => Promise<RunView>;
}

/** @param copies - how many more orders there are to read, each like the one of `READ` */
export async function openRun(cloud: LocalCloud, copies = 0): Promise<OpenRun> {
  const tenant = newTenant();
  const client = new DynamoDBClient(localClient(cloud.endpoint));
  const restoreShop = async () => {
    await loadShop({ documents: withCopies(cloud.shop, copies), tenant, prefix: cloud.prefix, client });
  };
  await restoreShop();
  const run = await startRun(cloud, tenant, { proposals: [ASKED] });
  const approvalId = await until(cloud, run, ({ waitingFor }) => waitingFor);
  const stepFunctions = new SFNClient({ ...localClient(cloud.endpoint), disableHostPrefix: true });
  const stateMachineArn = await machineArn(stepFunctions, governedCallMachineName(cloud.prefix));
  let calls = 0;
  return {
    ...run,
    restoreShop,
    call: async (proposal) => {
      calls += 1;
      const callId = `9${String(calls).padStart(3, '0')}-00`;
      const input = JSON.stringify({ calls: [{ ...run, callId, proposal }] });
      const startedAt = performance.now();
      const { output } = await stepFunctions.send(new StartSyncExecutionCommand({ stateMachineArn, input }));
      const milliseconds = performance.now() - startedAt;
      const [result] = JSON.parse(output ?? '[]') as CallResult[];
      if (result?.decision !== 'allow' || result.status !== 'succeeded') {
        throw new Error(`call ${callId} gave ${JSON.stringify(result)}, expected it to succeed`);
      }
      return { milliseconds };
    },
    finish: async () => {
      for (const manager of MANAGERS) {
        await apiClient(cloud.connectionOf(manager)).decideApproval(approvalId, {
          tenant,
          verdict: 'approve',
        });
      }
      return closed(cloud, run);
    },
  };
}

/** The shop with more orders, each like the one of `READ`. */
export function withCopies(shop: ShopDocuments, copies: number): ShopDocuments {
  const order = shop.orders[String(READ.arguments.order_id)];
  if (order === undefined) {
    throw new Error(`the sample shop has no order ${READ.arguments.order_id}`);
  }
  const ids = Array.from({ length: copies }, (_, copy) => copyId(copy));
  const copied = Object.fromEntries(ids.map((id) => [id, { ...order, order_id: id }]));
  return { ...shop, orders: { ...shop.orders, ...copied } };
}

export function newTenant(): string {
  return `bench-${randomUUID().slice(0, 8)}`;
}

/** A run of a tenant whose shop is loaded, for the customer that the sample proposals are about. */
export async function startRun(cloud: LocalCloud, tenant: string, input: RunInput): Promise<RunRef> {
  const request = { tenant, user: CUSTOMER, input, clientToken: randomUUID() };
  const { runId } = await appOf(cloud).startRun('retail-support', request);
  return { tenant, runId };
}

export function closed(cloud: LocalCloud, run: RunRef): Promise<RunView> {
  return until(cloud, run, (view) => (view.status === 'closed' ? view : undefined));
}

async function until<T>(cloud: LocalCloud, run: RunRef, ask: (view: RunView) => T | undefined): Promise<T> {
  const deadline = Date.now() + DEADLINE_MILLISECONDS;
  let view: RunView | undefined;
  while (Date.now() < deadline) {
    view = await appOf(cloud).getRun(run.tenant, run.runId);
    const answer = ask(view);
    if (answer !== undefined) {
      return answer;
    }
    await sleep(POLL_MILLISECONDS);
  }
  throw new Error(`run ${run.runId} is still ${JSON.stringify(view)}`);
}

function appOf(cloud: LocalCloud): ApiClient {
  return apiClient(cloud.connectionOf('app'));
}

/** @throws Error when there is no such machine */
export async function machineArn(stepFunctions: SFNClient, name: string): Promise<string> {
  const { stateMachines = [] } = await stepFunctions.send(new ListStateMachinesCommand({}));
  const arn = stateMachines.find((machine) => machine.name === name)?.stateMachineArn;
  if (arn === undefined) {
    throw new Error(
      `machine ${name} is not among ${stateMachines.map((machine) => machine.name).join(', ')}`,
    );
  }
  return arn;
}
