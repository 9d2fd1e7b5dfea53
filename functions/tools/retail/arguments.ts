import { z } from 'zod';

/** Longest values that the tools take; several times what the shop holds, and far below DynamoDB's 2 KB for a key. */
const MAXIMUM_ID_LENGTH = 64;
const MAXIMUM_NAME_LENGTH = 100;
const MAXIMUM_ZIP_LENGTH = 20;
const MAXIMUM_ADDRESS_LINE_LENGTH = 200;
const MAXIMUM_REASON_LENGTH = 200;
const MAXIMUM_EXPRESSION_LENGTH = 500;
const MAXIMUM_SUMMARY_LENGTH = 4000;
/** RFC 5321 has 254 octets; this is what fits into a session policy whatever the letters are. */
const MAXIMUM_EMAIL_LENGTH = 240;

/** Each item named may cost a product to be read, so this also bounds a call's cost. */
export const MAXIMUM_ITEMS = 20;

/** Text that becomes part of a composite key, where `#` would reach for another kind of item. */
function keyPart(maximumLength: number): z.ZodString {
  return z
    .string()
    .min(1)
    .max(maximumLength)
    .regex(/^[^#]+$/, "contains '#', expected text without it");
}

export const orderId = z
  .string()
  .min(1)
  .max(MAXIMUM_ID_LENGTH)
  .describe("order id with its leading '#', such as '#W0000000'");
export const customerId = keyPart(MAXIMUM_ID_LENGTH).describe("customer id, such as 'lena_hofer_4821'");
export const productId = keyPart(MAXIMUM_ID_LENGTH).describe('product id; an item id is something else');
export const itemId = keyPart(MAXIMUM_ID_LENGTH).describe(
  'item id of one variant; a product id is something else',
);
export const paymentMethodId = z
  .string()
  .min(1)
  .max(MAXIMUM_ID_LENGTH)
  .describe("payment method id from the customer's details, such as 'credit_card_0000000'");
export const itemIds = z
  .array(itemId)
  .min(1)
  .max(MAXIMUM_ITEMS)
  .describe('item ids as the order lists them; repeat an id for each piece that is meant');
export const newItemIds = z
  .array(itemId)
  .min(1)
  .max(MAXIMUM_ITEMS)
  .describe('ids of the items to get instead, in the same positions, each a variant of the same product');

export const email = keyPart(MAXIMUM_EMAIL_LENGTH).describe("e-mail address, such as 'someone@example.com'");
export const firstName = keyPart(MAXIMUM_NAME_LENGTH).describe("first name, such as 'Lena'");
export const lastName = keyPart(MAXIMUM_NAME_LENGTH).describe("last name, such as 'Hofer'");
export const zip = keyPart(MAXIMUM_ZIP_LENGTH).describe("zip code, such as '10001'");

const addressLine = z.string().min(1).max(MAXIMUM_ADDRESS_LINE_LENGTH);

/** The six arguments of an address. */
export const addressArguments = {
  address1: addressLine.describe('street and number'),
  address2: z
    .string()
    .max(MAXIMUM_ADDRESS_LINE_LENGTH)
    .describe('apartment or suite; empty when there is none'),
  city: addressLine.describe('city'),
  state: addressLine.describe("state, such as 'NY'"),
  country: addressLine.describe("country, such as 'USA'"),
  zip,
};

export const reason = z
  .string()
  .min(1)
  .max(MAXIMUM_REASON_LENGTH)
  .describe("why: 'no longer needed' or 'ordered by mistake'");
export const expression = z
  .string()
  .min(1)
  .max(MAXIMUM_EXPRESSION_LENGTH)
  .describe("numbers, + - * /, parentheses and spaces, such as '(12.5 + 7) * 2'");
export const summary = z
  .string()
  .max(MAXIMUM_SUMMARY_LENGTH)
  .describe('what the customer wants and what was tried');
