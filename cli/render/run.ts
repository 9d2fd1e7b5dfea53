import type { RunView } from '../../contracts/api.ts';
import { facts, money, printable } from './text.ts';

export function runLines(run: RunView): readonly string[] {
  const { budget, user, reason } = run;
  const roles = user.roles.length === 0 ? '' : ` (${user.roles.map(printable).join(', ')})`;
  const outcome = run.outcome === undefined ? undefined : run.outcome;
  return facts([
    ['run', run.runId],
    ['tenant', run.tenant],
    ['workflow', run.workflow],
    ['agent', run.agent],
    ['user', `${printable(user.id)}${roles}`],
    ['status', run.status],
    ['mode', run.mode],
    ['outcome', outcome && reason ? `${outcome}: ${printable(reason.message)}` : outcome],
    ['waiting for', run.waitingFor === undefined ? undefined : `approval ${run.waitingFor}`],
    ['requested', run.requestedAt],
    ['opened', run.openedAt],
    ['closed', run.closedAt],
    ['held since', run.heldSince],
    ['erased', run.erasedAt],
    ['budget', budget && budgetText(budget)],
  ]);
}

function budgetText(budget: NonNullable<RunView['budget']>): string {
  const { capMicroDollars, heldMicroDollars, spentMicroDollars, callsLeft } = budget;
  const amounts = `${money(spentMicroDollars)} spent and ${money(heldMicroDollars)} held of ${money(capMicroDollars)}`;
  return `${amounts}, ${callsLeft} calls left`;
}
