import type { DeskTool } from '../../../functions/tools/desk/definitions.ts';
import type { DocumentsTool } from '../../../functions/tools/documents/definitions.ts';
import type { ErpTool } from '../../../functions/tools/erp/definitions.ts';
import type { HelpdeskTool } from '../../../functions/tools/helpdesk/definitions.ts';
import type { LoyaltyTool } from '../../../functions/tools/loyalty/definitions.ts';
import type { OpsTool } from '../../../functions/tools/ops/definitions.ts';
import type { RetailTool } from '../../../functions/tools/retail/definitions.ts';
import type { StockTool } from '../../../functions/tools/stock/definitions.ts';
import { type Case, exactly } from './cases.ts';
import type { DeployedPolicies } from './deployed-policies.ts';
import { DOCUMENT, documentCalls } from './document-calls.ts';
import { changing, exampleCalls, RECORDS, reading } from './example-calls.ts';
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
const member = { type: 'Member', id: CUSTOMER, attributes: {} };
const pieces = { type: 'StockItem', id: PRODUCT, attributes: {} };
const document = { type: 'Document', id: DOCUMENT, attributes: { exists: true, version: 'v1' } };
const ticket = { type: 'Ticket', id: 'T-1', attributes: {} };

/** The right to change an item is that to read it, to update it in a transaction, and what comes with that. */
const CHANGE_ORDER = ['read', 'change', 'replace', 'require something of'].map((verb) => `${verb} the order`);
const CHANGE_CUSTOMER = ['read', 'change', 'replace', 'require something of'].map(
  (verb) => `${verb} the customer`,
);
const ANY_PRODUCT = ['read the product', 'read another product', 'look the item up', 'look another item up'];
const READ_DOCUMENT = ['read the document', 'list the versions of the document'];
const WRITE_DOCUMENT = [...READ_DOCUMENT, 'read a version of the document', 'write the document'];
const TOKEN = ["read the helpdesk's token"];
const STOCK_TOKEN = ["read the stock server's token"];
const INVOKE = ['invoke the loyalty function'];

const deskTicket = {
  type: 'DeskTicket',
  id: RECORDS.desk.tickets,
  attributes: { exists: true, customer: RECORDS.desk.customers, tags: [] },
};
const invoice = {
  type: 'Invoice',
  id: RECORDS.erp.invoices,
  attributes: { exists: true, order: RECORDS.erp.orders },
};
const vendor = { type: 'Vendor', id: RECORDS.erp.vendors, attributes: { exists: true } };
const service = { type: 'Service', id: RECORDS.ops.services, attributes: { exists: true } };
const SERVICE = { service: RECORDS.ops.services };
const TICKET = { ticket_id: RECORDS.desk.tickets };
const INVOICE = { invoice_id: RECORDS.erp.invoices };

type Tool =
  | RetailTool
  | HelpdeskTool
  | DocumentsTool
  | LoyaltyTool
  | StockTool
  | DeskTool
  | ErpTool
  | OpsTool;

