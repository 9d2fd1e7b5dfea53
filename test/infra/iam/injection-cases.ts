import { documentKey, emailKey, nameZipKey, pointerKey } from '../../../contracts/shop.ts';
import { item, tableArn } from './calls.ts';
import type { Case } from './cases.ts';
import type { DeployedPolicies } from './deployed-policies.ts';
import { callSession, type ToolCall } from './session.ts';

/** A call whose arguments try to reach for more, and keys that it would reach if they were read as patterns. */
interface Attempt extends ToolCall {
  readonly table: string;
  readonly operation: 'GetItem' | 'Query';
  /** The one key that the arguments spell. */
  readonly own: string;
  readonly others: readonly string[];
}

const ORDERS = ['acme##W0000001', 'acme##W0000002', 'globex##W0000001', 'acme#', 'globex#'];

/** Policy variables, in two parts so that they are not templates of this file. */
const TENANT_VARIABLE = ['$', '{aws:PrincipalTag/tenant}'].join('');
const STAR_VARIABLE = ['$', '{*}'].join('');
const DOLLAR_VARIABLE = ['$', '{$}'].join('');

/** Untrusted text as order id. The second list is what the text might be taken for. */
const ORDER_IDS: Readonly<Record<string, readonly string[]>> = {
  '*': [],
  '#W*': [],
  '#W000000?': [],
  '**': [],
  '?W0000001': [],
  [TENANT_VARIABLE]: ['acme#acme'],
  [`${TENANT_VARIABLE}##W0000001`]: ['acme#acme##W0000001'],
  [`$${TENANT_VARIABLE}`]: ['acme#$acme', 'acme#acme'],
  [STAR_VARIABLE]: ['acme#*'],
  [DOLLAR_VARIABLE]: ['acme#$'],
  [`${DOLLAR_VARIABLE.slice(0, -1)}${TENANT_VARIABLE}}`]: ['acme#$acme', 'acme#acme'],
  '"]},"Resource":["*"]},{"': [],
  'acme##W0000001': [],
  '../#W0000001': [],
  '#w0000001': [],
  '#W0000001 ': [],
  '#W0000001\u0000': [],
};

const order = (id: string, attributes = {}) => ({ type: 'Order', id, attributes });

const ATTEMPTS: readonly Attempt[] = [
  ...Object.entries(ORDER_IDS).map(
    ([id, taken]): Attempt => ({
      tool: 'retail.get_order_details',
      arguments: { order_id: id },
      resource: order(id),
      table: 'orders',
      operation: 'GetItem',
      own: documentKey('acme', id),
      others: [...ORDERS, ...taken],
    }),
  ),
  {
    tool: 'retail.get_user_details',
    arguments: { user_id: '*' },
    resource: { type: 'Customer', id: '*', attributes: {} },
    table: 'customers',
    operation: 'GetItem',
    own: documentKey('acme', '*'),
    others: ['acme#lena_hofer_4821', 'globex#lena_hofer_4821'],
  },
  {
    tool: 'retail.cancel_pending_order',
    arguments: { order_id: '#W0000001', reason: 'no longer needed' },
    // facts come from a system of record, which takes what people have typed
    resource: order('#W0000001', { owner: '*' }),
    table: 'customers',
    operation: 'GetItem',
    own: documentKey('acme', '*'),
    others: ['acme#lena_hofer_4821'],
  },
  {
    tool: 'retail.get_item_details',
    arguments: { item_id: '*' },
    resource: { type: 'Product', id: 'unknown', attributes: { exists: false } },
    table: 'products',
    operation: 'GetItem',
    own: pointerKey('acme', '*'),
    others: ['acme#item#2000000001', 'acme#1000000001'],
  },
  {
    tool: 'retail.find_user_id_by_email',
    arguments: { email: '*@example.com' },
    resource: { type: 'Customer', id: 'unknown', attributes: {} },
    table: 'customers/index/byEmail',
    operation: 'Query',
    own: emailKey('acme', '*@example.com'),
    others: ['acme#lena@example.com', 'globex#lena@example.com'],
  },
  {
    tool: 'retail.find_user_id_by_name_zip',
    arguments: { first_name: 'Łucja', last_name: '*', zip: '*' },
    resource: { type: 'Customer', id: 'unknown', attributes: {} },
    table: 'customers/index/byNameZip',
    operation: 'Query',
    own: nameZipKey('acme', 'Łucja', '*', '*'),
    others: ['acme#łucja#nowak#10001', 'acme#lena#hofer#10001'],
  },
];

/** Arguments are text: they name one key, whatever they look like. */
export async function injectionCases(policies: DeployedPolicies): Promise<Case[]> {
  const cases = ATTEMPTS.map(async ({ table, operation, own, others, ...call }): Promise<Case[]> => {
    const caller = await callSession(policies, call);
    const [name = '', ...index] = table.split('/');
    const resource = [tableArn(policies, name), ...index].join('/');
    const who = `${call.tool} with ${JSON.stringify(call.arguments)}`;
    // the evaluator takes the escaped dollar sign for three characters where nothing is a pattern, so it cannot show this
    const keys = own.includes('$') ? others : [own, ...others];
    return keys.map((key) => ({
      who,
      caller,
      what: `reach ${JSON.stringify(key)} of ${table}`,
      call: item(operation, resource, key),
      may: key === own,
    }));
  });
  return (await Promise.all(cases)).flat();
}
