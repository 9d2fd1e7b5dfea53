import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Reason } from '../../contracts/call.ts';
import { capsOf } from '../../domain/budget/budget.ts';
import { ConditionsFailed, transact } from '../../functions/adapters/dynamodb.ts';
import { fitHold, type HoldTerms } from '../../functions/adapters/leases.ts';
import { holdForCall } from '../../functions/adapters/run-holds.ts';
import { type OpenRunRecord, readOpenedRun } from '../../functions/adapters/runs.ts';

/** Holds as authorize does, and looks again when somebody else was quicker. @returns why it could not */
export async function hold(
  client: DynamoDBDocumentClient,
  seen: OpenRunRecord,
  amount: number,
  terms: HoldTerms,
): Promise<Reason | undefined> {
  const fitted = await fitHold(client, seen, amount, terms);
  if ('refusal' in fitted) {
    return fitted.refusal;
  }
  try {
    await transact(client, { run: holdForCall(fitted.run, capsOf(fitted.run, terms.envelope), amount) });
    return undefined;
  } catch (error) {
    if (!(error instanceof ConditionsFailed)) {
      throw error;
    }
    return hold(client, await readOpenedRun(client, seen), amount, terms);
  }
}
