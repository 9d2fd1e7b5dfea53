import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  type ApprovalEvent,
  ApprovalEventShape,
  recordedApprovals,
  tellsOfApprovals,
} from '../../../domain/approval/recorded.ts';
import {
  closed,
  decided,
  eventsOfRun,
  executed,
  type Happened,
  opened,
  requested,
} from '../../support/metered.ts';

const CANCEL = 'retail.cancel_pending_order';
const of = { at: '2026-11-21T09:00:00.000Z' };

/** The approvals of one run in which this happened, a second apart. */
function approvalsOf(...happened: readonly Happened[]) {
  return recordedApprovals(logged(...happened));
}

function logged(...happened: readonly Happened[]): readonly ApprovalEvent[] {
  return eventsOfRun(of, requested(), opened(), ...happened)
    .filter(({ type }) => tellsOfApprovals(type))
    .map((event) => ApprovalEventShape.parse(event));
}

const asks = (callId = '0001-00', approvalId = 'apr-1'): Happened =>
  decided(callId, CANCEL, 'needs_approval', { approvalId, approverRole: 'manager', quorum: 1 });
const said = (by: string, verdict: 'approve' | 'reject' | 'withdraw', state: string, more: object = {}) =>
  ({
    ...{ type: 'approval.verdict', callId: '0001-00', approvalId: 'apr-1', via: 'slack', afterSeconds: 60 },
    ...{ by, verdict, state, id: `0001-00/verdict/${by}/${verdict}`, ...more },
  }) as Happened;
const allowed = decided('0001-00', CANCEL, 'allow', { approvalId: 'apr-1' });
const refused = (code: string) =>
  decided('0001-00', CANCEL, 'deny', { approvalId: 'apr-1', reasons: [{ code, message: '' }] });
const questioned: Happened = {
  ...{ type: 'run.questioned', approvalId: 'go-1', approverRole: 'manager' },
  reason: { code: 'same_call', message: 'the same call three times' },
};
const ended = (message: string): Happened =>
  ({
    ...{ type: 'run.closed', outcome: 'stopped', spentMicroDollars: 0, calls: 0 },
    reason: { code: 'not_continued', message },
  }) as Happened;

const OUTCOMES: readonly (readonly [string, string, readonly Happened[]])[] = [
  ['waits while nobody has said anything', 'waiting', [asks()]],
  ['waits while the quorum is not reached', 'waiting', [asks(), said('maria', 'approve', 'waiting')]],
  [
    'waits again once an approval was taken back',
    'waiting',
    [asks(), said('maria', 'approve', 'waiting'), said('maria', 'withdraw', 'waiting')],
  ],
  [
    'is approved by the last of the quorum',
    'approved',
    [asks(), said('maria', 'approve', 'waiting'), said('theo', 'approve', 'approved', { afterSeconds: 90 })],
  ],
  ['is approved when the call went through, whatever else the log lacks', 'approved', [asks(), allowed]],
  [
    'is rejected by one',
    'rejected',
    [asks(), said('maria', 'reject', 'rejected'), refused('approval_rejected')],
  ],
  ['has expired', 'expired', [asks(), refused('approval_expired')]],
  ['was unreachable', 'unreachable', [asks(), refused('approval_unreachable')]],
  ['was abandoned by a run that ended first', 'abandoned', [asks(), closed('failed', 'crashed')]],
  [
    'of a run that may go on is approved',
    'approved',
    [questioned, { type: 'run.continued', approvalId: 'go-1' }],
  ],
  [
    'of a run that nobody let go on has expired',
    'expired',
    [questioned, ended('nobody said before 2026-11-21T11:00:00.000Z that the run may go on')],
  ],
  [
    'of a run that could ask nobody was unreachable',
    'unreachable',
    [questioned, ended('nobody could be reached who may say that the run goes on')],
  ],
  ['of a run that ended by itself was abandoned', 'abandoned', [questioned, closed('failed', 'crashed')]],
];

suite('an approval in the log', () => {
  for (const [title, outcome, happened] of OUTCOMES) {
    test(title, () => {
      assert.deepEqual(
        approvalsOf(...happened).map((approval) => approval.outcome),
        [outcome],
      );
    });
  }

  test('has who said what, when it was decided and how the call went', () => {
    const run = executed('0001-00');
    const [approval] = approvalsOf(
      asks(),
      said('maria', 'approve', 'waiting'),
      said('theo', 'approve', 'approved', { afterSeconds: 90, note: 'fine' }),
      allowed,
      { ...run, preview: 'otherwise' } as Happened,
    );
    assert.ok(approval);
    assert.deepEqual(
      approval.verdicts.map(({ by, afterSeconds, note }) => [by, afterSeconds, note]),
      [
        ['maria', 60, undefined],
        ['theo', 90, 'fine'],
      ],
    );
    assert.equal(approval.decidedAfterSeconds, 90);
    assert.deepEqual(approval.execution, { status: 'succeeded', preview: 'otherwise' });
    assert.deepEqual([approval.tool, approval.callId, approval.approverRole], [CANCEL, '0001-00', 'manager']);
  });

  test('tells how long people took where the verdict does not say', () => {
    const [approval] = approvalsOf(asks(), said('maria', 'reject', 'rejected', { afterSeconds: undefined }));
    assert.equal(approval?.decidedAfterSeconds, 1);
  });

  test('that was asked for before what was read is not there, and neither is that of another run', () => {
    assert.deepEqual(approvalsOf(said('maria', 'approve', 'approved')), []);
    const events = [...logged(asks()), ...logged(allowed).map((event) => ({ ...event, runId: 'run-2' }))];
    assert.deepEqual(
      recordedApprovals(events).map(({ outcome }) => outcome),
      ['waiting'],
    );
  });

  test('is the same in any order, and when events come twice', () => {
    const events = logged(
      asks(),
      said('maria', 'approve', 'waiting'),
      said('maria', 'withdraw', 'waiting'),
      said('theo', 'reject', 'rejected'),
      refused('approval_rejected'),
    );
    const expected = recordedApprovals(events);
    assert.deepEqual(recordedApprovals([...events, ...events].reverse()), expected);
    assert.equal(expected.length, 1);
  });
});
