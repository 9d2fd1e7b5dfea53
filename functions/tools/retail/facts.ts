import type { ShopTable } from '../../../contracts/names.ts';
import {
  CUSTOMERS_BY_EMAIL,
  CUSTOMERS_BY_NAME_ZIP,
  documentIdOf,
  documentKey,
  emailKey,
  nameZipKey,
  pointerKey,
  SHOP_PARTITION_KEY,
} from '../../../contracts/shop.ts';
import type { FactLoader, FactReader, FactRequest, Facts } from '../../../domain/tool/facts.ts';
import type { RetailTool } from './definitions.ts';
import { Order, Product } from './documents.ts';
import { cancelRefundCents, orderTotalCents, replacementRefundCents, returnRefundCents } from './refund.ts';
import { type Products, productIdsOf } from './replacements.ts';
import {
  CustomerResource,
  OrderResource,
  ProductResource,
  SHOP_ID,
  ShopResource,
  UNKNOWN_ID,
} from './resources.ts';

/** What a call on an order would give back, in cents. */
type Refund = (order: Order, request: FactRequest, reader: FactReader) => number | Promise<number>;

/** By tool name; a tool without facts does not compile. */
const LOADERS: { readonly [T in RetailTool as T['name']]: FactLoader } = {
  'retail.find_user_id_by_email': async (request, reader) => {
    const key = emailKey(request.tenant, text(request, 'email'));
    return foundCustomer(await reader.find('customers', CUSTOMERS_BY_EMAIL, key));
  },
  'retail.find_user_id_by_name_zip': async (request, reader) => {
    const [first, last, zip] = [
      text(request, 'first_name'),
      text(request, 'last_name'),
      text(request, 'zip'),
    ];
    const key = nameZipKey(request.tenant, first, last, zip);
    return foundCustomer(await reader.find('customers', CUSTOMERS_BY_NAME_ZIP, key));
  },
  'retail.get_user_details': namedCustomer,
  'retail.modify_user_address': namedCustomer,
  'retail.get_product_details': (request, reader) => product(request, reader, text(request, 'product_id')),
  'retail.get_item_details': async (request, reader) => {
    const pointer = await reader.get('products', pointerKey(request.tenant, text(request, 'item_id')));
    return product(request, reader, pointer === undefined ? UNKNOWN_ID : String(pointer.productId));
  },
  'retail.list_all_product_types': wholeShop,
  'retail.calculate': wholeShop,
  'retail.transfer_to_human_agents': wholeShop,
  'retail.get_order_details': order(),
  'retail.modify_pending_order_address': order(),
  'retail.modify_pending_order_payment': order(),
  'retail.modify_pending_order_items': order(replacementRefund),
  'retail.exchange_delivered_order_items': order(replacementRefund),
  'retail.cancel_pending_order': order(cancelRefundCents),
  'retail.preview_cancel_pending_order': order(cancelRefundCents),
  'retail.return_delivered_order_items': order((document, request) =>
    returnRefundCents(document, texts(request, 'item_ids')),
  ),
};

/**
 * Facts of a retail call. What does not exist is a fact as well.
 *
 * @throws Error for a tool of another namespace, ZodError for a stored document that is none: nothing is decided then.
 */
export const loadRetailFacts: FactLoader = async (request, reader) => {
  const load = Object.hasOwn(LOADERS, request.tool) ? LOADERS[request.tool as RetailTool['name']] : undefined;
  if (load === undefined) {
    throw new Error(`no facts for tool '${request.tool}', expected a tool of the namespace retail`);
  }
  return load(request, reader);
};

function order(refund?: Refund): FactLoader {
  return async (request, reader) => {
    const id = text(request, 'order_id');
    const document = await readDocument('orders', id, request, reader);
    if (document === undefined) {
      return facts(OrderResource.name, id, { exists: false }, refund && { refundCents: 0 });
    }
    const known = Order.parse(document);
    const attributes = {
      exists: true,
      owner: known.user_id,
      status: known.status,
      totalCents: orderTotalCents(known),
    };
    const call = refund && { refundCents: await refund(known, request, reader) };
    return facts(OrderResource.name, id, attributes, call);
  };
}

async function replacementRefund(document: Order, request: FactRequest, reader: FactReader): Promise<number> {
  const itemIds = texts(request, 'item_ids');
  const products = await readProducts(productIdsOf(document, itemIds), request, reader);
  return replacementRefundCents(document, products, itemIds, texts(request, 'new_item_ids'));
}

async function readProducts(
  ids: readonly string[],
  request: FactRequest,
  reader: FactReader,
): Promise<Products> {
  const documents = await Promise.all(ids.map((id) => readDocument('products', id, request, reader)));
  const products = documents.flatMap((document) => (document === undefined ? [] : [Product.parse(document)]));
  return new Map(products.map((each) => [each.product_id, each]));
}

async function namedCustomer(request: FactRequest, reader: FactReader): Promise<Facts> {
  const id = text(request, 'user_id');
  const document = await readDocument('customers', id, request, reader);
  return facts(
    CustomerResource.name,
    id,
    document === undefined ? { exists: false } : { exists: true, owner: id },
  );
}

function foundCustomer(entry: Readonly<Record<string, unknown>> | undefined): Facts {
  if (entry === undefined) {
    return facts(CustomerResource.name, UNKNOWN_ID, { exists: false });
  }
  const id = documentIdOf(String(entry[SHOP_PARTITION_KEY]));
  return facts(CustomerResource.name, id, { exists: true, owner: id });
}

async function product(request: FactRequest, reader: FactReader, id: string): Promise<Facts> {
  const document = await readDocument('products', id, request, reader);
  return facts(ProductResource.name, id, { exists: document !== undefined });
}

async function wholeShop(): Promise<Facts> {
  return facts(ShopResource.name, SHOP_ID, {});
}

function facts(
  type: string,
  id: string,
  attributes: Facts['resource']['attributes'],
  call: Facts['call'] = {},
): Facts {
  return { resource: { type, id, attributes }, call };
}

async function readDocument(
  table: ShopTable,
  id: string,
  { tenant }: FactRequest,
  reader: FactReader,
): Promise<unknown> {
  return (await reader.get(table, documentKey(tenant, id)))?.document;
}

function text(request: FactRequest, argument: string): string {
  const value = request.arguments[argument];
  return typeof value === 'string' ? value : '';
}

function texts(request: FactRequest, argument: string): string[] {
  const value = request.arguments[argument];
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
