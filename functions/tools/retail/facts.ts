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
import { Customer, Order, Product } from './documents.ts';
import { cancellationFacts, paymentFacts, replacementFacts, returnFacts } from './order-facts.ts';
import { type OrderContent, orderTotalCents } from './refund.ts';
import { type Products, productIdsOf } from './replacements.ts';
import {
  CustomerResource,
  OrderResource,
  ProductResource,
  SHOP_ID,
  ShopResource,
  UNKNOWN_ID,
} from './resources.ts';

/** Facts of a call on an order; `owner` reads who it belongs to, for calls that ask for it. */
type CallFacts = (
  order: OrderContent,
  owner: () => Promise<Customer | undefined>,
  request: FactRequest,
  reader: FactReader,
) => Facts['call'] | Promise<Facts['call']>;

/** An order that does not exist: nothing is in it, and nothing was paid for it. */
const NO_ORDER: OrderContent = { items: [], payment_history: [] };

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
  'retail.modify_pending_order_payment': order(async (content, owner, request) =>
    paymentFacts(content, await owner(), text(request, 'payment_method_id')),
  ),
  'retail.modify_pending_order_items': order(replacement),
  'retail.exchange_delivered_order_items': order(replacement),
  'retail.cancel_pending_order': order(cancellationFacts),
  'retail.preview_cancel_pending_order': order(cancellationFacts),
  'retail.return_delivered_order_items': order(async (content, owner, request) =>
    returnFacts(content, await owner(), {
      item_ids: texts(request, 'item_ids'),
      payment_method_id: text(request, 'payment_method_id'),
    }),
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

function order(callFacts: CallFacts = () => ({})): FactLoader {
  return async (request, reader) => {
    const id = text(request, 'order_id');
    const document = await readDocument('orders', id, request, reader);
    if (document === undefined) {
      const call = await callFacts(NO_ORDER, async () => undefined, request, reader);
      return facts(OrderResource.name, id, { exists: false }, call);
    }
    const known = Order.parse(document);
    const attributes = {
      exists: true,
      owner: known.user_id,
      status: known.status,
      totalCents: orderTotalCents(known),
    };
    const owner = () => readCustomer(known.user_id, request, reader);
    return facts(OrderResource.name, id, attributes, await callFacts(known, owner, request, reader));
  };
}

async function replacement(
  content: OrderContent,
  owner: () => Promise<Customer | undefined>,
  request: FactRequest,
  reader: FactReader,
): Promise<Facts['call']> {
  const itemIds = texts(request, 'item_ids');
  const [products, customer] = await Promise.all([
    readProducts(productIdsOf(content, itemIds), request, reader),
    owner(),
  ]);
  return replacementFacts(content, customer, products, {
    item_ids: itemIds,
    new_item_ids: texts(request, 'new_item_ids'),
    payment_method_id: text(request, 'payment_method_id'),
  });
}

async function readCustomer(
  id: string,
  request: FactRequest,
  reader: FactReader,
): Promise<Customer | undefined> {
  const document = await readDocument('customers', id, request, reader);
  return document === undefined ? undefined : Customer.parse(document);
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
