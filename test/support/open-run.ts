import { randomUUID } from 'node:crypto';
import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../contracts/environment.ts';
import { RUNS, runKey } from '../../contracts/tables.ts';
import { openBudget } from '../../domain/budget/budget.ts';
import { dailyCaps, dayOf } from '../../domain/budget/daily-caps.ts';
import type { Lease } from '../../domain/budget/lease.ts';
import type { OpenRunRecord } from '../../functions/adapters/runs.ts';
import { bundle } from './bundle.ts';
import { DIGEST_KEY } from './digest-key.ts';

export const NOON = '2026-11-21T12:00:00.000Z';

/** A lease that counts against what has a cap on the day of `NOON`. */
export function leaseOfNoon(): Lease {
  const who = { tenant: 't', workflow: 'w', agent: 'a', user: { id: 'u' } };
  const day = dayOf(bundle.budgets, new Date(NOON));
  const caps = dailyCaps(bundle.budgets, undefined, who, day);
  return { leaseDay: day, leaseScopes: caps.map(({ scope }) => scope), countedMicroDollars: 0 };
}

/** A run that takes calls, as open-run leaves it. */
export async function openRun(
  client: DynamoDBDocumentClient,
  of: Partial<OpenRunRecord> & Pick<OpenRunRecord, 'agent' | 'workflow'>,
): Promise<OpenRunRecord> {
  const run = { tenant: `t-${randomUUID().slice(0, 8)}`, runId: `run-${randomUUID()}` };
  const record: OpenRunRecord = {
    ...{ ...run, user: { id: 'ines_okafor', roles: ['support_agent'] }, requestDigest: 'r' },
    digestKey: DIGEST_KEY,
    ...{ status: 'open', mode: 'autonomous', openedAt: NOON, requestedAt: NOON },
    ...{ ...openBudget(1_000_000_000), ...leaseOfNoon(), ...of },
  };
  const Item = { ...record, [RUNS.partitionKey]: runKey(record) };
  await client.send(new PutCommand({ TableName: process.env[ENV.runsTable], Item }));
  return record;
}

/** A client that hands on all it is sent, and says of each command which tables it is about. */
export function watched(client: DynamoDBDocumentClient): {
  readonly client: DynamoDBDocumentClient;
  readonly tables: readonly string[];
} {
  const tables: string[] = [];
  const send = (command: { readonly input: object }) => {
    tables.push(...(JSON.stringify(command.input).match(/(?<="TableName":")[^"]+/g) ?? []));
    return client.send(command as never);
  };
  return {
    tables,
    client: new Proxy(client, {
      get: (target, name) => (name === 'send' ? send : Reflect.get(target, name)),
    }),
  };
}
