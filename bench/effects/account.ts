import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { shopTableName } from '../../contracts/names.ts';
import { FIRST_VERSION } from '../../contracts/shop.ts';
import type { Warrant } from '../../domain/call/warrant.ts';
import { localClient } from '../../local/aws.ts';
import type { LocalCloud } from '../../local/cloud.ts';

/** What the counterpart says happened, against what the ledger says happened. */
export interface Account {
  /** Calls that were allowed. */
  readonly calls: number;
  /** Effects beyond the first, of all calls. */
  readonly duplicates: number;
  /** Effects of calls whose record does not say `succeeded` or `unknown`. */
  readonly lost: number;
  /** Calls whose record says `succeeded` without an effect. */
  readonly phantom: number;
  /** Calls with an attempt that broke off, and an outcome that was found. */
  readonly unknown_resolved: number;
  /** Calls whose outcome nobody could find. */
  readonly unknown_to_person: number;
  /** Calls that were begun but never settled. */
  readonly unsettled: number;
}

/**
 * Each call of the bench changes an order of its own, and every write of an order adds one to its version: the table
 * itself counts effects.
 */
export async function accountOf(cloud: LocalCloud, tenant: string): Promise<Account> {
  const database = DynamoDBDocumentClient.from(new DynamoDBClient(localClient(cloud.endpoint)));
  const orders = await scan(database, shopTableName(cloud.prefix, 'orders'));
  const effects = new Map(
    orders
      .filter(({ id }) => String(id).startsWith(`${tenant}#`))
      .map(({ id, version }) => [String(id).slice(tenant.length + 1), Number(version) - FIRST_VERSION]),
  );
  const { TableNames = [] } = await database.send(new ListTablesCommand({}));
  const table = TableNames.find((name) => name.startsWith(`${cloud.prefix}-ledger-Warrants`)) ?? '';
  const warrants = (await scan(database, table)).filter(
    (item) => item.tenant === tenant && item.digest,
  ) as unknown[];
  const rows = (warrants as Warrant[]).map(({ proposal, state, attempt = 0 }) => ({
    state,
    attempt,
    effects: effects.get(String(proposal.arguments.order_id)) ?? 0,
  }));
  const count = (keep: (row: (typeof rows)[number]) => boolean) => rows.filter(keep).length;
  return {
    calls: rows.length,
    duplicates: rows.reduce((sum, row) => sum + Math.max(0, row.effects - 1), 0),
    lost: count(({ effects: had, state }) => had > 0 && state !== 'succeeded' && state !== 'unknown'),
    phantom: count(({ effects: had, state }) => had === 0 && state === 'succeeded'),
    unknown_resolved: count(
      ({ attempt, state }) => attempt > 1 && (state === 'succeeded' || state === 'failed'),
    ),
    unknown_to_person: count(({ state }) => state === 'unknown'),
    unsettled: count(({ state }) => state === 'executing'),
  };
}

async function scan(database: DynamoDBDocumentClient, TableName: string): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  for await (const page of paginateScan({ client: database }, { TableName })) {
    items.push(...(page.Items ?? []));
  }
  return items;
}
