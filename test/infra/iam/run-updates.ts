import { ENV } from '../../../contracts/environment.ts';
import { openBudget, settle } from '../../../domain/budget/budget.ts';
import { NOTHING_ERASED } from '../../../domain/retention/erasure.ts';
import type { TransactItem } from '../../../functions/adapters/dynamodb.ts';
import { beginErasingUpdate, endErasing } from '../../../functions/adapters/erasures.ts';
import { endHoldWorkUpdate, setHold } from '../../../functions/adapters/holds.ts';
import { changeLease } from '../../../functions/adapters/leases.ts';
import * as holds from '../../../functions/adapters/run-holds.ts';
import { takeSteps } from '../../../functions/adapters/run-steps.ts';
import * as runs from '../../../functions/adapters/runs.ts';
import { finishRun } from '../../../functions/adapters/unfinished-runs.ts';

process.env[ENV.runsTable] ??= 'runs';
process.env[ENV.budgetsTable] ??= 'budgets';

const RUN = { tenant: 'acme', runId: 'run-1' };
const AT = '2026-01-31T09:00:00.000Z';

const OPENED = {
  ...openBudget(100),
  ...{ leaseDay: '2026-01-31', countedMicroDollars: 0 },
  leaseScopes: ['tenant'],
  mode: 'autonomous',
  openedAt: AT,
} satisfies Parameters<typeof runs.openRun>[1];
const OPEN = { ...RUN, ...OPENED, status: 'open', user: { id: 'u' } } as unknown as runs.OpenRunRecord;
const QUESTION = { id: '0001/model', model: 'm', holdMicroDollars: 5, askedAt: AT };
const CAPS = { microDollars: 100, calls: 10 };
const CLOSED = { closedAt: AT, outcome: 'failed', reason: { code: 'code', message: 'message' } } as const;

/** Every update of a run that the code makes, as the attributes that DynamoDB sees it touch. */
export const RUN_UPDATES = {
  'open a run': attributesOf(runs.openRun(RUN, OPENED)),
  'hold money for a call': attributesOf(holds.holdForCall(OPEN, CAPS, 5)),
  'hold money for a call that counts': attributesOf(
    holds.holdForCall(OPEN, CAPS, 5, {
      adds: ['allowed_payments'],
      seen: { allowed_payments: 2, succeeded_tickets_read: 0 },
    }),
  ),
  'hold money for a model': attributesOf(holds.holdForModel(OPEN, CAPS, QUESTION)),
  "settle a model's answer": attributesOf(holds.settleQuestion(RUN, QUESTION, settle(5, 2), 100)),
  'lease more for a run': attributesOf(changeLease(OPEN, { ...OPENED, leasedMicroDollars: 200 })),
  "settle a run's money": attributesOf(holds.settleHold(RUN, settle(5, 2))),
  "settle a run's money and count a success": attributesOf(
    holds.settleHold(RUN, settle(5, 2), ['succeeded_tickets_read']),
  ),
  'count a success of what policies count no more': attributesOf(
    holds.settleHold(RUN, settle(5, 2), ['succeeded_gone']),
  ),
  'count a call as allowed when it has ended': attributesOf(
    holds.settleHold(RUN, settle(5, 2), ['allowed_payments']),
  ),
  "correct a closed run's money": attributesOf(holds.correctClosedRun(RUN, 3)),
  'take steps of a run': attributesOf(takeSteps(RUN, ['alert', 'loop/0002'])),
  'let a run sleep': attributesOf(runs.markWaiting(RUN, 'apr-1')),
  'let a run wake': attributesOf(runs.clearWaiting(RUN, 60)),
  'close a run': attributesOf(runs.closeRun({ ...OPEN, heldMicroDollars: 5 }, CLOSED)),
  'close a run that holds nothing': attributesOf(runs.closeRun(OPEN, CLOSED)),
  'say that a run is to be erased': attributesOf({
    Update: beginErasingUpdate(RUN, 'u', NOTHING_ERASED),
  }),
  'make a run nobody’s': attributesOf(
    endErasing(RUN, { tenant: 'acme', userId: 'u' }, NOTHING_ERASED, AT).run as TransactItem,
  ),
  "say that a run's data is held": attributesOf(setHold(OPEN, true, AT)),
  "say that a run's data is released": attributesOf(setHold(OPEN, false, AT)),
  'say that all of a run is held': attributesOf({ Update: endHoldWorkUpdate(RUN, 'hold') }),
  'take a run off the list': attributesOf(finishRun(OPEN).run as TransactItem),
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Those of the key, of what is written and of the conditions. */
export function attributesOf({ Update }: TransactItem): readonly string[] {
  const { Key = {}, UpdateExpression, ConditionExpression, ExpressionAttributeNames = {} } = Update ?? {};
  // no names of functions
  const words = `${UpdateExpression} ${ConditionExpression}`.match(/[#:]?\b\w+\b(?!\()/g) ?? [];
  const named = words.flatMap((word) => ExpressionAttributeNames[word] ?? []);
  const plain = words.filter((word) => /^[a-z]/.test(word));
  return [...new Set([...Object.keys(Key), ...named, ...plain])];
}
