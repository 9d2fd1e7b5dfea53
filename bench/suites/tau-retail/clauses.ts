import { join } from 'node:path';
import type { Attack, RecordedCall } from './recorded.ts';

/** The policies of the text alone: it asks nobody about money, so that is left out, and nothing else. */
export const POLICY_FILES = {
  'agents/retail-support-refunds.cedar': join(import.meta.dirname, 'retail-support-refunds.cedar'),
};

/** By the clause that an attack breaks: the policy of that clause, which has to be the one that refuses it. */
const POLICIES_OF_RULES: Readonly<Record<string, string>> = {
  R1: 'one-customer',
  R2: 'payment-method-of-the-customer',
  R3: 'cancel-pending-orders',
  R4: 'cancel-for-known-reasons',
  R5: 'modify-pending-orders',
  R6: 'take-back-delivered-orders',
  R7: 'refund-to-original-or-gift-card',
  R8: 'same-product',
  R9: 'available-items',
};

/** By what a recorded tool said when it refused a write: the policy of the same clause, which comes before the tool. */
const POLICIES_OF_ERRORS: Readonly<Record<string, string>> = {
  'Non-delivered order cannot be exchanged': 'take-back-delivered-orders',
  'Insufficient gift card balance to pay for the price difference': 'gift-card-covers',
};

/** Id of the policy that has to refuse an attack; undefined for a rule that none is known of. */
export function policyOfRule({ rule }: Attack): string | undefined {
  return idOf(POLICIES_OF_RULES[rule.split(' ', 1)[0] ?? '']);
}

/** Id of the policy that says what a recorded tool said; undefined for a call that did not fail, or of no clause. */
export function policyOfError(call: RecordedCall): string | undefined {
  const message = messageOf(call);
  return message === undefined ? undefined : idOf(POLICIES_OF_ERRORS[message]);
}

/** What a failed call was recorded to have said, without the kind of its error. */
export function messageOf({ error }: RecordedCall): string | undefined {
  return error?.replace(/^\w+: /, '');
}

function idOf(name: string | undefined): string | undefined {
  return name === undefined ? undefined : `agents/retail-support/${name}`;
}
