import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { DynamoDBDocumentClient, paginateScan, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type ApiClient, apiClient } from '../../cli/client.ts';
import type { ApprovalView, RunView } from '../../contracts/api.ts';
import type { LedgerEvent } from '../../contracts/events.ts';
import { SHOP_TABLES, shopTableName } from '../../contracts/names.ts';
import { localClient } from '../../local/aws.ts';
import { type Person, signIn } from '../../local/people.ts';
import { loadShop, readShopFile } from '../../local/shop/load.ts';
import { resultsReader } from '../../local/transcripts.ts';

/** The local cloud that `npm test` has started and deployed to. */
export const endpoint = required('COUNTERSIGN_LOCAL_ENDPOINT');
export const apiUrl = required('COUNTERSIGN_LOCAL_API');
const prefix = required('COUNTERSIGN_LOCAL_PREFIX');
export const auditBucket = required('COUNTERSIGN_LOCAL_AUDIT_BUCKET');

export const database = DynamoDBDocumentClient.from(new DynamoDBClient(localClient(endpoint)));
const lambda = new LambdaClient(localClient(endpoint));

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`${name} is not set, run these tests with npm test`);
  }
  return value;
}

export async function as(person: Person): Promise<ApiClient> {
  const credentials = await signIn(endpoint, person);
  return apiClient({ apiUrl, region: 'us-east-1', credentials });
}

/** A tenant of its own with the sample shop, so that no test sees what another one did. */
export async function newTenant(): Promise<string> {
  const tenant = `t-${randomUUID().slice(0, 13)}`;
  const documents = await readShopFile('local/shop/sample.json');
  await loadShop({ documents, tenant, prefix, client: new DynamoDBClient(localClient(endpoint)) });
  return tenant;
}

export const LENA = { id: 'lena_hofer_4821', roles: ['customer'] };
/** Orders of the sample shop. */
export const ORDERS = { small: '#W4400218', large: '#W4400125', delivered: '#W4400307', others: '#W4511640' };

export const call = {
  read: (order_id: string) => ({ tool: 'retail.get_order_details', arguments: { order_id } }),
  cancel: (order_id: string, reason = 'no longer needed') => ({
    tool: 'retail.cancel_pending_order',
    arguments: { order_id, reason },
  }),
};

export interface StartedRun {
  readonly tenant: string;
  readonly runId: string;
}

export async function start(tenant: string, proposals: readonly unknown[], user = LENA): Promise<StartedRun> {
  const app = await as('app');
  const input = { proposals };
  const { runId } = await app.startRun('retail-support', { tenant, user, input, clientToken: randomUUID() });
  return { tenant, runId };
}

const DEADLINE_MILLISECONDS = 60_000;
const POLL_MILLISECONDS = 150;

/** Polls until the question has an answer. */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + DEADLINE_MILLISECONDS;
  while (Date.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined) {
      return answer;
    }
    await sleep(POLL_MILLISECONDS);
  }
  throw new Error(`${what}: not within ${DEADLINE_MILLISECONDS / 1000} s`);
}

export async function closed({ tenant, runId }: StartedRun): Promise<RunView> {
  const app = await as('app');
  return eventually(`${runId} closes`, async () => {
    const run = await app.getRun(tenant, runId);
    return run.status === 'closed' ? run : undefined;
  });
}

/** Id of the approval that the run sleeps on. */
export async function waiting({ tenant, runId }: StartedRun): Promise<string> {
  const app = await as('app');
  return eventually(`${runId} waits`, async () => (await app.getRun(tenant, runId)).waitingFor);
}

const APPROVERS: Readonly<Record<string, readonly Person[]>> = {
  support_manager: ['maria', 'theo'],
  FinanceAdmin: ['femi', 'ada'],
  release_manager: ['theo', 'noor'],
};

/**
 * Lets as many distinct people approve what a run sleeps on as the first role takes that is asked.
 *
 * @returns the approval as the last of them left it
 */
export async function countersigned(run: StartedRun): Promise<ApprovalView> {
  const { tenant } = run;
  const approvalId = await waiting(run);
  const app = await as('app');
  let approval = await eventually(`${approvalId} is listed`, async () =>
    (await app.listApprovals(tenant)).find((each) => each.approvalId === approvalId),
  );
  const { approverRole, quorum } = approval;
  for (const person of (APPROVERS[approverRole] ?? []).slice(0, quorum)) {
    approval = await (await as(person)).decideApproval(approvalId, { tenant, verdict: 'approve' });
  }
  return approval;
}

