import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepsOf } from '../../../domain/replay/steps.ts';
import { ASKED, decision, event, executed, MANAGER } from '../../support/replay.ts';

const RUN = [
  event(0, 'run/opened', {
    ...{ type: 'run.opened', owner: 'desk', mode: 'autonomous', policyDigest: 'p', envelopeDigest: 'e' },
    capMicroDollars: 1,
  }),
  decision(1, { ...ASKED, ...MANAGER }),
  decision(2, { callId: '0001-01' }),
  event(3, '0001-00/waiting', {
    ...{
      type: 'approval.waiting',
      callId: '0001-00',
      approvalId: 'a-1',
      expiresAt: '2026-11-22T00:00:00.000Z',
    },
  }),
  executed(4, '0001-01'),
  decision(5, { id: '0001-00/decided/a-1', approvalId: 'a-1' }),
  executed(6),
  event(7, '0001-00/settled', {
    ...{ type: 'call.settled', callId: '0001-00', tool: 'loyalty.add_points', happened: true, by: 'maria' },
    note: 'seen',
  }),
  event(8, 'question/verdict', {
    ...{ type: 'approval.verdict', callId: 'question-1', approvalId: 'q-1', verdict: 'approve', by: 'maria' },
    ...{ via: 'api', afterSeconds: 1, state: 'approved' },
  }),
  event(9, 'run/closed', { type: 'run.closed', outcome: 'completed', spentMicroDollars: 0, calls: 2 }),
];

test('a call is one step, where its first event is, with all that happened to it', () => {
  const steps = stepsOf(RUN);
  assert.deepEqual(
    steps.map((step) => (step.kind === 'call' ? step.callId : step.event.type)),
    ['run.opened', '0001-00', '0001-01', 'approval.verdict', 'run.closed'],
  );
  const [, call] = steps;
  assert.ok(call?.kind === 'call');
  assert.deepEqual(
    call.decisions.map(({ decision: decided }) => decided),
    ['needs_approval', 'allow'],
  );
  assert.deepEqual(
    [call.approvals.length, call.executed?.id, call.settled?.id],
    [1, '0001-00/executed', '0001-00/settled'],
  );
});

test('neither the order of events nor an event that is given twice changes a step', () => {
  assert.deepEqual(stepsOf([...RUN.toReversed(), ...RUN.slice(2, 5)]), stepsOf(RUN));
});

test("a grant's use names the call of another run, and is no call of its own", () => {
  const used = event(1, 'used/run-2/0001-00', {
    ...{ type: 'break_glass.used', usedByRun: 'run-2', callId: '0001-00', tool: 'loyalty.add_points' },
    ...{ resource: 'Member/m_1', userId: 'ines' },
  });
  assert.deepEqual(stepsOf([used]), [{ kind: 'frame', event: used }]);
});
