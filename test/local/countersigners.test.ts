import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Person } from '../../local/people.ts';
import {
  as,
  call,
  closed,
  eventsOf,
  newTenant,
  ORDERS,
  ofType,
  type StartedRun,
  start,
  waiting,
} from '../support/cloud.ts';

/** Many points, which one support manager has to approve; there are two. The member gains from them. */
async function points(member: string, user: string, starter: Person = 'app'): Promise<StartedRun> {
  const tenant = await newTenant();
  const add = {
    tool: 'loyalty.add_points',
    arguments: { member_id: member, points: 501, reason: 'goodwill' },
  };
  const { runId } = await (await as(starter)).startRun('store-operations', {
    ...{ tenant, clientToken: randomUUID(), input: { proposals: [add] } },
    user: { id: user, roles: ['store_staff'] },
  });
  return { tenant, runId };
}

const forbidden: Record<string, readonly [string, Parameters<typeof points>, Person, Person]> = {
  'whom the run acts for': ['own_request', ['lena_hofer_4821', 'maria'], 'maria', 'theo'],
  'who has started the run': ['own_request', ['lena_hofer_4821', 'sam', 'theo'], 'theo', 'maria'],
  'who gains from the call': ['own_benefit', ['theo', 'sam'], 'theo', 'maria'],
};
for (const [who, [code, run, self, other]] of Object.entries(forbidden)) {
  test(`a person ${who} does not countersign it, and somebody else does`, async () => {
    const started = await points(...run);
    const approvalId = await waiting(started);
    const verdict = { tenant: started.tenant, verdict: 'approve' } as const;
    await assert.rejects((await as(self)).decideApproval(approvalId, verdict), { code });
    assert.equal((await (await as(other)).decideApproval(approvalId, verdict)).state, 'approved');
    assert.equal((await closed(started)).outcome, 'completed');
    assert.equal(ofType(await eventsOf(started), 'call.executed')[0]?.status, 'succeeded');
  });
}

test('a call that nobody is left to countersign is refused at once, and the run goes on', async () => {
  const run = await points('theo', 'maria');
  assert.equal((await closed(run)).outcome, 'completed');
  const [decided, ...others] = ofType(await eventsOf(run), 'call.decided');
  assert.deepEqual(
    [decided?.decision, decided?.reasons?.[0]?.code, others],
    ['deny', 'approval_unreachable', []],
  );
  assert.match(
    decided?.reasons?.[0]?.message ?? '',
    /it takes 1 of role 'support_manager', of whom there are 0/,
  );
  assert.deepEqual(await (await as('theo')).listApprovals(run.tenant), []);
});

test('an approval is taken back, and the quorum waits for two who still stand behind it', async () => {
  const tenant = await newTenant();
  const run = await start(tenant, [call.cancel(ORDERS.large)]);
  const approvalId = await waiting(run);
  const [maria, theo] = [await as('maria'), await as('theo')];
  const [approve, withdraw] = (['approve', 'withdraw'] as const).map((verdict) => ({ tenant, verdict }));
  assert.ok(approve && withdraw);
  await maria.decideApproval(approvalId, approve);
  await assert.rejects(theo.decideApproval(approvalId, withdraw), { code: 'nothing_to_withdraw' });
  assert.deepEqual((await maria.decideApproval(approvalId, withdraw)).verdicts, []);
  assert.equal((await theo.decideApproval(approvalId, approve)).state, 'waiting');
  assert.equal((await maria.decideApproval(approvalId, approve)).state, 'approved');
  assert.equal((await closed(run)).outcome, 'completed');
  assert.deepEqual(
    ofType(await eventsOf(run), 'approval.verdict').map(({ by, verdict }) => `${by} ${verdict}`),
    ['maria approve', 'maria withdraw', 'theo approve', 'maria approve'],
  );
});
