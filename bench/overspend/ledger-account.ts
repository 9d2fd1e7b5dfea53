import { type DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import type { LedgerEvent } from '../../contracts/events.ts';
import { scopeKey, tenantDay } from '../../contracts/tables.ts';
import { scopeId } from '../../domain/budget/daily-caps.ts';
import type { Warrant } from '../../domain/call/warrant.ts';
import type { RunRecord } from '../../functions/adapters/runs.ts';
import type { Refusal } from '../../functions/adapters/warrants.ts';

/** Names of the tables to read. */
export interface LedgerTables {
  readonly runs: string;
  readonly warrants: string;
  readonly events: string;
  readonly budgets: string;
}

/** What the tables say in the end. Micro-dollars. */
export interface LedgerAccount {
  readonly runs: number;
  readonly allowed: number;
  readonly refused: number;
  /** Refused for another reason than the day. */
  readonly refusedOtherwise: number;
  readonly unsettled: number;
  readonly neverBegun: number;
  readonly spent: number;
  /** By the events of calls, which are put in the transaction that makes them true. */
  readonly spentByEvents: number;
  /** Held, leased or committed beyond what was spent; of counters the worst. */
  readonly leaked: number;
  /** Calls and runs whose money or events do not agree, with what is wrong. */
  readonly wrong: readonly string[];
  readonly warrants: readonly (Warrant | Refusal)[];
}

export async function ledgerAccount(
  client: DynamoDBDocumentClient,
  tables: LedgerTables,
  tenant: string,
): Promise<LedgerAccount> {
  const of = <Item>(items: readonly Record<string, unknown>[]) =>
    items.filter((item) => item.tenant === tenant) as unknown as readonly Item[];
  const runs = of<RunRecord>(await scanned(client, tables.runs));
  const warrants = of<Warrant | Refusal>(await scanned(client, tables.warrants));
  const events = of<LedgerEvent>((await scanned(client, tables.events)).map(({ event }) => event as never));
  const counters = (await scanned(client, tables.budgets)).filter(({ tenantDay: key }) =>
    String(key).startsWith(`${tenant}#`),
  );
  const executed = events.flatMap((event) => (event.type === 'call.executed' ? [event] : []));
  const spentByRun = Map.groupBy(executed, ({ runId }) => runId);
  const cost = (all: typeof executed = []) => all.reduce((sum, each) => sum + each.costMicroDollars, 0);
  const wrong: string[] = [];
  const spentByCounter = new Map<string, number>();
  for (const run of runs) {
    const { runId, status, heldMicroDollars: held = 0, spentMicroDollars: spent = 0 } = run;
    const { leasedMicroDollars: leased = 0, leaseDay = '', leaseScopes = [] } = run;
    const events = cost(spentByRun.get(runId));
    if (status !== 'closed' || held !== 0 || leased !== spent || events !== spent) {
      wrong.push(
        `run ${runId} is ${status}, held ${held}, leased ${leased}, spent ${spent}, by events ${events}`,
      );
    }
    for (const scope of leaseScopes) {
      const counter = `${tenantDay(tenant, leaseDay)}/${scopeKey(scope, scopeId(run, scope))}`;
      spentByCounter.set(counter, (spentByCounter.get(counter) ?? 0) + events);
    }
  }
  const allowed = warrants.filter((warrant): warrant is Warrant => warrant.state !== 'refused');
  const refused = warrants.filter((warrant): warrant is Refusal => warrant.state === 'refused');
  if (executed.length !== allowed.filter(({ outcome }) => outcome !== undefined).length) {
    wrong.push(`${executed.length} calls are settled by events, not as many by warrants`);
  }
  const leaks = counters.map((item) => {
    const { committedMicroDollars: committed = 0, spentMicroDollars: spent = 0 } = item as Record<
      string,
      number
    >;
    const counter = `${item.tenantDay}/${item.scope}`;
    const truth = spentByCounter.get(counter) ?? 0;
    if (spent !== truth) {
      wrong.push(`${counter} has spent ${spent}, its runs' events say ${truth}`);
    }
    return Math.abs(committed - truth);
  });
  return {
    runs: runs.length,
    allowed: allowed.length,
    refused: refused.length,
    refusedOtherwise: refused.filter(({ reasons }) =>
      reasons.some(({ code }) => code !== 'daily_budget_exhausted'),
    ).length,
    unsettled: allowed.filter(({ state }) => state === 'authorized' || state === 'executing').length,
    neverBegun: allowed.filter(({ outcome }) => outcome?.error?.code === 'warrant_expired').length,
    spent: runs.reduce((sum, { spentMicroDollars = 0 }) => sum + spentMicroDollars, 0),
    spentByEvents: cost(executed),
    leaked: Math.max(0, ...leaks),
    wrong,
    warrants,
  };
}

async function scanned(
  client: DynamoDBDocumentClient,
  TableName: string,
): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true })) {
    items.push(...Items);
  }
  return items;
}
