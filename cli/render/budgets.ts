import type { BudgetsView, PauseView, ScopeView } from '../../contracts/budgets.ts';
import { type Column, money, printable, table } from './text.ts';

const COLUMNS: readonly Column[] = [
  { title: 'scope' },
  { title: 'id' },
  { title: 'cap', align: 'right' },
  { title: 'spent', align: 'right' },
  { title: 'leased', align: 'right' },
  { title: 'left', align: 'right' },
  { title: 'used', align: 'right' },
];

/** A row for each scope of which something was leased that day, and a line for each workflow that is paused. */
export function budgetLines({ tenant, day, timeZone, scopes, paused }: BudgetsView): readonly string[] {
  const leased =
    scopes.length === 0
      ? [`tenant ${tenant} has leased nothing on ${day} (${timeZone})`]
      : [`tenant ${tenant} on ${day} (${timeZone})`, ...table(COLUMNS, scopes.map(row))];
  return [...leased, ...paused.map((pause) => `paused: ${pauseLine(pause)}`)];
}

export function pauseLine({ workflow, reason, at, runId }: PauseView): string {
  return `${printable(workflow)} since ${at}, by ${printable(runId)}: ${printable(reason.message)}`;
}

function row(view: ScopeView): readonly string[] {
  const { scope, id, capMicroDollars, committedMicroDollars, spentMicroDollars } = view;
  const leased = committedMicroDollars - spentMicroDollars;
  const counted = [scope, printable(id), capMicroDollars === undefined ? 'none' : money(capMicroDollars)];
  const amounts = [money(spentMicroDollars), money(leased)];
  return capMicroDollars === undefined
    ? [...counted, ...amounts, '', '']
    : [
        ...counted,
        ...amounts,
        money(Math.max(0, capMicroDollars - committedMicroDollars)),
        `${Math.round((100 * committedMicroDollars) / capMicroDollars)} %`,
      ];
}
