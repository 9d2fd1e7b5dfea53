import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../contracts/environment.ts';
import type { RunOutcome } from '../../contracts/run.ts';
import { NOTHING_FOUND } from '../../domain/detector/detector.ts';
import type { StopCondition } from '../../domain/envelope/envelope.ts';
import { transact } from '../../functions/adapters/dynamodb.ts';
import { eventsAfter } from '../../functions/adapters/events.ts';
import { pauseWorkflow, readOutcomes, readPause } from '../../functions/adapters/pauses.ts';
import { type OpenRunRecord, readRun, requestRun } from '../../functions/adapters/runs.ts';
import { getBudgets } from '../../functions/api/budgets.ts';
import { ApiFailure } from '../../functions/api/http.ts';
import { resumeWorkflow } from '../../functions/api/resume-workflow.ts';
import { startRun } from '../../functions/api/start-run.ts';
import { closeRun } from '../../functions/close-run/close-run.ts';
import { openRun as openRequestedRun } from '../../functions/open-run/open-run.ts';
import { arnOf, bundle, directory } from '../support/bundle.ts';
import { DIGEST_KEY } from '../support/digest-key.ts';
import { ledgerTables, noLedger } from '../support/ledger-tables.ts';
import { NOON, openRun } from '../support/open-run.ts';

const DESK = 'refund-desk';
const DAY = '2026-11-21';
const HALF_FAILED: StopCondition = { metric: 'failed_runs', share: 0.5, of_at_least: 2 };
const desk = bundle.envelopes[DESK] ?? assert.fail();
const watched: typeof bundle = {
  ...bundle,
  envelopes: { ...bundle.envelopes, [DESK]: { ...desk, stop_conditions: [HALF_FAILED] } },
};

