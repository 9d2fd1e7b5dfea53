import type { ProblemCode } from '../../../cli/audit/codes.ts';
import type { LedgerEvent } from '../../../contracts/events.ts';
import { canonicalJson } from '../../../domain/call/canonical.ts';
import { eventsAt, honestRun } from '../../support/audited-log.ts';

export const START = Date.parse('2026-11-20T10:00:00.000Z');
const DAY = 24 * 3600 * 1000;

/** A run that is forged, whole and in order: its entries are 0 to 10. */
export const RUN = honestRun('run-1', START);
/** So that a day has passed since. */
const LATER = honestRun('run-2', START + 2 * DAY);

/** A log that is signed as it must be, and says what cannot be. */
interface Forgery {
  readonly what: string;
  readonly lines: readonly string[];
  readonly code: ProblemCode;
  readonly leaf: number;
  readonly call?: string;
}

type Changed = Readonly<Record<string, unknown>>;

/** Entry numbers in `honestRun`. */
const [READ, READ_DONE, ASKED, WITHDRAWN, JONAS] = [1, 2, 3, 5, 6];
const [DECIDED, DONE, CLOSED] = [8, 9, 10];

const lines = (events: readonly unknown[]) => events.map((event) => canonicalJson(event));
const without = (...places: readonly number[]) => RUN.filter((_, place) => !places.includes(place));
const withChange = (place: number, change: Changed) =>
  RUN.map((event, at): unknown => (at === place ? { ...event, ...change } : event));
const withMore = (...bodies: Parameters<typeof eventsAt>[2]) => [
  ...RUN,
  ...eventsAt('run-1', START + 5000, bodies),
];
const body = (place: number) => {
  const { id, at, v, tenant, runId, workflow, agent, ...rest } = RUN[place] as LedgerEvent;
  return rest;
};
const line = (place: number) => canonicalJson(RUN[place]);
const settled = { happened: true, by: 'maria', note: 'looked', tool: 'retail.cancel_pending_order' };

const row = (
  what: string,
  events: readonly unknown[],
  code: ProblemCode,
  leaf: number,
  call?: string,
): Forgery => ({ what, lines: lines(events), code, leaf, ...(call === undefined ? {} : { call }) });
const rowOfLines = (what: string, place: number, text: string, code: ProblemCode): Forgery => ({
  ...{ what, code, leaf: place },
  lines: lines(RUN).with(place, text),
});

