import { type ToolHandler, ToolRefusal } from '../../../domain/tool/handler.ts';
import { openStore } from '../../adapters/records/store.ts';
import { calculated } from './calculate.ts';
import { catalogJson } from './catalog.ts';
import { changeCustomer, changeOrder, previewOrder } from './changes.ts';
import { movedTo } from './customers.ts';
import type { RetailTool } from './definitions.ts';
import { member } from './documents.ts';
import { exchangeRequested, itemsModified, returnRequested } from './items.ts';
import { cancelled, redirected, repaid } from './orders.ts';
import { productIdsOf } from './replacements.ts';
import {
  customerIdByEmail,
  customerIdByNameZip,
  productIdOfItem,
  readCatalog,
  readCustomer,
  readOrder,
  readProduct,
} from './store.ts';

/** By tool name; a tool without a handler does not compile. */
type RetailHandlers = { readonly [T in RetailTool as T['name']]: ToolHandler<T> };

export const retailHandlers: RetailHandlers = {
  'retail.find_user_id_by_email': async ({ email }, context) =>
    found(await customerIdByEmail(openStore(context), email), 'User not found'),

  'retail.find_user_id_by_name_zip': async ({ first_name, last_name, zip }, context) =>
    found(await customerIdByNameZip(openStore(context), first_name, last_name, zip), 'User not found'),

  'retail.get_user_details': async ({ user_id }, context) =>
    found(await readCustomer(openStore(context), user_id), 'User not found').document,

  'retail.get_order_details': async ({ order_id }, context) =>
    found(await readOrder(openStore(context), order_id), 'Order not found').document,

  'retail.get_product_details': async ({ product_id }, context) =>
    found(await readProduct(openStore(context), product_id), 'Product not found'),

  'retail.get_item_details': async ({ item_id }, context) => {
    const store = openStore(context);
    const productId = found(await productIdOfItem(store, item_id), 'Item not found');
    const product = found(await readProduct(store, productId), 'Item not found');
    return found(member(product.variants, item_id), 'Item not found');
  },

  'retail.list_all_product_types': async (_, context) => catalogJson(await readCatalog(openStore(context))),

  'retail.calculate': async ({ expression }) => calculated(expression),

  // the hand-over itself is the caller's: this records, under the run, that and why it was asked for
  'retail.transfer_to_human_agents': async () => 'Transfer successful',

  'retail.modify_user_address': async ({ user_id, ...address }, context) =>
    changeCustomer(context, user_id, (customer) => movedTo(customer, address)),

  'retail.modify_pending_order_address': async ({ order_id, ...address }, context) =>
    changeOrder(context, order_id, {}, (documents) => redirected(documents, address)),

  'retail.modify_pending_order_payment': async ({ order_id, payment_method_id }, context) =>
    changeOrder(context, order_id, { customer: true }, (documents) => repaid(documents, payment_method_id)),

  'retail.modify_pending_order_items': async ({ order_id, ...request }, context) =>
    changeOrder(
      context,
      order_id,
      { customer: true, productIds: (order) => productIdsOf(order, request.item_ids) },
      (documents, products) => itemsModified(documents, products, request),
    ),

  'retail.exchange_delivered_order_items': async ({ order_id, ...request }, context) =>
    changeOrder(
      context,
      order_id,
      { customer: true, productIds: (order) => productIdsOf(order, request.item_ids) },
      (documents, products) => exchangeRequested(documents, products, request),
    ),

  'retail.cancel_pending_order': async ({ order_id, reason }, context) =>
    changeOrder(context, order_id, { customer: true }, (documents) => cancelled(documents, reason)),

  'retail.preview_cancel_pending_order': async ({ order_id, reason }, context) =>
    previewOrder(context, order_id, { customer: true }, (documents) => cancelled(documents, reason)),

  'retail.return_delivered_order_items': async ({ order_id, ...request }, context) =>
    changeOrder(context, order_id, { customer: true }, (documents) => returnRequested(documents, request)),
};

/** @throws ToolRefusal with the message of the case when there is nothing. */
function found<T>(value: T | undefined, message: string): T {
  if (value === undefined) {
    throw new ToolRefusal(message);
  }
  return value;
}
