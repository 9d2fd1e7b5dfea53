import { z } from 'zod';
import type { ResourceType } from '../../../domain/tool/definition.ts';

/** What the retail tools act on. Only `exists` is known of a thing that is not there. */

export const CustomerResource = {
  name: 'Customer',
  attributes: z.strictObject({
    exists: z.boolean(),
    /** Customer id, so that one policy can ask for the owner of any resource. */
    owner: z.string().optional(),
  }),
} satisfies ResourceType;

export const OrderResource = {
  name: 'Order',
  attributes: z.strictObject({
    exists: z.boolean(),
    /** Customer id. */
    owner: z.string().optional(),
    status: z.string().optional(),
    /** Price of all items. */
    totalCents: z.int().nonnegative().optional(),
  }),
} satisfies ResourceType;

export const ProductResource = {
  name: 'Product',
  attributes: z.strictObject({ exists: z.boolean() }),
} satisfies ResourceType;

/** The shop as a whole; its one instance is `retail`. */
export const ShopResource = {
  name: 'Shop',
  attributes: z.strictObject({}),
} satisfies ResourceType;

/** Facts of the calls that give money back. */
export const RefundFacts = z.strictObject({
  /** What the call would give back to the customer. */
  refundCents: z.int().nonnegative(),
});

/** Id of the resource of a call whose arguments lead to none. */
export const UNKNOWN_ID = 'unknown';

/** Id of the one shop. */
export const SHOP_ID = 'retail';
