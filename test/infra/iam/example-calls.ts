import { EXAMPLE_TABLES, type ExampleNamespace } from '../../../contracts/names.ts';
import { type Calls, item, on, tableArn, update } from './calls.ts';
import type { DeployedPolicies } from './deployed-policies.ts';

// "the" record of a table is the one that the calls in tool-cases.ts are about

export const RECORDS = {
  desk: { customers: 'mila_sorensen_2207', tickets: 'T-301' },
  erp: { invoices: 'INV-2041', journal: 'INV-2041', orders: 'PO-700', vendors: 'V-100' },
  ops: { services: 'checkout' },
} as const satisfies { readonly [N in ExampleNamespace]: Readonly<Record<string, string>> };

const WRITTEN = ['id', 'document', 'version', 'lastCall'];
const IN_A_TRANSACTION = { 'dynamodb:EnclosingOperation': 'TransactWriteItems' };

/** All that a tool of a worked example, or somebody who has taken one over, might try on the examples' records. */
export function exampleCalls(policies: DeployedPolicies): Calls {
  const namespaces = Object.keys(EXAMPLE_TABLES) as ExampleNamespace[];
  const calls = namespaces.flatMap((namespace) =>
    Object.entries(RECORDS[namespace]).map(([table, id]) => tableCalls(policies, namespace, table, id)),
  );
  return Object.assign({}, ...calls);
}

function tableCalls(policies: DeployedPolicies, namespace: string, table: string, id: string): Calls {
  const arn = tableArn(policies, `${namespace}${table}`);
  const what = `record of ${namespace} ${table}`;
  const [own, other, foreign] = [`acme#${id}`, `acme#${id}0`, `globex#${id}`];
  return {
    [`read the ${what}`]: item('GetItem', arn, own),
    [`read another ${what}`]: item('GetItem', arn, other),
    [`read the same ${what} of another tenant`]: item('GetItem', arn, foreign),
    [`read a ${what} without saying which`]: on(arn, 'dynamodb:GetItem'),
    [`change the ${what}`]: update(arn, own, WRITTEN, IN_A_TRANSACTION),
    [`change another ${what}`]: update(arn, other, WRITTEN, IN_A_TRANSACTION),
    [`change the same ${what} of another tenant`]: update(arn, foreign, WRITTEN, IN_A_TRANSACTION),
    [`replace the ${what}`]: item('PutItem', arn, own),
    [`require something of the ${what}`]: item('ConditionCheckItem', arn, own),
    [`delete the ${what}`]: item('DeleteItem', arn, own),
    [`query the ${what}`]: item('Query', arn, own),
    [`scan each ${what}`]: on(arn, 'dynamodb:Scan'),
    [`delete the table with each ${what}`]: on(arn, 'dynamodb:DeleteTable'),
  };
}

/** The right to read a record. */
export function reading(namespace: ExampleNamespace, table: string): string {
  return `read the record of ${namespace} ${table}`;
}

/** The right to change a record is that to read it, to update it in a transaction, and what comes with that. */
export function changing(namespace: ExampleNamespace, table: string): string[] {
  return ['read', 'change', 'replace', 'require something of'].map(
    (verb) => `${verb} the record of ${namespace} ${table}`,
  );
}

/** What is left of the union of an agent's tools when there is no session policy: its own tenant, and no key. */
export function ofItsTenant(
  namespace: ExampleNamespace,
  read: readonly string[],
  changed: readonly string[],
) {
  return [
    ...[...read, ...changed].flatMap((table) => [
      reading(namespace, table),
      `read another record of ${namespace} ${table}`,
    ]),
    ...changed.flatMap((table) => [
      ...changing(namespace, table).slice(1),
      `change another record of ${namespace} ${table}`,
    ]),
  ];
}