export const FORGERIES: readonly Forgery[] = [
  row('a call executed that nobody decided', without(READ), 'execution_unauthorized', 1, '0001-00'),
  row(
    'a call executed that was denied',
    withChange(READ, { decision: 'deny' }),
    'execution_unauthorized',
    2,
    '0001-00',
  ),
  row('a call executed that still needed people', without(DECIDED), 'execution_unauthorized', 8, '0002-00'),
  row(
    'a call of another run executed',
    withChange(READ_DONE, { runId: 'run-9' }),
    'execution_unauthorized',
    2,
    '0001-00',
  ),
  row(
    'a call of another tenant executed',
    withChange(READ_DONE, { tenant: 'globex' }),
    'execution_unauthorized',
    2,
    '0001-00',
  ),
  row(
    'a call executed twice',
    withMore(['0001-00/executed', body(READ_DONE)]),
    'execution_repeated',
    11,
    '0001-00',
  ),
  row(
    'a call that people approved executed twice',
    withMore(['0002-00/executed', body(DONE)]),
    'execution_repeated',
    11,
    '0002-00',
  ),
  row('a call allowed twice', withMore(['0001-00/decided', body(READ)]), 'decision_repeated', 11, '0001-00'),
  row(
    'an allowed call denied later',
    withMore(['0001-00/decided', { ...body(READ), decision: 'deny' } as never]),
    'decision_repeated',
    11,
    '0001-00',
  ),
  row(
    'another tool executed than allowed',
    withChange(DONE, { tool: 'retail.refund' }),
    'execution_of_another_tool',
    9,
    '0002-00',
  ),
  row('one approval too few', without(JONAS), 'approval_missing', 7, '0002-00'),
  row('an approval that was withdrawn', without(7), 'approval_missing', 7, '0002-00'),
  row('the same person twice', withChange(JONAS, { by: 'maria' }), 'approval_missing', 8, '0002-00'),
  row('no approval at all', without(4, 5, 6, 7), 'approval_missing', 4, '0002-00'),
  row('a rejection', withChange(JONAS, { verdict: 'reject' }), 'approval_missing', 8, '0002-00'),
  row(
    'approvals of another question',
    withChange(JONAS, { approvalId: 'apr-00000000000000000000' }),
    'approval_missing',
    8,
    '0002-00',
  ),
  row('a quorum that was raised', withChange(ASKED, { quorum: 3 }), 'approval_missing', 8, '0002-00'),
  row(
    'as many of a later role as the first takes, and not as it takes itself',
    withChange(DECIDED, { context: { approvals: { director: 2 } } }).map((event, place) =>
      place === ASKED
        ? { ...(event as LedgerEvent), laterAsks: [{ approverRole: 'director', quorum: 3 }] }
        : event,
    ),
    'approval_missing',
    8,
    '0002-00',
  ),
  row('nobody was asked', without(ASKED), 'approval_missing', 7, '0002-00'),
  row(
    'allowed without the approval that was asked for',
    withChange(DECIDED, { approvalId: undefined }),
    'approval_missing',
    8,
    '0002-00',
  ),
  row(
    'fewer people than the decision says stood behind it',
    withChange(DECIDED, { context: { approvals: { director: 3 } } }),
    'approval_missing',
    8,
    '0002-00',
  ),
  row(
    'an approval for other arguments',
    withChange(DECIDED, { digest: 'f'.repeat(64) }),
    'approval_of_another_call',
    8,
    '0002-00',
  ),
  row(
    'an approval whose id is of another call',
    RUN.map((event) =>
      'approvalId' in event ? { ...event, approvalId: 'apr-00000000000000000000' } : event,
    ),
    'approval_of_another_call',
    8,
    '0002-00',
  ),
  row(
    'no outcome of a call, a day after its run',
    [...without(DONE), ...LATER],
    'outcome_missing',
    8,
    '0002-00',
  ),
  row(
    'a person settles what was known',
    withMore(['0002-00/settled', { type: 'call.settled', callId: '0002-00', ...settled }]),
    'settlement_unfounded',
    11,
    '0002-00',
  ),
  row(
    'a person settles what was never executed',
    [
      ...without(DONE),
      ...eventsAt('run-1', START + 5000, [
        ['0002-00/settled', { type: 'call.settled', callId: '0002-00', ...settled }],
      ]),
    ],
    'settlement_unfounded',
    10,
    '0002-00',
  ),
  row('an event of a later version', withChange(CLOSED, { v: 2 }), 'entry_unknown_version', CLOSED),
  row('an event of no tenant', withChange(CLOSED, { tenant: '' }), 'entry_malformed', CLOSED),
  row(
    'an event with a time that is none',
    withChange(CLOSED, { at: '2026-11-20' }),
    'entry_malformed',
    CLOSED,
  ),
  row(
    'a verdict without its call',
    withChange(WITHDRAWN, { callId: undefined }),
    'entry_malformed',
    WITHDRAWN,
  ),
  rowOfLines(
    'an event with its members in another order',
    READ,
    JSON.stringify({ v: 1, ...RUN[READ] }),
    'entry_not_canonical',
  ),
  rowOfLines('an event with white space', READ, line(READ).replace(',', ', '), 'entry_not_canonical'),
  rowOfLines(
    'an event with a member twice',
    READ,
    line(READ).replace('{', '{"agent":"other",'),
    'entry_not_canonical',
  ),
];
