import { z } from 'zod';
import { SHOP_TABLES, shopTableName } from '../../../contracts/names.ts';
import { defineTool, type ToolNamespace } from '../../../domain/tool/definition.ts';
import { previewOf } from '../../../domain/tool/preview.ts';
import { maximumCost } from '../../adapters/records/costs.ts';
import * as access from './access.ts';
import * as argument from './arguments.ts';
import { Customer, Order, Product, Variant } from './documents.ts';
import {
  CancellationFacts,
  CustomerResource,
  OrderResource,
  PaymentFacts,
  ProductResource,
  ReplacementFacts,
  ReturnFacts,
  ShopResource,
} from './resources.ts';

// one list of seventeen of a kind, longer than a file should be, so that it can be read down as a table

const TIMEOUT_SECONDS = 10;

/** A customer's e-mail is part of their profile, and how the agent knows that it has the right one. */
const DISCLOSES = ['email'] as const;

/** Whose an order is stays out of the log; that it is the user's own is said there anyway. */
const ORDER_FACTS = ['exists', 'status', 'totalCents'] as const;
/** The customer gets what a change of an order gives back. */
const OWNER = [{ attribute: 'owner' }] as const;
const REFUND_FACTS = [...ORDER_FACTS, 'refundCents'] as const;

export const findUserIdByEmail = defineTool({
  name: 'retail.find_user_id_by_email',
  description:
    'Find a customer by e-mail address; answers the customer id. Use this first when a conversation ' +
    'starts, letter case does not matter.',
  input: z.strictObject({ email: argument.email }),
  output: z.string(),
  effect: 'read',
  tier: 0,
  resource: CustomerResource.name,
  access: [access.queryByEmail],
  maximumCostMicroDollars: maximumCost({ reads: 1 }),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: [],
  loggedFacts: ['exists'],
});

export const findUserIdByNameZip = defineTool({
  name: 'retail.find_user_id_by_name_zip',
  description:
    'Find a customer by first name, last name and zip code; answers the customer id. Use this when the ' +
    'e-mail address is unknown or finds nobody.',
  input: z.strictObject({ first_name: argument.firstName, last_name: argument.lastName, zip: argument.zip }),
  output: z.string(),
  effect: 'read',
  tier: 0,
  resource: CustomerResource.name,
  access: [access.queryByNameZip],
  maximumCostMicroDollars: maximumCost({ reads: 1 }),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: [],
  loggedFacts: ['exists'],
});

export const getUserDetails = defineTool({
  name: 'retail.get_user_details',
  description: 'Get a customer: name, address, e-mail, payment methods and the ids of all orders.',
  input: z.strictObject({ user_id: argument.customerId }),
  output: Customer,
  effect: 'read',
  tier: 0,
  resource: CustomerResource.name,
  access: [access.readNamedCustomer],
  maximumCostMicroDollars: maximumCost({ reads: 1 }),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['user_id'],
  loggedFacts: ['exists'],
  discloses: DISCLOSES,
});

export const getOrderDetails = defineTool({
  name: 'retail.get_order_details',
  description: 'Get an order: its status, items with prices, address, payments and deliveries.',
  input: z.strictObject({ order_id: argument.orderId }),
  output: Order,
  effect: 'read',
  tier: 0,
  resource: OrderResource.name,
  access: [access.readOrder],
  maximumCostMicroDollars: maximumCost({ reads: 1 }),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['order_id'],
  loggedFacts: ORDER_FACTS,
});

export const getProductDetails = defineTool({
  name: 'retail.get_product_details',
  description: 'Get a product with all of its variants, their options, prices and whether they are in stock.',
  input: z.strictObject({ product_id: argument.productId }),
  output: Product,
  effect: 'read',
  tier: 0,
  resource: ProductResource.name,
  access: [access.readNamedProduct],
  maximumCostMicroDollars: maximumCost({ reads: 1 }),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['product_id'],
  loggedFacts: ['exists'],
});

export const getItemDetails = defineTool({
  name: 'retail.get_item_details',
  description: 'Get one variant of a product: its options, price and whether it is in stock.',
  input: z.strictObject({ item_id: argument.itemId }),
  output: Variant,
  effect: 'read',
  tier: 0,
  resource: ProductResource.name,
  access: [access.readProductOfItem],
  maximumCostMicroDollars: maximumCost({ reads: 2 }),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['item_id'],
  loggedFacts: ['exists'],
});

