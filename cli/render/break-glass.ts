import type { BreakGlassView } from '../../contracts/break-glass.ts';
import { facts, printable, table } from './text.ts';

const COLUMNS = ['grant', 'state', 'until', 'workflow', 'tools', 'incident', 'opened by', 'confirmed by'].map(
  (title) => ({ title }),
);

/** One row for each request that waits for a second person, and each grant that is active. */
export function breakGlassTable(grants: readonly BreakGlassView[]): readonly string[] {
  if (grants.length === 0) {
    return ['no break-glass is active or asked for'];
  }
  const rows = grants.map((grant) => [
    grant.grantId,
    grant.state,
    until(grant),
    printable(grant.workflow),
    grant.tools.map(printable).join(', '),
    printable(grant.incident),
    printable(grant.openedBy),
    printable(grant.confirmedBy ?? ''),
  ]);
  return table(COLUMNS, rows);
}

/** Everything about one grant, and first of all what it permits now, and until when. */
export function breakGlassLines(grant: BreakGlassView): readonly string[] {
  const { confirmedBy, confirmedAt, closedBy, closedAt } = grant;
  return [
    permitted(grant),
    '',
    ...facts([
      ['grant', grant.grantId],
      ['state', grant.state],
      ['tenant', grant.tenant],
      ['workflow', printable(grant.workflow)],
      ['tools', grant.tools.map(printable).join(', ')],
      ['incident', printable(grant.incident)],
      ['reason', printable(grant.reason)],
      ['minutes', String(grant.minutes)],
      ['opened', `by ${printable(grant.openedBy)} at ${grant.openedAt}`],
      ['confirmed', confirmedBy && `by ${printable(confirmedBy)} at ${confirmedAt}`],
      ['closed', closedBy && `by ${printable(closedBy)} at ${closedAt}`],
    ]),
  ];
}

/** A line for each, above whatever else a person looks at. */
export function breakGlassBanner(grants: readonly BreakGlassView[]): readonly string[] {
  return grants.map(
    (grant) =>
      `BREAK-GLASS ${grant.state.toUpperCase()} ${grant.grantId}: ${permitted(grant)} (${printable(grant.incident)})`,
  );
}

function permitted(grant: BreakGlassView): string {
  const what = `${printable(grant.workflow)} of tenant ${grant.tenant} to call ${grant.tools.map(printable).join(', ')}`;
  switch (grant.state) {
    case 'active':
      return `permits ${what} until ${grant.expiresAt}`;
    case 'requested':
      return `permits nothing yet: asks to permit ${what} for ${grant.minutes} minutes, to be confirmed by another person before ${grant.confirmBefore}`;
    default:
      return `permits nothing any more: it is ${grant.state}`;
  }
}

function until({ state, expiresAt, confirmBefore }: BreakGlassView): string {
  return (state === 'active' ? expiresAt : confirmBefore) ?? '';
}
