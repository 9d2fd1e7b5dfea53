import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { LedgerEvent } from '../../contracts/events.ts';
import { type Settlement, settle } from '../../domain/budget/budget.ts';
import { ConditionsFailed, transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import { type HoldTerms, holdForQuestion } from '../adapters/leases.ts';
import { type OpenQuestion, settleQuestion } from '../adapters/run-holds.ts';
import type { OpenRunRecord } from '../adapters/runs.ts';
import { NoProposals } from './provider.ts';

/** Money of a run that is set aside for one question. */
export interface Hold {
  /** Corrects it to what the question has cost, in one transaction with the event that says so. */
  readonly settle: (
    costMicroDollars: number,
    tokens: number,
    eventOf: (settlement: Settlement) => LedgerEvent,
  ) => Promise<void>;
  /** Gives it all back: the question was not answered. */
  readonly release: () => Promise<void>;
}

/**
 * The one place of this step that moves money. What is set aside here and neither settled nor released, because the
 * function died, is charged and on record as lost when the plan is repeated, or the run closes.
 *
 * @throws NoProposals when the run has less left
 */
export async function holdMoney(
  client: DynamoDBDocumentClient,
  run: OpenRunRecord,
  question: OpenQuestion,
  terms: HoldTerms,
): Promise<Hold> {
  const refusal = await holdForQuestion(client, run, question, terms);
  if (refusal !== undefined) {
    throw new NoProposals(refusal.code, `asking the model: ${refusal.message}`);
  }
  return {
    async settle(costMicroDollars, tokens, eventOf) {
      const settlement = settle(question.holdMicroDollars, costMicroDollars);
      const event = appendEvent(eventOf(settlement));
      await transact(client, { run: settleQuestion(run, question, settlement, tokens), event });
    },
    async release() {
      try {
        const nothing = settle(question.holdMicroDollars, 0);
        await transact(client, { run: settleQuestion(run, question, nothing, 0) });
      } catch (error) {
        // the run was closed meanwhile, or another try of this plan has asked: either has counted it as spent
        if (!(error instanceof ConditionsFailed)) {
          throw error;
        }
      }
    },
  };
}
