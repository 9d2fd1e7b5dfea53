import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import type { Warrant } from '../../domain/call/warrant.ts';
import { localClient } from '../../local/aws.ts';
import type { LocalCloud } from '../../local/cloud.ts';
import type { Workload } from './workloads.ts';

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

/** Each call of a workload changes a thing of its own, and the counterpart itself counts how often. */
export async function accountOf(cloud: LocalCloud, tenant: string, workload: Workload): Promise<Account> {
  const effects = await workload.effects(cloud, tenant);
  const rows = (await warrantsOf(cloud, tenant)).map(({ proposal, state, attempt = 0 }) => ({
    state,
    attempt,
    effects: effects.get(workload.targetOf(proposal)) ?? 0,
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

async function warrantsOf(cloud: LocalCloud, tenant: string): Promise<readonly Warrant[]> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(localClient(cloud.endpoint)));
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  const TableName = TableNames.find((name) => name.startsWith(`${cloud.prefix}-ledger-Warrants`)) ?? '';
  const warrants: Record<string, unknown>[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
    warrants.push(...Items.filter((item) => item.tenant === tenant && item.digest));
  }
  return warrants as unknown as readonly Warrant[];
}