export const listAllProductTypes = defineTool({
  name: 'retail.list_all_product_types',
  description:
    'List the products of the shop: a JSON object of product name to product id, sorted by name. Use ' +
    'this to get a product id for a product that is known by name.',
  input: z.strictObject({}),
  output: z.string(),
  effect: 'read',
  tier: 0,
  resource: ShopResource.name,
  access: [access.queryCatalog],
  maximumCostMicroDollars: maximumCost({ queries: 1 }),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: [],
});

export const calculate = defineTool({
  name: 'retail.calculate',
  description:
    'Calculate an arithmetic expression; answers the value rounded to two decimals. Use this for every ' +
    'sum told to a customer.',
  input: z.strictObject({ expression: argument.expression }),
  output: z.string(),
  effect: 'read',
  tier: 0,
  resource: ShopResource.name,
  access: [],
  maximumCostMicroDollars: maximumCost({}),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: [],
});

export const transferToHumanAgents = defineTool({
  name: 'retail.transfer_to_human_agents',
  description:
    'Hand the conversation over to a person. Use this only when the customer asks for a person, or ' +
    'none of the tools can help within the policy.',
  input: z.strictObject({ summary: argument.summary }),
  output: z.string(),
  effect: 'read',
  tier: 0,
  resource: ShopResource.name,
  access: [],
  maximumCostMicroDollars: maximumCost({}),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: [],
  kinds: ['notify'],
});

export const modifyUserAddress = defineTool({
  name: 'retail.modify_user_address',
  description:
    'Replace the default address of a customer; orders keep theirs. Use this after the customer has ' +
    'confirmed the whole new address.',
  input: z.strictObject({ user_id: argument.customerId, ...argument.addressArguments }),
  output: Customer,
  effect: 'write',
  idempotency: 'by_key',
  tier: 1,
  resource: CustomerResource.name,
  access: [access.changeNamedCustomer],
  maximumCostMicroDollars: maximumCost({ reads: 1, writes: 1 }),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['user_id'],
  loggedFacts: ['exists'],
  kinds: ['update'],
  discloses: DISCLOSES,
});

export const modifyPendingOrderAddress = defineTool({
  name: 'retail.modify_pending_order_address',
  description:
    'Replace the shipping address of a pending order. Use this after the customer has confirmed the ' +
    'whole new address.',
  input: z.strictObject({ order_id: argument.orderId, ...argument.addressArguments }),
  output: Order,
  effect: 'write',
  idempotency: 'by_key',
  tier: 1,
  resource: OrderResource.name,
  access: [access.changeOrder],
  maximumCostMicroDollars: maximumCost({ reads: 1, writes: 1 }),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['order_id'],
  loggedFacts: ORDER_FACTS,
  kinds: ['update'],
});

export const modifyPendingOrderPayment = defineTool({
  name: 'retail.modify_pending_order_payment',
  description:
    'Move the payment of a pending order to another payment method of the customer; the old one is ' +
    'refunded. A gift card must cover the whole amount. Use this after the customer has confirmed.',
  input: z.strictObject({ order_id: argument.orderId, payment_method_id: argument.paymentMethodId }),
  output: Order,
  effect: 'write',
  idempotency: 'by_key',
  tier: 2,
  resource: OrderResource.name,
  facts: PaymentFacts,
  access: [access.changeOrder, access.changeOwner],
  maximumCostMicroDollars: maximumCost({ reads: 2, writes: 2 }),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['order_id', 'payment_method_id'],
  loggedFacts: ORDER_FACTS,
  kinds: ['money', 'update'],
});

export const modifyPendingOrderItems = defineTool({
  name: 'retail.modify_pending_order_items',
  description:
    'Replace items of a pending order with other variants of the same products; the price difference ' +
    'is charged or refunded at once. Possible once for each order, so use this after the customer has ' +
    'confirmed the complete list.',
  input: z.strictObject({
    order_id: argument.orderId,
    item_ids: argument.itemIds,
    new_item_ids: argument.newItemIds,
    payment_method_id: argument.paymentMethodId,
  }),
  output: Order,
  effect: 'write',
  idempotency: 'by_key',
  tier: 2,
  resource: OrderResource.name,
  facts: ReplacementFacts,
  amount: { fact: 'refundCents', unit: 'cents' },
  beneficiary: OWNER,
  access: [access.changeOrder, access.changeOwner, access.readProducts],
  maximumCostMicroDollars: maximumCost({ reads: 2 + argument.MAXIMUM_ITEMS, writes: 2 }),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['order_id', 'item_ids', 'new_item_ids', 'payment_method_id'],
  loggedFacts: REFUND_FACTS,
  kinds: ['money', 'update'],
});

