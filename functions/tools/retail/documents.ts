import { z } from 'zod';

/** Documents of the shop, member for member as its tools return them. Amounts are dollars. */

export const Address = z.strictObject({
  address1: z.string(),
  address2: z.string(),
  city: z.string(),
  country: z.string(),
  state: z.string(),
  zip: z.string(),
});
export type Address = z.output<typeof Address>;

export const PaymentMethod = z.discriminatedUnion('source', [
  z.strictObject({
    source: z.literal('credit_card'),
    id: z.string(),
    brand: z.string(),
    last_four: z.string(),
  }),
  z.strictObject({ source: z.literal('paypal'), id: z.string() }),
  z.strictObject({ source: z.literal('gift_card'), id: z.string(), balance: z.number() }),
]);
export type PaymentMethod = z.output<typeof PaymentMethod>;

export const Customer = z.strictObject({
  user_id: z.string(),
  name: z.strictObject({ first_name: z.string(), last_name: z.string() }),
  address: Address,
  email: z.string(),
  /** By payment method id. */
  payment_methods: z.record(z.string(), PaymentMethod),
  /** Order ids. */
  orders: z.array(z.string()),
});
export type Customer = z.output<typeof Customer>;

/** Option name to value, for example `color` to `blue`. */
const Options = z.record(z.string(), z.string());

export const Variant = z.strictObject({
  item_id: z.string(),
  options: Options,
  available: z.boolean(),
  price: z.number().nonnegative(),
});
export type Variant = z.output<typeof Variant>;

export const Product = z.strictObject({
  name: z.string(),
  product_id: z.string(),
  /** By item id. */
  variants: z.record(z.string(), Variant),
});
export type Product = z.output<typeof Product>;

export const OrderItem = z.strictObject({
  name: z.string(),
  product_id: z.string(),
  item_id: z.string(),
  price: z.number().nonnegative(),
  options: Options,
});
export type OrderItem = z.output<typeof OrderItem>;

export const Payment = z.strictObject({
  transaction_type: z.enum(['payment', 'refund']),
  amount: z.number().nonnegative(),
  payment_method_id: z.string(),
});
export type Payment = z.output<typeof Payment>;

export const CANCEL_REASONS = ['no longer needed', 'ordered by mistake'] as const;

export const Order = z.strictObject({
  order_id: z.string(),
  user_id: z.string(),
  address: Address,
  items: z.array(OrderItem),
  status: z.enum([
    'processed',
    'pending',
    'pending (item modified)',
    'delivered',
    'cancelled',
    'exchange requested',
    'return requested',
  ]),
  fulfillments: z.array(z.strictObject({ tracking_id: z.array(z.string()), item_ids: z.array(z.string()) })),
  payment_history: z.array(Payment),
  // orders that nothing has happened to are stored without these members, and still shown with them
  cancel_reason: z.enum(CANCEL_REASONS).nullable().default(null),
  exchange_items: z.array(z.string()).nullable().default(null),
  exchange_new_items: z.array(z.string()).nullable().default(null),
  exchange_payment_method_id: z.string().nullable().default(null),
  exchange_price_difference: z.number().nullable().default(null),
  return_items: z.array(z.string()).nullable().default(null),
  return_payment_method_id: z.string().nullable().default(null),
});
export type Order = z.output<typeof Order>;

/** Own member of a record of a document; a plain index would also find what every object inherits. */
export function member<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
