import { ToolRefusal } from '../../../domain/tool/handler.ts';
import { member, type Order, type OrderItem, type Product, type Variant } from './documents.ts';

/** Products by id: those of the items that a call names, as far as they exist. */
export type Products = ReadonlyMap<string, Product>;

type ItemHolder = Pick<Order, 'items'>;

/** What items are returned, or replaced position by position, and who pays or gets the difference. */
export interface ItemsRequest {
  readonly item_ids: readonly string[];
  readonly payment_method_id: string;
}
export interface ReplacementRequest extends ItemsRequest {
  readonly new_item_ids: readonly string[];
}

export interface Replacement {
  /** Index in the items of the order. */
  readonly position: number;
  readonly item: OrderItem;
  readonly variant: Variant;
}

/** First of the named items that is named more often than the order holds it. */
export function firstMissing(order: ItemHolder, itemIds: readonly string[]): string | undefined {
  const held = order.items.map((item) => item.item_id);
  return itemIds.find((itemId) => occurrences(itemIds, itemId) > occurrences(held, itemId));
}

function occurrences(values: readonly string[], value: string): number {
  return values.filter((each) => each === value).length;
}

/** Pairs items of the order, each taken once, with the variants that replace them; `check` sees a pair first. */
export function replacements(
  order: Order,
  products: Products,
  request: ReplacementRequest,
  check: (item: OrderItem, newItemId: string) => void = () => {},
): Replacement[] {
  return itemPositions(order, request.item_ids).flatMap((position, index) => {
    const item = order.items[position ?? -1];
    const newItemId = request.new_item_ids[index];
    if (position === undefined || item === undefined || newItemId === undefined) {
      return [];
    }
    check(item, newItemId);
    return [{ position, item, variant: availableVariant(products, item.product_id, newItemId) }];
  });
}

/** Where the named items are in the order, each item taken once; undefined where the order has no more of them. */
export function itemPositions(order: ItemHolder, itemIds: readonly string[]): (number | undefined)[] {
  const taken = new Set<number>();
  return itemIds.map((itemId) => {
    const position = order.items.findIndex((item, index) => item.item_id === itemId && !taken.has(index));
    if (position === -1) {
      return undefined;
    }
    taken.add(position);
    return position;
  });
}

/**
 * Items of the order with what is to replace them, as far as both are named. `variant` is undefined when the new item
 * is no variant of the item's product.
 */
export function replacementPairs(
  order: ItemHolder,
  products: Products,
  itemIds: readonly string[],
  newItemIds: readonly string[],
): { readonly item: OrderItem; readonly variant: Variant | undefined }[] {
  return itemPositions(order, itemIds).flatMap((position, index) => {
    const item = order.items[position ?? -1];
    const newItemId = newItemIds[index];
    if (item === undefined || newItemId === undefined) {
      return [];
    }
    return [{ item, variant: member(products.get(item.product_id)?.variants ?? {}, newItemId) }];
  });
}

function availableVariant(products: Products, productId: string, itemId: string): Variant {
  const product = products.get(productId);
  if (product === undefined) {
    throw new ToolRefusal('Product not found');
  }
  const variant = member(product.variants, itemId);
  if (variant === undefined) {
    throw new ToolRefusal('Variant not found');
  }
  if (!variant.available) {
    throw new ToolRefusal(`New item ${itemId} not found or available`);
  }
  return variant;
}

/** Summed in the order of the request and never reordered, so that floating point gives the recorded digits. */
export function priceDifference(replaced: readonly Replacement[]): number {
  return replaced.reduce((sum, { item, variant }) => sum + (variant.price - item.price), 0);
}

/** Products whose variants a replacement has to know. */
export function productIdsOf(order: ItemHolder, itemIds: readonly string[]): string[] {
  const named = order.items.filter((item) => itemIds.includes(item.item_id));
  return [...new Set(named.map((item) => item.product_id))];
}
