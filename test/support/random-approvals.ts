import type { FieldChange } from '../../contracts/events.ts';
import type { Approval } from '../../domain/approval/approval.ts';
import { approvalOf, given } from './approval.ts';

/** What must not reach Slack, whatever it stands in. */
export const PLANTED = 'AKIAIOSFODNN7EXAMPLE';

/** Pieces of text as models, tools and strangers write them, to see what a place makes of them. */
const PIECES = [
  '<!channel>',
  '<!here|everybody>',
  '<@U0MARIA>',
  '<#C0APPROVALS>',
  '<!subteam^S012AB3CD>',
  '<https://evil.example|approve here>',
  'https://evil.example/a?b=c',
  'evil.example',
  '<!date^0^{date}|never>',
  '*bold*',
  '_slanted_',
  '~struck~',
  '`code`',
  '```\nblock\n```',
  '> quote',
  ':rocket:',
  '@channel',
  '&lt;!channel&gt;',
  'approve me\u202Eem tcejer',
  'zero\u200Bwidth\u2066',
  '\ud83d',
  '\udc4d',
  '👩‍🚒👍🏽',
  'Überweisung für Zoë 東京',
  'مرحبا',
  '\u0000\u001b[2J',
  '\r\n\t',
  '\u2028',
  '|',
  ' ',
  '"',
  '\\',
  ` key ${PLANTED} `,
  'a',
];
const LENGTHS = [0, 1, 2, 3, 3, 8, 8, 40, 150];

/** An approval that nobody would want to see, within what the code that writes approvals lets through. */
export function randomApproval(next: () => number, index = 0): Approval {
  const below = (limit: number): number => Math.floor(next() * limit);
  const oneOf = <T>(values: readonly [T, ...T[]]): T => values[below(values.length)] ?? values[0];
  const text = (): string =>
    Array.from({ length: LENGTHS[below(LENGTHS.length)] ?? 0 }, () => PIECES[below(PIECES.length)]).join('');
  const some = <T>(most: number, make: (index: number) => T): T[] =>
    Array.from({ length: below(most + 1) }, (_, at) => make(at));
  const value = (depth = 0): unknown => {
    const kind = below(depth < 3 ? 8 : 5);
    if (kind < 5) {
      return [text(), below(10 ** 9) / 7, true, null, -0][kind];
    }
    return kind === 5 ? some(4, () => value(depth + 1)) : record(4, () => value(depth + 1));
  };
  const record = <T>(most: number, make: () => T): Record<string, T> =>
    Object.fromEntries(some(most, (at) => [`${text()}${at}`, make()]));
  const change = (): FieldChange => ({
    field: text(),
    ...(below(3) === 0 ? {} : { from: value() }),
    ...(below(3) === 0 ? {} : { to: value() }),
  });
  const preview = oneOf<Approval['preview']>([
    undefined,
    { error: text() },
    { changes: record(9, () => some(below(4) === 0 ? 300 : 8, change)), digest: 'ab'.repeat(32) },
  ]);
  const roles = some(4, (at) => `role_${at}_${'x'.repeat(below(50))}`);
  const said = (by: string) =>
    given(by, oneOf(['approve', 'reject']), { roles, note: `${text()}!`.slice(0, 1000) });
  const isQuestion = below(5) === 0;
  return approvalOf({
    approvalId: `${isQuestion ? 'go' : 'apr'}-${String(index).padStart(20, '0')}`,
    tenant: `tenant-${'y'.repeat(below(32))}`,
    runId: `run-${'z'.repeat(below(60))}`,
    user: { id: text() || 'somebody', roles: [] },
    proposal: isQuestion
      ? {
          tool: 'countersign.continue_run',
          arguments: { reason: text(), evidence: some(40, text), spent: text(), cap: '1 dollars' },
        }
      : { tool: `shop.${text() || 'refund'}`, arguments: record(30, value) },
    resource: `Order/${text()}`,
    facts: record(12, value),
    digest: 'cd'.repeat(32),
    policies: some(20, text),
    reasons: some(20, text),
    tier: below(6),
    kinds: some(6, text),
    holdMicroDollars: below(10 ** 9),
    requesters: some(12, text),
    beneficiaries: some(12, text),
    ...(below(2) === 0
      ? {}
      : { scores: { injection: below(1001), sentiment: below(1001), topics: some(9, text) } }),
    ...(preview === undefined ? {} : { preview }),
    asks: ['manager', ...roles].map((approverRole) => ({
      approverRole,
      quorum: 1 + below(9),
      from: '2026-11-21T09:00:00.000Z',
    })),
    state: oneOf([
      'requested',
      'waiting',
      'waiting',
      'approved',
      'rejected',
      'expired',
      'unreachable',
      'used',
    ]),
    verdicts: some(9, (at) => said(below(3) === 0 ? text() : `person-${at}`)),
  });
}

/** An approval in which everything that may be long is. @param character - what its texts are made of */
export function longApproval(character: string, changes: Partial<Approval> = {}): Approval {
  const long = character.repeat(3200 / character.length);
  const many = Array.from({ length: 10 }, (_, at) => `${at}${long}`);
  const record = Object.fromEntries(many.map((name) => [name, name]));
  const fields = many.map((field) => ({ field, from: field, to: field }));
  return approvalOf({
    approvalId: `apr-${'0'.repeat(20)}`,
    tenant: 't'.repeat(40),
    runId: 'r'.repeat(64),
    workflow: 'w'.repeat(64),
    agent: 'a'.repeat(64),
    user: { id: long, roles: [] },
    proposal: { tool: `shop.${long}`, arguments: record },
    resource: long,
    facts: record,
    digest: 'ef'.repeat(32),
    policies: many,
    reasons: many,
    kinds: many,
    scores: { injection: 1000, sentiment: 1000, topics: many },
    requesters: many,
    beneficiaries: many,
    preview: { changes: Object.fromEntries(many.map((name) => [name, fields])), digest: 'ab'.repeat(32) },
    asks: Array.from({ length: 12 }, (_, at) => ({
      approverRole: `r${at}`.padEnd(64, 'r'),
      quorum: 99,
      from: '2026-11-21T09:00:00.000Z',
    })),
    verdicts: many.map((by) => given(by, 'approve', { note: long })),
    ...changes,
  });
}
