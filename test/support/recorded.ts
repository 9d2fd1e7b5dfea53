import type { RecordedDecision } from '../../domain/policy/recorded.ts';

/** A decision in the log: the desk has added 5 points for a member of the staff. */
export function decided(more: Partial<RecordedDecision> = {}): RecordedDecision {
  const callId = more.callId ?? '0001-00';
  return {
    ...{ v: 1, id: `${callId}/decided`, at: new Date().toISOString(), tenant: 'acme', runId: 'run-1' },
    ...{ workflow: 'desk', agent: 'desk', type: 'call.decided', callId, tool: 'loyalty.add_points' },
    arguments: { member_id: 'm_1', points: 5, reason: 'goodwill' },
    ...{ digest: '0'.repeat(64), resource: 'Member/m_1', policyDigest: '0'.repeat(64) },
    ...{ decision: 'allow', policies: ['agents/desk/few'] },
    context: {
      mode: 'autonomous',
      user: { id: 'ines', roles: ['store_staff'] },
      // whatever the policies that are asked may read of these
      ...{ history: {}, scores: { injection: 0 } },
    },
    ...more,
  } as RecordedDecision;
}
