import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { EventBody, LedgerEvent } from '../../contracts/events.ts';
import { EVENTS, eventPosition, runKey } from '../../contracts/tables.ts';
import { ledgerEvent } from '../../domain/audit/event.ts';
import { digestOf } from '../../domain/call/canonical.ts';

const START = Date.parse('2026-11-29T00:00:00.000Z');
const MILLISECONDS_APART = 33;

/** A turn of the sample's: what the model took, what was decided, what came of it. */
export const EVENTS_OF_A_CALL = 3;
const CALLS_OF_A_RUN = 8;
const EVENTS_OF_A_RUN = EVENTS_OF_A_CALL * CALLS_OF_A_RUN;
/** Runs that are under way at a time, whose events alternate in the stream. */
const RUNS_AT_ONCE = 50;

const TENANTS = 7;
const AGENTS = ['retail-support', 'helpdesk-triage', 'refund-desk', 'invoice-reconciliation'];
const READS = ['get_order_details', 'get_product_details', 'get_user_details', 'find_user_id_by_email'];
const WRITES = ['cancel_pending_order', 'modify_pending_order_address', 'return_delivered_order_items'];

/** Every fourth call is a write with changes, as in the sample; the others read. */
const CALLS_PER_WRITE = 4;

/** The event at a place in the stream, always the same. */
export function eventAt(index: number): LedgerEvent {
  const group = Math.floor(index / (EVENTS_OF_A_RUN * RUNS_AT_ONCE));
  const inGroup = index % (EVENTS_OF_A_RUN * RUNS_AT_ONCE);
  const number = Math.floor(inGroup / RUNS_AT_ONCE);
  const run = group * RUNS_AT_ONCE + (inGroup % RUNS_AT_ONCE);
  const call = Math.floor(number / EVENTS_OF_A_CALL);
  const callId = `${String(call + 1).padStart(4, '0')}-00`;
  const agent = AGENTS[run % AGENTS.length] ?? '';
  const source = {
    ...{ tenant: `tenant-${run % TENANTS}`, runId: `run-${digestOf(run).slice(0, 32)}` },
    ...{ workflow: agent, agent },
  };
  const at = new Date(START + index * MILLISECONDS_APART).toISOString();
  const order = `#W${4_000_000 + run}`;
  switch (number % EVENTS_OF_A_CALL) {
    case 0:
      return ledgerEvent(source, `model/${call + 1}`, at, modelCalled(index));
    case 1:
      return ledgerEvent(source, `${callId}/decided`, at, decided(callId, order, index));
    default:
      return ledgerEvent(source, `${callId}/executed`, at, executed(callId, order, index));
  }
}

function modelCalled(index: number): EventBody {
  return {
    type: 'model.called',
    model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    inputTokens: 2_000 + (index % 3_000),
    outputTokens: 60 + (index % 90),
    costMicroDollars: 7_000 + (index % 9_000),
    prices: digestOf('prices').slice(0, 16),
  };
}

const isWrite = (callId: string) => Number(callId.slice(0, 4)) % CALLS_PER_WRITE === 0;
const toolOf = (callId: string, order: string) => {
  const names = isWrite(callId) ? WRITES : READS;
  return `retail.${names[(Number(callId.slice(0, 4)) + Number(order.slice(2))) % names.length]}`;
};

function decided(callId: string, order: string, index: number): EventBody {
  return {
    type: 'call.decided',
    callId,
    tool: toolOf(callId, order),
    arguments: { order_id: order, ...(isWrite(callId) ? { reason: 'no longer needed' } : {}) },
    digest: digestOf([order, index]),
    resource: `Order/${order}`,
    decision: 'allow',
    policies: [
      isWrite(callId) ? 'agents/retail-support-refunds/small-refund' : 'agents/retail-support/read-customer',
    ],
    policyDigest: digestOf('policies'),
    holdMicroDollars: 1 + (index % 200),
    context: {
      mode: 'autonomous',
      user: { id: `customer_${digestOf(order).slice(0, 8)}` },
      resource: { exists: true, status: 'pending', totalCents: index % 90_000 },
      facts: { refundCents: index % 90_000 },
      users: ['resource.owner'],
      history: { callsOfTool: index % 5, paymentsOfRun: index % 3 },
      scores: { injection: (index % 100) / 100, sentiment: (index % 77) / 77, topics: ['orders', 'refunds'] },
      origins: { order_id: 'user', reason: 'tool:retail.get_order_details' },
    },
  };
}

function executed(callId: string, order: string, index: number): EventBody {
  const effect = `orders/${order}`;
  const changes = {
    [effect]: [
      { field: 'cancel_reason', from: null, to: 'no longer needed' },
      { field: 'payment_history[1]', to: `sha256:${digestOf(index).slice(0, 16)}` },
      { field: 'status', from: 'pending', to: 'cancelled' },
    ],
  };
  return {
    type: 'call.executed',
    callId,
    tool: toolOf(callId, order),
    status: 'succeeded',
    outputDigest: digestOf(['output', index]),
    effects: isWrite(callId) ? [effect] : [],
    ...(isWrite(callId) ? { changes } : {}),
    costMicroDollars: 2,
    releasedMicroDollars: index % 200,
  };
}

/** As the events table's stream delivers it. */
export function recordAt(index: number): DynamoDBRecord {
  const event = eventAt(index);
  const item = {
    [EVENTS.partitionKey]: runKey(event),
    [EVENTS.sortKey]: eventPosition(event),
    event,
  };
  const image = marshall(item, { removeUndefinedValues: true });
  return { eventName: 'INSERT', dynamodb: { NewImage: image as never } };
}
