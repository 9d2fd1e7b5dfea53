import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import type { LedgerEvent } from '../../contracts/events.ts';
import { loyaltyFunctionName } from '../../contracts/names.ts';
import { localClient } from '../../local/aws.ts';
import type { LocalCloud } from '../../local/cloud.ts';
import { memberOf, POINTS, TENANT } from './workload.ts';

/** What the tables say in the end. */
export interface Account {
  readonly approved: number;
  readonly rejected: number;
  /** Runs whose points are those of their own verdict. */
  readonly effects: number;
  /** Runs, with what is wrong with them. */
  readonly wrong: readonly string[];
  /** From the verdict that decided to the end of the run, in milliseconds. */
  readonly milliseconds: readonly number[];
}

type Items = readonly Readonly<Record<string, unknown>>[];
type EventOf<T> = Extract<LedgerEvent, { type: T }>;

/**
 * Holds every run to the verdict that decided it: read from the tables alone, whatever the API has answered.
 *
 * @param ids - of the runs, in the order of their members
 */
export async function accountOf(cloud: LocalCloud, ids: readonly string[]): Promise<Account> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(localClient(cloud.endpoint)));
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  const table = (name: string) =>
    TableNames.find((each) => each.startsWith(`${cloud.prefix}-ledger-${name}`)) ?? missing(name);
  const events = (await scanned(client, table('Events')))
    .map((item) => item.event as LedgerEvent)
    .filter(({ tenant }) => tenant === TENANT);
  const members = await scanned(client, loyaltyFunctionName(cloud.prefix));
  const points = new Map(members.map(({ member, points }) => [String(member), Number(points)]));
  const byRun = Map.groupBy(events, ({ runId }) => runId);
  const runs = ids.map((id, index) =>
    checked(id, byRun.get(id) ?? [], points.get(`${TENANT}#${memberOf(index)}`) ?? 0),
  );
  return {
    approved: runs.filter(({ state }) => state === 'approved').length,
    rejected: runs.filter(({ state }) => state === 'rejected').length,
    effects: runs.filter(({ points }) => points === POINTS).length,
    wrong: runs.flatMap(({ wrong }) => wrong),
    milliseconds: runs.flatMap(({ milliseconds }) => (milliseconds === undefined ? [] : [milliseconds])),
  };
}

function checked(id: string, events: readonly LedgerEvent[], points: number) {
  const verdicts = ofType(events, 'approval.verdict');
  const executed = ofType(events, 'call.executed');
  const [decided] = verdicts.filter(({ state }) => state !== 'waiting');
  const [ended] = ofType(events, 'run.closed');
  const refused = ofType(events, 'call.decided').find(({ decision }) => decision === 'deny');
  const state = decided?.state;
  const isApproved = state === 'approved';
  const problems = [
    verdicts.length === 1 ? undefined : `${verdicts.length} verdicts on record, expected 1`,
    executed.length === (isApproved ? 1 : 0) ? undefined : `${executed.length} executions after ${state}`,
    points === (isApproved ? POINTS : 0) ? undefined : `${points} points after ${state}`,
    isApproved || refused?.reasons?.[0]?.code === 'approval_rejected'
      ? undefined
      : `no refusal after ${state}`,
    ended?.outcome === 'completed' ? undefined : `the run ended as ${ended?.outcome}`,
  ].filter((problem) => problem !== undefined);
  return {
    state,
    points,
    wrong: problems.map((problem) => `${id}: ${problem}`),
    milliseconds: decided && ended && Date.parse(ended.at) - Date.parse(decided.at),
  };
}

function ofType<T extends LedgerEvent['type']>(events: readonly LedgerEvent[], type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}

async function scanned(client: DynamoDBDocumentClient, TableName: string): Promise<Items> {
  const items: Record<string, unknown>[] = [];
  for await (const page of paginateScan({ client }, { TableName, ConsistentRead: true })) {
    items.push(...(page.Items ?? []));
  }
  return items;
}

function missing(name: string): never {
  throw new Error(`the local cloud has no table ${name}`);
}
