import { randomUUID } from 'node:crypto';
import type { ExecuteResult, WarrantRef } from '../../contracts/call.ts';
import { ledgerEvent } from '../../domain/audit/event.ts';
import { settle } from '../../domain/budget/budget.ts';
import { dynamoDb, transact } from '../../functions/adapters/dynamodb.ts';
import { appendEvent } from '../../functions/adapters/events.ts';
import { settleHold } from '../../functions/adapters/run-holds.ts';
import { readWarrant } from '../../functions/adapters/warrants.ts';
import { retailHandlers } from '../../functions/tools/retail/handlers.ts';

const client = dynamoDb();

/** An executor as one might write it without warrants: run the tool, then record it. Retried, it does so again. */
export async function handler(reference: WarrantRef): Promise<ExecuteResult> {
  const warrant = await readWarrant(client, reference);
  if (warrant === undefined || warrant.state === 'refused') {
    throw new Error(`no warrant for call ${reference.callId}`);
  }
  const { callId, holdMicroDollars, proposal } = warrant;
  const credentials = {
    accessKeyId: process.env.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY ?? '',
    sessionToken: process.env.AWS_SESSION_TOKEN ?? '',
  };
  const output = await retailHandlers['retail.modify_pending_order_address'](proposal.arguments as never, {
    ...reference,
    credentials,
    idempotencyKey: randomUUID(),
    signal: AbortSignal.timeout(10_000),
    recordEffect: () => {},
    recordRetrieved: () => {},
    recordCost: () => {},
  });
  const settlement = settle(holdMicroDollars, holdMicroDollars);
  const event = ledgerEvent(warrant, `${callId}/executed`, new Date().toISOString(), {
    type: 'call.executed',
    callId,
    tool: proposal.tool,
    status: 'succeeded',
    effects: [],
    costMicroDollars: holdMicroDollars,
    releasedMicroDollars: 0,
  });
  await transact(client, { run: settleHold(warrant, settlement), event: appendEvent(event) });
  return { decision: 'allow', callId, status: 'succeeded', output, costMicroDollars: holdMicroDollars };
}