describe('a workflow with stop conditions', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
  });
  after(() => tables[Symbol.asyncDispose]());

  const newTenant = () => `t-${randomUUID().slice(0, 8)}`;
  const dependencies = (now = NOON) => ({
    ...{ client, bundle: watched, directory, clock: () => new Date(now) },
    recordPolicyChange: async () => {},
  });
  const opened = (tenant: string, of: Partial<OpenRunRecord> = {}) =>
    openRun(client, { workflow: DESK, agent: DESK, tenant, ...of });
  const close = (run: OpenRunRecord, outcome: RunOutcome = 'failed', of = dependencies()) =>
    closeRun({ run, plan: { next: 'close', turn: 1, calls: [], outcome } }, of);
  const counted = (tenant: string) => readOutcomes(client, { tenant, workflow: DESK, day: DAY });
  const pauseOf = (tenant: string) => readPause(client, { tenant, workflow: DESK });
  const pauseEvents = async (...runs: readonly OpenRunRecord[]) => {
    const all = await Promise.all(runs.map((run) => eventsAfter(client, run)));
    return all.flatMap(({ events }) => events.filter(({ type }) => type === 'workflow.paused'));
  };
  const resume = (tenant: string, person = 'maria', workflow = DESK) =>
    resumeWorkflow(
      workflow,
      JSON.stringify({ tenant, note: 'the model is back, says ann@example.com' }),
      arnOf(person),
      dependencies(),
    );
  const start = (tenant: string, clientToken: string = randomUUID()) => {
    const input = { prompt: 'refund order W1' };
    const body = JSON.stringify({ tenant, clientToken, user: { id: 'lena' }, input });
    return startRun(DESK, body, undefined, {
      ...{ ...dependencies(), prefix: 'p', recordedProvider: false, traceHeader: undefined },
      stepFunctions: { send: async () => ({}) } as never,
      transcripts: { write: async () => undefined, read: () => assert.fail('nothing to read') },
      place: { partition: 'aws', region: 'eu-west-1', account: '000000000000' },
      ...{ randomId: randomUUID, randomKey: () => DIGEST_KEY },
      detect: async () => NOTHING_FOUND,
    });
  };
  const fails = (code: string) => (error: unknown) => error instanceof ApiFailure && error.code === code;
  /** @returns the two runs that have paused it */
  async function paused(tenant: string): Promise<readonly [OpenRunRecord, OpenRunRecord]> {
    const runs = [await opened(tenant), await opened(tenant)] as const;
    await close(runs[0]);
    await close(runs[1]);
    return runs;
  }

  test('is paused by the run that breaches one, once, with the reason on its record', async () => {
    const tenant = newTenant();
    const runs = [await opened(tenant), await opened(tenant), await opened(tenant)] as const;
    assert.equal((await close(runs[0])).paused, undefined, 'too few runs');
    const { paused: reason } = await close(runs[1], 'completed');
    assert.equal(
      reason?.message,
      'failed_runs are 1 (50 %), the limit is 50 %: of 2 runs closed today, counted from 2 on',
    );
    const pause = { workflow: DESK, reason, at: NOON, runId: runs[1].runId };
    assert.equal((await close(runs[2])).paused, undefined, 'it is paused already');
    assert.deepEqual(await pauseOf(tenant), pause);
    const [event, ...others] = await pauseEvents(...runs);
    assert.deepEqual(
      [event?.runId, event?.type === 'workflow.paused' && event.reason],
      [pause.runId, reason],
    );
    assert.deepEqual(others, []);
    const view = await getBudgets(tenant, undefined, dependencies());
    assert.deepEqual(view.paused, [pause]);
    assert.ok(!view.scopes.some(({ scope }) => scope === 'outcomes'), 'how runs ended is no scope');
    assert.equal(await pauseOf(newTenant()), undefined, 'another tenant goes on');
  });

  test('counts a run once, however often and by how many at once it is closed', async () => {
    const tenant = newTenant();
    const run = await opened(tenant, { spentMicroDollars: 30, heldMicroDollars: 12 });
    await Promise.all([close(run), close(run), close(run)]);
    await close(run, 'stopped');
    const expected = { runs: 1, failed: 1, stopped: 0, costMicroDollars: 42 };
    const { runs, failed, stopped, costMicroDollars } = await counted(tenant);
    assert.deepEqual({ runs, failed, stopped, costMicroDollars }, expected);
    assert.equal(await pauseOf(tenant), undefined);
  });

  test('is paused once by runs that close at once, each of which counts', async () => {
    const tenant = newTenant();
    const runs = await Promise.all([1, 2, 3, 4].map(() => opened(tenant)));
    const closed = await Promise.all(runs.map((run) => close(run)));
    assert.equal(closed.filter(({ paused: reason }) => reason !== undefined).length, 1);
    assert.equal((await pauseEvents(...runs)).length, 1);
    assert.equal((await counted(tenant)).runs, 4);
  });

  test('is paused by the repeat when whoever closed the run has died before', async () => {
    const tenant = newTenant();
    const runs = await Promise.all([1, 2].map(() => opened(tenant)));
    // nothing is breached in the eyes of those that close, as if they had died before they looked
    const lenient = { ...desk, stop_conditions: [{ ...HALF_FAILED, of_at_least: 100 }] };
    const blind = { ...dependencies(), bundle: { ...bundle, envelopes: { [DESK]: lenient } } };
    for (const run of runs) {
      await close(run, 'failed', blind);
    }
    assert.equal(await pauseOf(tenant), undefined);
    assert.equal((await close(runs[1] ?? assert.fail())).paused?.code, 'stop_condition');
  });

  test('takes no new run while it is paused, but answers for one that is on record', async () => {
    const tenant = newTenant();
    const { run } = await start(tenant, 'token');
    await paused(tenant);
    await assert.rejects(start(tenant), (error) => {
      assert.ok(error instanceof ApiFailure);
      assert.deepEqual([error.status, error.code], [409, 'workflow_paused']);
      return error.message.includes('failed_runs are 2 (100 %)');
    });
    assert.deepEqual((await start(tenant, 'token')).run, run);
    assert.equal((await start(newTenant())).created, true);
  });

  test('opens a run as stopped that was requested before, and does not count it', async () => {
    const tenant = newTenant();
    const reference = { tenant, runId: `run-${randomUUID()}` };
    const asked = { ...reference, workflow: DESK, agent: desk.agent, user: { id: 'lena', roles: [] } };
    await transact(client, {
      run: requestRun({ ...asked, requestDigest: 'r', requestedAt: NOON, status: 'requested' }),
    });
    await paused(tenant);
    await openRequestedRun(reference, dependencies());
    const run = (await readRun(client, reference)) ?? assert.fail();
    assert.deepEqual([run.status, run.mode], ['open', 'stopped']);
    await close(run as OpenRunRecord, 'stopped');
    assert.equal((await counted(tenant)).runs, 2);
  });

  test('goes on when a person resumes it, and counts anew', async () => {
    const tenant = newTenant();
    const [, last] = await paused(tenant);
    const pause = await resume(tenant);
    assert.deepEqual([pause.workflow, pause.runId], [DESK, last.runId]);
    const { events } = await eventsAfter(client, { tenant, runId: `pause-${DESK}` });
    assert.deepEqual(
      events.map((event) => event.type === 'workflow.resumed' && event.by),
      ['maria'],
    );
    assert.ok(!JSON.stringify(events).includes('ann@example.com'));
    assert.equal((await start(tenant)).created, true);
    assert.equal((await close(last)).paused, undefined, 'nor does a repeat pause it again');
    assert.equal((await close(await opened(tenant))).paused, undefined);
    assert.equal((await close(await opened(tenant))).paused?.code, 'stop_condition');
    await resume(tenant);
  });

  test('is not paused by counters that somebody has reset since they were read', async () => {
    const tenant = newTenant();
    await paused(tenant);
    const of = { tenant, workflow: DESK, day: DAY };
    const [seen, pause] = [await counted(tenant), (await pauseOf(tenant)) ?? assert.fail()];
    await resume(tenant);
    await assert.rejects(transact(client, pauseWorkflow(of, pause, seen)), { parts: ['outcomes'] });
  });

  test('is resumed by its reviewers, once, and only when it is paused', async () => {
    const tenant = newTenant();
    await assert.rejects(resume(tenant), fails('not_paused'));
    await paused(tenant);
    await assert.rejects(resume(tenant, 'femi'), fails('missing_role'));
    await assert.rejects(resume(tenant, 'maria', 'gone'), fails('unknown_workflow'));
    const twice = await Promise.allSettled([resume(tenant), resume(tenant)]);
    assert.deepEqual(twice.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });

  test('is the only kind that is counted', async () => {
    const { stop_conditions: _, ...envelope } = bundle.envelopes[DESK] ?? assert.fail();
    const without = { ...bundle, envelopes: { [DESK]: envelope } };
    const tenant = newTenant();
    for (const outcome of ['failed', 'stopped'] as const) {
      const run = await opened(tenant);
      await close(run, outcome, { ...dependencies(), bundle: without });
    }
    const { Items = [] } = await client.send(new ScanCommand({ TableName: process.env[ENV.budgetsTable] }));
    const keys = Items.map((item) => `${item.tenantDay} ${item.scope}`);
    assert.ok(!keys.some((key) => key.startsWith(tenant) && key.includes('outcomes#')));
  });
});
