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

/** What a cancellation does. */
export const CancellationFacts = z.strictObject({
  /** What the call would give back to the customer. */
  refundCents: z.int().nonnegative(),
});

/** The payment method that a call names, in the profile of the order's owner. */
const paymentMethod = {
  /** Absent when the profile has no such payment method. */
  paymentMethodSource: z.enum(['credit_card', 'paypal', 'gift_card']).optional(),
  /** Of gift cards only: they alone have a limit that the shop knows. */
  giftCardBalanceCents: z.int().optional(),
  /** Whether the order was first paid with it. */
  isOriginalPaymentMethod: z.boolean(),
};

/** What a change of the payment method does. */
export const PaymentFacts = z.strictObject({
  ...paymentMethod,
  /** What the call would take from the payment method. */
  chargeCents: z.int().nonnegative(),
  /** Whether the order has just the payment that it was placed with. */
  isPaidOnce: z.boolean(),
});

/** What a return does. */
export const ReturnFacts = z.strictObject({
  ...paymentMethod,
  refundCents: z.int().nonnegative(),
  /** Whether the order holds each named item as often as it is named. */
  itemsInOrder: z.boolean(),
});

/** What an exchange or a change of items does. Pairs are the items named at the same position in both lists. */
export const ReplacementFacts = z.strictObject({
  ...paymentMethod,
  refundCents: z.int().nonnegative(),
  chargeCents: z.int().nonnegative(),
  itemsInOrder: z.boolean(),
  /** Whether both lists are of one length. */
  newItemForEachItem: z.boolean(),
  /** Whether in each pair both are variants of one product. */
  newItemsOfSameProduct: z.boolean(),
  /** Whether each new item of the same product is in stock. */
  newItemsAvailable: z.boolean(),
  /** Whether in each pair the new item is another one. */
  newItemsDiffer: z.boolean(),
});

/** Id of the resource of a call whose arguments lead to none. */
export const UNKNOWN_ID = 'unknown';

/** Id of the one shop. */
export const SHOP_ID = 'retail';
