import { ENV } from '../../contracts/environment.ts';
import {
  BUDGET_COUNTERS,
  BUDGETS,
  OUTCOME_COUNTERS,
  PAUSE_ATTRIBUTES_OF_PEOPLE,
  PAUSES,
  POLICY_MARKS,
} from '../../contracts/tables.ts';
import { grant, type Ledger, onlyAttributes, onlyKeysLike } from './ledger-grants.ts';
import type { ServiceFunction } from './service-function.ts';

/** For whoever leases of the day's caps, or gives back: counters only, and no reading. */
export function grantLease(to: ServiceFunction, { budgets }: Ledger): void {
  const touched = [BUDGETS.partitionKey, BUDGETS.sortKey, BUDGETS.timeToLive, ...BUDGET_COUNTERS];
  grant(to, ENV.budgetsTable, budgets, ['UpdateItem'], onlyAttributes(touched));
}

/** For `open-run`: see how much room there is, and say once that there is little. */
export function grantOpenLease(to: ServiceFunction, { budgets }: Ledger): void {
  const touched = [
    BUDGETS.partitionKey,
    BUDGETS.sortKey,
    BUDGETS.timeToLive,
    ...BUDGET_COUNTERS,
    'alertedAt',
  ];
  grant(to, ENV.budgetsTable, budgets, ['UpdateItem'], onlyAttributes(touched));
  to.allow(['dynamodb:BatchGetItem'], [budgets.tableArn]);
}

/** For `close-run`: lease or give back, count how runs end, and pause their workflow. It can resume none. */
export function grantLeaseAndPause(to: ServiceFunction, { budgets }: Ledger): void {
  grant(to, ENV.budgetsTable, budgets, ['UpdateItem'], onlyAttributes([...COUNTED, ...BUDGET_COUNTERS]));
  to.allow(['dynamodb:GetItem', 'dynamodb:ConditionCheckItem'], [budgets.tableArn]);
  to.allow(['dynamodb:PutItem'], [budgets.tableArn], onlyKeysLike([PAUSES]));
}

/** For the API: see pauses, end them, and count anew how runs end. It can pause nothing, nor change what is leased or spent. */
export function grantResumeWorkflows(to: ServiceFunction, { budgets }: Ledger): void {
  const [ofPauses, ending] = [onlyKeysLike([PAUSES]), onlyAttributes(PAUSE_ATTRIBUTES_OF_PEOPLE)];
  grant(to, ENV.budgetsTable, budgets, ['GetItem'], ofPauses);
  to.allow(['dynamodb:UpdateItem'], [budgets.tableArn], {
    ...ofPauses,
    ...ending,
    Null: { ...(ofPauses.Null as object), ...(ending.Null as object) },
  });
  to.allow(['dynamodb:UpdateItem'], [budgets.tableArn], onlyAttributes(COUNTED));
}

const COUNTED = [BUDGETS.partitionKey, BUDGETS.sortKey, BUDGETS.timeToLive, ...OUTCOME_COUNTERS];

/** For `open-run`: see whether a workflow is paused, and say that policies have changed. It can pause nothing. */
export function grantSeeChanges(to: ServiceFunction, { budgets }: Ledger): void {
  grant(to, ENV.budgetsTable, budgets, ['GetItem'], onlyKeysLike([PAUSES, POLICY_MARKS]));
  to.allow(['dynamodb:PutItem'], [budgets.tableArn], onlyKeysLike([POLICY_MARKS]));
}

/** For the API: show what is left. */
export function grantReadBudgets(to: ServiceFunction, { budgets }: Ledger): void {
  grant(to, ENV.budgetsTable, budgets, ['Query']);
}
