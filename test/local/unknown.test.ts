import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecuteResult } from '../../contracts/call.ts';
import {
  as,
  authorizedOnly,
  eventsOf,
  eventually,
  invoke,
  itemsOfRun,
  LENA,
  newTenant,
  ofType,
  shopOf,
  tamper,
} from '../support/cloud.ts';

const PAST = '2020-01-01T00:00:00.000Z';
const NOTE = 'looked at the order';

/** A call that broke off in a run that was closed since: nothing is repeated there, so nobody knows. */
async function unknownCall() {
  const tenant = await newTenant();
  const { run, reference } = await authorizedOnly(tenant);
  const key = { run: `${tenant}#${run.runId}`, callId: reference.callId };
  await tamper('Warrants', key, { state: 'executing', attempt: 1, deadline: PAST });
  await invoke('CloseRun', { run, error: { Error: 'Stopped', Cause: 'by an operator' } });
  const answer = (await invoke('execute-retail', reference)) as ExecuteResult;
  assert.equal(answer.status, 'unknown');
  return { run, reference, answer };
}

type Unknown = Awaited<ReturnType<typeof unknownCall>>;

const queueOf = async ({ run }: Unknown) =>
  eventually('the call is in the queue', async () => {
    const outcomes = await (await as('maria')).listUnknownOutcomes(run.tenant);
    return outcomes.length > 0 ? outcomes : undefined;
  });

const settle = async (
  { run, reference }: Unknown,
  person: 'maria' | 'theo' | 'omar' | 'noor',
  happened: boolean,
) =>
  (await as(person)).settleOutcome(run.runId, reference.callId, { tenant: run.tenant, happened, note: NOTE });

const warrantOf = async ({ run, reference }: Unknown) =>
  (await itemsOfRun('Warrants', run)).find(({ callId }) => callId === reference.callId);

test('a call of which nobody knows waits for a person, without being purged, and shows what to look up', async () => {
  const unknown = await unknownCall();
  const [outcome, ...others] = await queueOf(unknown);
  assert.deepEqual(others, []);
  assert.equal(outcome?.callId, unknown.reference.callId);
  assert.equal(outcome.tool, 'retail.cancel_pending_order');
  assert.equal(outcome.idempotency, 'by_key');
  assert.equal(outcome.idempotencyKey, unknown.reference.digest.slice(0, 36));
  assert.deepEqual(
    [outcome.user.id, outcome.attempts, outcome.reviewerRole],
    [LENA.id, 2, 'support_manager'],
  );
  assert.equal(outcome.error?.code, 'outcome_unknown');
  assert.equal((await warrantOf(unknown))?.purgeAt, undefined);
});

for (const [happened, status] of [
  [true, 'succeeded'],
  [false, 'failed'],
] as const) {
  test(`a person finds out that it ${happened ? 'happened' : 'did not happen'}: the record, the receipt and the executor say so`, async () => {
    const unknown = await unknownCall();
    const { run, reference, answer } = unknown;
    const before = await shopOf(run.tenant);
    const app = await as('app');
    const { budget } = await app.getRun(run.tenant, run.runId);
    await queueOf(unknown);
    const settled = await settle(unknown, 'maria', happened);
    assert.deepEqual([settled.status, settled.settled.by], [status, 'maria']);

    const again = (await invoke('execute-retail', reference)) as ExecuteResult;
    assert.equal(again.status, status);
    assert.equal(again.costMicroDollars, answer.costMicroDollars);
    assert.deepEqual(await shopOf(run.tenant), before, 'settling does nothing to the shop');
    assert.deepEqual((await app.getRun(run.tenant, run.runId)).budget, budget, 'nor to the account');
    assert.ok((await warrantOf(unknown))?.purgeAt > Date.now() / 1000);

    const events = await eventsOf(run);
    const [event, ...more] = ofType(events, 'call.settled');
    assert.deepEqual(
      [event?.callId, event?.happened, event?.by, event?.note],
      [reference.callId, happened, 'maria', NOTE],
    );
    assert.deepEqual(more, []);
    const receipt = await app.getReceipt(run.tenant, run.runId);
    const { outcome } = receipt.calls.find(({ callId }) => callId === reference.callId) ?? {};
    const { at, ...who } = outcome?.settled ?? assert.fail('the receipt does not say who settled it');
    assert.deepEqual([outcome?.status, who], [status, { happened, by: 'maria', note: NOTE }]);
    assert.equal(at, event?.at);
    await eventually('it is out of the queue', async () =>
      (await app.listUnknownOutcomes(run.tenant)).length === 0 ? true : undefined,
    );
  });
}

test('only a reviewer settles, once, and of two at once one', async () => {
  const unknown = await unknownCall();
  await assert.rejects(settle(unknown, 'omar', true), { code: 'missing_role' });
  await assert.rejects(settle(unknown, 'noor', true), { code: 'missing_role' });
  const { run, reference } = unknown;
  const asApp = (await as('app')).settleOutcome(run.runId, reference.callId, {
    ...{ tenant: run.tenant, happened: true, note: NOTE },
  });
  await assert.rejects(asApp, { code: 'unknown_person' });
  const answers = await Promise.allSettled([settle(unknown, 'maria', true), settle(unknown, 'theo', false)]);
  assert.deepEqual(answers.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  const lost = answers.find((each) => each.status === 'rejected');
  assert.equal(lost?.reason.code, 'already_settled');
  assert.equal(ofType(await eventsOf(run), 'call.settled').length, 1);
});

test('a call whose outcome is known is not for people to settle', async () => {
  const tenant = await newTenant();
  const { run, reference } = await authorizedOnly(tenant);
  const maria = await as('maria');
  const settled = () =>
    maria.settleOutcome(run.runId, reference.callId, { tenant, happened: true, note: NOTE });
  await assert.rejects(settled(), { code: 'not_unknown', message: /is authorized/ });
  await invoke('execute-retail', reference);
  await assert.rejects(settled(), { code: 'not_unknown', message: /is succeeded/ });
  assert.deepEqual(await maria.listUnknownOutcomes(tenant), []);
});