/** By tool: one call of it, and all that its session may do. A tool that is missing does not compile. */
const EXPECTED: { readonly [T in Tool as T['name']]: Expectation } = {
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
  'retail.preview_cancel_pending_order': {
    arguments: { order_id: ORDER, reason: 'no longer needed' },
    resource: order,
    may: ['read the order', 'read the customer'],
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
  'loyalty.get_points': { arguments: { member_id: CUSTOMER }, resource: member, may: INVOKE },
  'loyalty.add_points': {
    arguments: { member_id: CUSTOMER, points: 50, reason: 'goodwill' },
    resource: member,
    may: INVOKE,
  },
  'stock.check_stock': { arguments: { product_id: PRODUCT }, resource: pieces, may: STOCK_TOKEN },
  'stock.reserve_stock': {
    arguments: { product_id: PRODUCT, quantity: 2 },
    resource: pieces,
    may: STOCK_TOKEN,
  },
  'documents.get_document': { arguments: { name: DOCUMENT }, resource: document, may: READ_DOCUMENT },
  'documents.preview_put_document': {
    arguments: { name: DOCUMENT, content: 'closed', expected_version: 'v1' },
    resource: document,
    // what only reads may see versions too: there is no other right to see one that a write may need
    may: [...READ_DOCUMENT, 'read a version of the document'],
  },
  'documents.put_document': {
    arguments: { name: DOCUMENT, content: 'closed', expected_version: 'v1' },
    resource: document,
    may: WRITE_DOCUMENT,
  },
  'documents.restore_document': {
    arguments: { name: DOCUMENT, version: 'none', expected_version: 'v1' },
    resource: document,
    may: [...WRITE_DOCUMENT, 'remove the document'],
  },
  // in no envelope, so in no role: what it declares is not enough
  'documents.purge_document': {
    arguments: { name: DOCUMENT },
    resource: document,
    may: ['list the versions of the document'],
  },
  'helpdesk.redact_ticket': { arguments: { ticket_id: 'T-1' }, resource: ticket, may: TOKEN },
  'desk.get_ticket': { arguments: TICKET, resource: deskTicket, may: [reading('desk', 'tickets')] },
  'desk.issue_refund': {
    arguments: { ...TICKET, amount_usd: 24.9 },
    resource: deskTicket,
    may: [...changing('desk', 'tickets'), ...changing('desk', 'customers')],
  },
  'desk.preview_issue_refund': {
    arguments: { ...TICKET, amount_usd: 24.9 },
    resource: deskTicket,
    may: [reading('desk', 'tickets'), reading('desk', 'customers')],
  },
  'desk.send_reply': {
    arguments: { ...TICKET, body: 'sorry' },
    resource: deskTicket,
    may: changing('desk', 'tickets'),
  },
  'desk.preview_send_reply': {
    arguments: { ...TICKET, body: 'sorry' },
    resource: deskTicket,
    may: [reading('desk', 'tickets')],
  },
  'erp.lookup_vendor': {
    arguments: { vendor_id: RECORDS.erp.vendors },
    resource: vendor,
    may: [reading('erp', 'vendors')],
  },
  'erp.match_po': {
    arguments: { ...INVOICE, purchase_order_id: RECORDS.erp.orders },
    resource: invoice,
    may: [reading('erp', 'invoices'), reading('erp', 'orders')],
  },
  'erp.create_journal_entry': {
    arguments: { ...INVOICE, amount_cents: 71_400, account: '6100' },
    resource: invoice,
    may: [...changing('erp', 'invoices'), ...changing('erp', 'journal'), ...changing('erp', 'orders')],
  },
  'erp.preview_create_journal_entry': {
    arguments: { ...INVOICE, amount_cents: 71_400, account: '6100' },
    resource: invoice,
    may: [reading('erp', 'invoices'), reading('erp', 'journal'), reading('erp', 'orders')],
  },
  'ops.get_service': { arguments: SERVICE, resource: service, may: [reading('ops', 'services')] },
  'ops.restart_service': { arguments: SERVICE, resource: service, may: changing('ops', 'services') },
  'ops.scale_service': {
    arguments: { ...SERVICE, replicas: 3 },
    resource: service,
    may: changing('ops', 'services'),
  },
  'ops.deploy_service': {
    arguments: { ...SERVICE, version: '4.2.0' },
    resource: service,
    may: changing('ops', 'services'),
  },
  'ops.preview_deploy_service': {
    arguments: { ...SERVICE, version: '4.2.0' },
    resource: service,
    may: [reading('ops', 'services')],
  },
  'ops.delete_database': {
    arguments: { ...SERVICE, database: 'checkout_orders_old' },
    resource: service,
    may: changing('ops', 'services'),
  },
};

/** Of the session of one call of each tool, against all that can be done to systems of record and secrets. */
export async function toolCases(policies: DeployedPolicies): Promise<Case[]> {
  const calls = { ...shopCalls(policies), ...documentCalls(policies), ...exampleCalls(policies) };
  const cases = Object.entries(EXPECTED).map(async ([tool, { may, ...call }]) =>
    exactly(`a call of ${tool}`, await callSession(policies, { tool, ...call }), calls, may),
  );
  return (await Promise.all(cases)).flat();
}
