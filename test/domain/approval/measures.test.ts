import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  approverMeasures,
  measuresBy,
  queueAge,
  reviewMeasures,
  spreadOf,
} from '../../../domain/approval/measures.ts';
import type { RecordedApproval, RecordedVerdict } from '../../../domain/approval/recorded.ts';

function approval(changes: Partial<RecordedApproval>): RecordedApproval {
  return {
    ...{ approvalId: 'apr-1', tenant: 'acme', runId: 'run-1', workflow: 'desk', agent: 'desk' },
    ...{ tool: 'shop.refund', askedAt: '2026-11-21T09:00:00.000Z', reasons: [], verdicts: [] },
    outcome: 'waiting',
    ...changes,
  };
}

const said = (by: string, verdict: RecordedVerdict['verdict'], afterSeconds: number): RecordedVerdict => ({
  ...{ by, verdict, afterSeconds, at: '2026-11-21T09:10:00.000Z' },
});

const APPROVALS = [
  approval({
    outcome: 'approved',
    decidedAfterSeconds: 30,
    verdicts: [said('maria', 'approve', 10), said('theo', 'approve', 30)],
    execution: { status: 'succeeded', preview: 'as_shown' },
  }),
  approval({
    outcome: 'approved',
    decidedAfterSeconds: 40,
    verdicts: [said('maria', 'approve', 20), said('maria', 'withdraw', 25), said('theo', 'approve', 40)],
    execution: { status: 'succeeded', preview: 'otherwise' },
  }),
  approval({
    outcome: 'rejected',
    decidedAfterSeconds: 500,
    tool: 'ops.deploy',
    agent: 'operations',
    verdicts: [said('maria', 'approve', 100), said('maria', 'reject', 500)],
  }),
  approval({ outcome: 'expired' }),
  approval({ outcome: 'unreachable', tool: 'ops.deploy' }),
  approval({ outcome: 'abandoned' }),
  approval({ outcome: 'waiting' }),
];

suite('how people dealt with what they were asked', () => {
  test('counts what came of it, and how long people took', () => {
    assert.deepEqual(reviewMeasures(APPROVALS), {
      ...{
        asked: 7,
        decided: 3,
        approved: 2,
        rejected: 1,
        expired: 1,
        unreachable: 1,
        abandoned: 1,
        waiting: 1,
      },
      withdrawn: 1,
      secondsToDecide: { p50: 40, p90: 500, max: 500 },
      overrideRate: 1 / 3,
      shown: 2,
      changedOtherwise: 1,
    });
  });

  test('has no rate and no time where nothing was decided', () => {
    const { overrideRate, secondsToDecide, decided } = reviewMeasures([approval({ outcome: 'expired' })]);
    assert.deepEqual([overrideRate, secondsToDecide, decided], [undefined, undefined, 0]);
  });

  test('counts of each person what they said last of each approval', () => {
    assert.deepEqual(approverMeasures(APPROVALS), [
      {
        ...{ approver: 'maria', decided: 2, approved: 1, rejected: 1, withdrawn: 1 },
        secondsToDecide: { p50: 10, p90: 500, max: 500 },
        overrideRate: 0.5,
      },
      {
        ...{ approver: 'theo', decided: 2, approved: 2, rejected: 0, withdrawn: 0 },
        secondsToDecide: { p50: 30, p90: 40, max: 40 },
        overrideRate: 0,
      },
    ]);
  });

  test('is told of each tool and each agent', () => {
    const told = (by: 'agent' | 'tool') =>
      measuresBy(APPROVALS, by).map(({ group, asked, overrideRate }) => [group, asked, overrideRate]);
    assert.deepEqual(told('tool'), [
      ['ops.deploy', 2, 1],
      ['shop.refund', 5, 0],
    ]);
    assert.deepEqual(told('agent'), [
      ['desk', 6, 0],
      ['operations', 1, 1],
    ]);
  });
});

const SPREADS: readonly (readonly [readonly number[], ReturnType<typeof spreadOf>])[] = [
  [[], undefined],
  [[7], { p50: 7, p90: 7, max: 7 }],
  [[2, 1], { p50: 1, p90: 2, max: 2 }],
  [[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], { p50: 5, p90: 9, max: 10 }],
  [[11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1], { p50: 6, p90: 10, max: 11 }],
];
for (const [numbers, expected] of SPREADS) {
  test(`the spread of [${numbers}] is by nearest rank`, () => {
    assert.deepEqual(spreadOf(numbers), expected);
  });
}

test('the queue is as old as what waits in it', () => {
  const now = '2026-11-21T10:00:00.000Z';
  const waiting = ['2026-11-21T09:00:00.000Z', '2026-11-21T09:59:00.000Z', '2026-11-21T10:00:05.000Z'];
  assert.deepEqual(
    queueAge(
      waiting.map((requestedAt) => ({ requestedAt })),
      now,
    ),
    {
      waiting: 3,
      secondsWaited: { p50: 60, p90: 3600, max: 3600 },
    },
  );
  assert.deepEqual(queueAge([], now), { waiting: 0 });
});