export const exchangeDeliveredOrderItems = defineTool({
  name: 'retail.exchange_delivered_order_items',
  description:
    'Request the exchange of items of a delivered order for other variants of the same products; a ' +
    'gift card must cover the price difference. Possible once for each order, so use this after the ' +
    'customer has confirmed the complete list.',
  input: z.strictObject({
    order_id: argument.orderId,
    item_ids: argument.itemIds,
    new_item_ids: argument.newItemIds,
    payment_method_id: argument.paymentMethodId,
  }),
  output: Order,
  effect: 'write',
  idempotency: 'by_key',
  tier: 2,
  resource: OrderResource.name,
  facts: ReplacementFacts,
  amount: { fact: 'refundCents', unit: 'cents' },
  beneficiary: OWNER,
  access: [access.changeOrder, access.readOwner, access.readProducts],
  maximumCostMicroDollars: maximumCost({ reads: 2 + argument.MAXIMUM_ITEMS, writes: 1 }),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['order_id', 'item_ids', 'new_item_ids', 'payment_method_id'],
  loggedFacts: REFUND_FACTS,
  kinds: ['money', 'update'],
});

export const cancelPendingOrder = defineTool({
  name: 'retail.cancel_pending_order',
  description:
    'Cancel a pending order and refund it: at once to a gift card, within 5 to 7 business days ' +
    'otherwise. Use this after the customer has confirmed the order and the reason.',
  input: z.strictObject({ order_id: argument.orderId, reason: argument.reason }),
  output: Order,
  effect: 'write',
  idempotency: 'by_key',
  tier: 3,
  resource: OrderResource.name,
  facts: CancellationFacts,
  amount: { fact: 'refundCents', unit: 'cents' },
  beneficiary: OWNER,
  access: [access.changeOrder, access.changeOwner],
  maximumCostMicroDollars: maximumCost({ reads: 2, writes: 2 }),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['order_id', 'reason'],
  loggedFacts: REFUND_FACTS,
  kinds: ['money', 'update'],
  loggedFields: ['status', 'cancel_reason'],
  preview: 'retail.preview_cancel_pending_order',
});

export const previewCancelPendingOrder = previewOf(cancelPendingOrder, maximumCost({ reads: 2 }));

export const returnDeliveredOrderItems = defineTool({
  name: 'retail.return_delivered_order_items',
  description:
    'Request the return of items of a delivered order; the refund goes to the payment method of the ' +
    'order or to a gift card. Possible once for each order, so use this after the customer has ' +
    'confirmed the complete list.',
  input: z.strictObject({
    order_id: argument.orderId,
    item_ids: argument.itemIds,
    payment_method_id: argument.paymentMethodId,
  }),
  output: Order,
  effect: 'write',
  idempotency: 'by_key',
  tier: 3,
  resource: OrderResource.name,
  facts: ReturnFacts,
  amount: { fact: 'refundCents', unit: 'cents' },
  beneficiary: OWNER,
  access: [access.changeOrder, access.readOwner],
  maximumCostMicroDollars: maximumCost({ reads: 2, writes: 1 }),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['order_id', 'item_ids', 'payment_method_id'],
  loggedFacts: REFUND_FACTS,
  kinds: ['money', 'update'],
});

/** The sample shop's support desk: seventeen tools over its customers, orders and products. */
export const retail = {
  name: 'retail',
  tableName: shopTableNamed,
  resources: [CustomerResource, OrderResource, ProductResource, ShopResource],
  tools: [
    findUserIdByEmail,
    findUserIdByNameZip,
    getUserDetails,
    getOrderDetails,
    getProductDetails,
    getItemDetails,
    listAllProductTypes,
    calculate,
    transferToHumanAgents,
    modifyUserAddress,
    modifyPendingOrderAddress,
    modifyPendingOrderPayment,
    modifyPendingOrderItems,
    exchangeDeliveredOrderItems,
    cancelPendingOrder,
    previewCancelPendingOrder,
    returnDeliveredOrderItems,
  ],
} as const satisfies ToolNamespace;

function shopTableNamed(prefix: string, table: string): string {
  const known = SHOP_TABLES.find((each) => each === table);
  if (known === undefined) {
    throw new Error(`table '${table}' is not one of the shop's, expected ${SHOP_TABLES.join(', ')}`);
  }
  return shopTableName(prefix, known);
}

/** Each of the tools, for tables that must not miss one. */
export type RetailTool = (typeof retail.tools)[number];
