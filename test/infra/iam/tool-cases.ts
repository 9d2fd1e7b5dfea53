import type { HelpdeskTool } from '../../../functions/tools/helpdesk/definitions.ts';
import type { RetailTool } from '../../../functions/tools/retail/definitions.ts';
import { type Case, exactly } from './cases.ts';
import type { DeployedPolicies } from './deployed-policies.ts';
import { callSession, type ToolCall } from './session.ts';
import { CUSTOMER, EMAIL, ITEM, ORDER, PRODUCT, shopCalls } from './shop-calls.ts';

interface Expectation extends Omit<ToolCall, 'tool'> {
  readonly may: readonly string[];
}

const ADDRESS = {
  address1: 'Hauptplatz 1',
  address2: '',
  city: 'Linz',
  state: 'OÖ',
  country: 'Austria',
  zip: '4020',
};
const ITEMS = { item_ids: [ITEM], payment_method_id: 'credit_card_0000000' };

const customer = { type: 'Customer', id: CUSTOMER, attributes: { exists: true, owner: CUSTOMER } };
const order = { type: 'Order', id: ORDER, attributes: { exists: true, owner: CUSTOMER, status: 'pending' } };
const product = { type: 'Product', id: PRODUCT, attributes: { exists: true } };
const shop = { type: 'Shop', id: 'retail', attributes: {} };
const ticket = { type: 'Ticket', id: 'T-1', attributes: {} };

/** The right to change an item is that to read it, to update it in a transaction, and what comes with that. */
const CHANGE_ORDER = ['read', 'change', 'replace', 'require something of'].map((verb) => `${verb} the order`);
const CHANGE_CUSTOMER = ['read', 'change', 'replace', 'require something of'].map(
  (verb) => `${verb} the customer`,
);
const ANY_PRODUCT = ['read the product', 'read another product', 'look the item up', 'look another item up'];
const TOKEN = ["read the helpdesk's token"];

/** By tool: one call of it, and all that its session may do. A tool that is missing does not compile. */
const EXPECTED: { readonly [T in RetailTool | HelpdeskTool as T['name']]: Expectation } = {
  'retail.find_user_id_by_email': {
    arguments: { email: EMAIL },
    resource: customer,
    may: ['find the customer by e-mail'],
  },
  'retail.find_user_id_by_name_zip': {
    arguments: { first_name: 'Lena', last_name: 'Hofer', zip: '10001' },
    resource: customer,
    may: ['find the customer by name'],
  },
  'retail.get_user_details': {
    arguments: { user_id: CUSTOMER },
    resource: customer,
    may: ['read the customer'],
  },
  'retail.get_order_details': { arguments: { order_id: ORDER }, resource: order, may: ['read the order'] },
  'retail.get_product_details': {
    arguments: { product_id: PRODUCT },
    resource: product,
    may: ['read the product'],
  },
  'retail.get_item_details': {
    arguments: { item_id: ITEM },
    resource: product,
    may: ['look the item up', 'read the product'],
  },
  'retail.list_all_product_types': { arguments: {}, resource: shop, may: ['list the products'] },
  'retail.calculate': { arguments: { expression: '1 + 1' }, resource: shop, may: [] },
  'retail.transfer_to_human_agents': { arguments: { summary: 'wants a person' }, resource: shop, may: [] },
  'retail.modify_user_address': {
    arguments: { user_id: CUSTOMER, ...ADDRESS },
    resource: customer,
    may: CHANGE_CUSTOMER,
  },
  'retail.modify_pending_order_address': {
    arguments: { order_id: ORDER, ...ADDRESS },
    resource: order,
    may: CHANGE_ORDER,
  },
  'retail.modify_pending_order_payment': {
    arguments: { order_id: ORDER, payment_method_id: 'credit_card_0000000' },
    resource: order,
    may: [...CHANGE_ORDER, ...CHANGE_CUSTOMER],
  },
  'retail.modify_pending_order_items': {
    arguments: { order_id: ORDER, new_item_ids: ['2000000002'], ...ITEMS },
    resource: order,
    may: [...CHANGE_ORDER, ...CHANGE_CUSTOMER, ...ANY_PRODUCT],
  },
  'retail.exchange_delivered_order_items': {
    arguments: { order_id: ORDER, new_item_ids: ['2000000002'], ...ITEMS },
    resource: order,
    may: [...CHANGE_ORDER, 'read the customer', ...ANY_PRODUCT],
  },
  'retail.cancel_pending_order': {
    arguments: { order_id: ORDER, reason: 'no longer needed' },
    resource: order,
    may: [...CHANGE_ORDER, ...CHANGE_CUSTOMER],
  },
  'retail.return_delivered_order_items': {
    arguments: { order_id: ORDER, ...ITEMS },
    resource: order,
    may: [...CHANGE_ORDER, 'read the customer'],
  },
  'helpdesk.get_ticket': { arguments: { ticket_id: 'T-1' }, resource: ticket, may: TOKEN },
  'helpdesk.create_ticket': {
    arguments: { subject: 'late', description: 'it is late', priority: 'low' },
    resource: ticket,
    may: TOKEN,
  },
  'helpdesk.add_comment': { arguments: { ticket_id: 'T-1', body: 'sorry' }, resource: ticket, may: TOKEN },
  'helpdesk.redact_ticket': { arguments: { ticket_id: 'T-1' }, resource: ticket, may: TOKEN },
};

/** Of the session of one call of each tool, against all that can be done to the shop and to secrets. */
export async function toolCases(policies: DeployedPolicies): Promise<Case[]> {
  const calls = shopCalls(policies);
  const cases = Object.entries(EXPECTED).map(async ([tool, { may, ...call }]) =>
    exactly(`a call of ${tool}`, await callSession(policies, { tool, ...call }), calls, may),
  );
  return (await Promise.all(cases)).flat();
}
