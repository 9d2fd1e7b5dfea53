import type { Receipt } from '../contracts/api.ts';
import type { Proposal } from '../contracts/call.ts';
import type { ShopDocuments } from './shop/load.ts';

/** Where `small-refund` ends in policies/agents/retail-support-refunds.cedar. */
const REFUND_LIMIT_DOLLARS = 500;

type Order = ShopDocuments['orders'][string];

/** A run that shows each kind of decision once, and how it has to end. */
export interface Demo {
  readonly workflow: string;
  readonly customer: string;
  readonly proposals: readonly Proposal[];
  readonly strangersOrder: string;
  readonly smallOrder: string;
  readonly largeOrder: string;
}

/**
 * A customer cancels a small order and a large one; on the way the agent reaches for somebody else's order.
 *
 * @returns undefined when the shop has no customer with two such orders
 */
export function demoFor(shop: ShopDocuments): Demo | undefined {
  const pending = Object.values(shop.orders).filter(({ status }) => status === 'pending');
  for (const large of pending.filter((order) => paid(order) > REFUND_LIMIT_DOLLARS)) {
    const small = pending.find(
      (order) => order.user_id === large.user_id && paid(order) <= REFUND_LIMIT_DOLLARS,
    );
    const strangers = pending.find((order) => order.user_id !== large.user_id);
    const email = shop.users[large.user_id]?.email;
    if (small && strangers && email) {
      return demo(large.user_id, email, small.order_id, large.order_id, strangers.order_id);
    }
  }
  return undefined;
}

function paid({ payment_history }: Order): number {
  const payments = payment_history.filter(({ transaction_type }) => transaction_type === 'payment');
  return payments.reduce((sum, { amount }) => sum + amount, 0);
}

function demo(
  customer: string,
  email: string,
  smallOrder: string,
  largeOrder: string,
  strangersOrder: string,
): Demo {
  const reason = 'no longer needed';
  const proposals = [
    { tool: 'retail.find_user_id_by_email', arguments: { email } },
    { tool: 'retail.get_order_details', arguments: { order_id: smallOrder } },
    { tool: 'retail.get_order_details', arguments: { order_id: strangersOrder } },
    { tool: 'retail.cancel_pending_order', arguments: { order_id: smallOrder, reason } },
    { tool: 'retail.cancel_pending_order', arguments: { order_id: largeOrder, reason } },
  ];
  return { workflow: 'retail-support', customer, proposals, strangersOrder, smallOrder, largeOrder };
}

/** What is not as it should be at the end of the demo, in words; nothing when all is well. */
export function unexpected(
  demo: Demo,
  receipt: Receipt,
  eventCount: number,
  approving: readonly string[],
): readonly string[] {
  const { run, calls, cost, events } = receipt;
  const callOf = (tool: string, order: string) =>
    calls.find((call) => call.tool === tool && call.arguments.order_id === order);
  const denied = calls.filter(({ decision }) => decision === 'deny');
  const small = callOf('retail.cancel_pending_order', demo.smallOrder);
  const large = callOf('retail.cancel_pending_order', demo.largeOrder);
  const approvers =
    large?.approval?.verdicts.map(({ by, verdict }) => `${by} ${verdict}`).join(', ') ?? 'nobody';
  const sumOfCalls = calls.reduce((sum, { outcome }) => sum + (outcome?.costMicroDollars ?? 0), 0);
  return [
    differs('the outcome of the run', run.outcome, 'completed'),
    // and the preview of the one that people are asked about
    differs('the number of calls', calls.length, demo.proposals.length + 1),
    differs('the change against what people were shown', large?.outcome?.preview, 'as_shown'),
    differs('the number of denied calls', denied.length, 1),
    differs('the denied call', denied[0], callOf('retail.get_order_details', demo.strangersOrder)),
    differs('the small cancellation', small?.outcome?.status, 'succeeded'),
    differs('the large cancellation', large?.outcome?.status, 'succeeded'),
    differs(
      'who approved the large one',
      approvers,
      approving.map((person) => `${person} approve`).join(', '),
    ),
    differs('the cost of the calls', sumOfCalls, cost.toolsMicroDollars),
    differs(
      'what is charged to the budget',
      cost.budgetMicroDollars,
      cost.modelMicroDollars + cost.toolsMicroDollars,
    ),
    differs(
      'the total cost',
      cost.totalMicroDollars,
      cost.budgetMicroDollars + cost.infrastructureMicroDollars + cost.peopleMicroDollars,
    ),
    differs('what the run spent', run.budget?.spentMicroDollars, cost.budgetMicroDollars),
    differs('what is still held', run.budget?.heldMicroDollars, 0),
    differs('the number of events', events.count, eventCount),
  ].filter((difference) => difference !== undefined);
}

function differs(what: string, got: unknown, expected: unknown): string | undefined {
  return got === expected
    ? undefined
    : `${what} is ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`;
}