export async function eventsOf({ tenant, runId }: StartedRun): Promise<readonly LedgerEvent[]> {
  return (await (await as('app')).getEvents(tenant, runId)).events;
}

type EventOf<T> = Extract<LedgerEvent, { type: T }>;

export function ofType<T extends LedgerEvent['type']>(events: readonly LedgerEvent[], type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}

/** What is recorded of one call's execution, and of no preview beside it. */
export async function executionsOf(
  run: StartedRun,
  { callId }: { readonly callId: string },
): Promise<EventOf<'call.executed'>[]> {
  return ofType(await eventsOf(run), 'call.executed').filter((event) => event.callId === callId);
}

/** All items of the shop that belong to a tenant, sorted. */
export async function shopOf(tenant: string): Promise<unknown[]> {
  const tables = await Promise.all(SHOP_TABLES.map((table) => scan(shopTableName(prefix, table))));
  return tables
    .flat()
    .filter(({ id }) => String(id).startsWith(`${tenant}#`))
    .sort((left, right) => (String(left.id) < String(right.id) ? -1 : 1));
}

async function scan(TableName: string): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  for await (const page of paginateScan({ client: database }, { TableName })) {
    items.push(...(page.Items ?? []));
  }
  return items;
}

type LedgerTable = 'Runs' | 'Warrants' | 'Events' | 'Approvals' | 'BreakGlass' | 'Limits' | 'Cache';

/** Deployed name of a table of the ledger. */
export async function ledgerTable(name: LedgerTable): Promise<string> {
  const { TableNames = [] } = await database.send(new ListTablesCommand({}));
  const found = TableNames.find((table) => table.startsWith(`${prefix}-ledger-${name}`));
  if (found === undefined) {
    throw new Error(`table ${name} is not among ${TableNames.join(', ')}`);
  }
  return found;
}

export async function itemsOfRun(name: 'Warrants' | 'Events', { tenant, runId }: StartedRun) {
  const { Items = [] } = await database.send(
    new QueryCommand({
      TableName: await ledgerTable(name),
      ConsistentRead: true,
      KeyConditionExpression: '#run = :run',
      ExpressionAttributeNames: { '#run': 'run' },
      ExpressionAttributeValues: { ':run': `${tenant}#${runId}` },
    }),
  );
  return Items;
}

/** Changes an item as no part of the product would, to bring about a fault. */
export async function tamper(
  name: LedgerTable,
  Key: Record<string, string>,
  changes: Record<string, unknown>,
) {
  const names = Object.keys(changes);
  await database.send(
    new UpdateCommand({
      TableName: await ledgerTable(name),
      Key,
      UpdateExpression: `SET ${names.map((_, index) => `#n${index} = :v${index}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(names.map((each, index) => [`#n${index}`, each])),
      ExpressionAttributeValues: Object.fromEntries(
        Object.values(changes).map((each, index) => [`:v${index}`, each]),
      ),
    }),
  );
}

/** Invokes a function as the state machine does. @throws Error with what the function failed with */
export async function invoke(name: string, payload: unknown): Promise<unknown> {
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  const FunctionName = Functions.map((each) => each.FunctionName ?? '').find((each) => each.includes(name));
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }),
  );
  const answer = JSON.parse(Buffer.from(Payload ?? '').toString() || 'null');
  if (FunctionError !== undefined) {
    throw new Error(`${answer.errorType}: ${answer.errorMessage}`);
  }
  return answer;
}

/** Lets what is sealed be integrated now, and not with the next minute. */
export async function integrateNow(): Promise<void> {
  await invoke('Checkpoint', {});
}

/** A run that waits for people, in which another call was authorized by hand but not executed. */
export async function authorizedOnly(tenant: string) {
  const run = await start(tenant, [call.cancel(ORDERS.large)]);
  await waiting(run);
  const request = { ...run, callId: '0009-00', proposal: call.cancel(ORDERS.small) };
  const { warrant } = (await invoke('Authorize', request)) as { warrant: { callId: string; digest: string } };
  return { run, reference: { ...run, ...warrant } };
}

/** What tools have answered in a run, call by call: only its transcript knows. */
export async function answersOf(run: StartedRun): Promise<readonly unknown[]> {
  const results = await (await resultsReader(endpoint))(run);
  return results.map((result) => ('output' in result ? result.output : undefined));
}
