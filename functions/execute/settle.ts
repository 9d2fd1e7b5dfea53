import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ExecuteResult } from '../../contracts/call.ts';
import { ledgerEvent } from '../../domain/audit/event.ts';
import { settle } from '../../domain/budget/budget.ts';
import { digestOf } from '../../domain/call/canonical.ts';
import type { Warrant } from '../../domain/call/warrant.ts';
import type { ToolDefinition } from '../../domain/tool/definition.ts';
import { ConditionsFailed, transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import { settleHold } from '../adapters/runs.ts';
import { readWarrant, settleWarrant } from '../adapters/warrants.ts';
import type { Attempt } from './run-tool.ts';

/**
 * Records the outcome, corrects the hold and appends the event, in one transaction, once. A caller that comes second
 * is given what the first recorded.
 */
export async function settleCall(
  client: DynamoDBDocumentClient,
  warrant: Warrant,
  { name }: ToolDefinition,
  attempt: Attempt,
  at: string,
): Promise<ExecuteResult> {
  // what nobody knows the cost of counts in full, so that the account can only be too high
  const actual = attempt.status === 'unknown' ? warrant.holdMicroDollars : attempt.costMicroDollars;
  const settlement = settle(warrant.holdMicroDollars, actual);
  const { callId } = warrant;
  const { status, output, error, effects } = attempt;
  const outcome: ExecuteResult = {
    decision: 'allow',
    callId,
    status,
    ...(output === undefined ? {} : { output }),
    ...(error === undefined ? {} : { error }),
    costMicroDollars: settlement.chargedMicroDollars,
  };
  const event = ledgerEvent(warrant, `${callId}/executed`, at, {
    type: 'call.executed',
    callId,
    tool: name,
    status,
    ...(error === undefined ? {} : { error }),
    ...(output === undefined ? {} : { outputDigest: digestOf(output) }),
    effects: [...new Set(effects)],
    costMicroDollars: settlement.chargedMicroDollars,
    releasedMicroDollars: settlement.releasedMicroDollars,
  });
  const parts = { warrant: settleWarrant(warrant, outcome), event: appendEvent(event) };
  try {
    await transact(client, { ...parts, run: settleHold(warrant, settlement) });
    return outcome;
  } catch (failure) {
    if (!(failure instanceof ConditionsFailed)) {
      throw failure;
    }
    if (failure.parts.includes('warrant')) {
      return recordedOutcome(client, warrant);
    }
    // the run was closed while the tool ran, and closing has counted the hold as spent
    await transact(client, parts);
    return outcome;
  }
}

async function recordedOutcome(client: DynamoDBDocumentClient, warrant: Warrant): Promise<ExecuteResult> {
  const recorded = await readWarrant(client, warrant);
  if (recorded === undefined || recorded.state === 'refused' || recorded.outcome === undefined) {
    throw new Error(`call ${warrant.callId} is neither executing nor settled`);
  }
  return recorded.outcome;
}
