import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { RunInput } from '../../../contracts/api.ts';
import type { CallResult } from '../../../contracts/call.ts';
import type { LedgerEvent } from '../../../contracts/events.ts';
import type { Plan, PlanInput } from '../../../contracts/run.ts';
import { questionIdOf } from '../../../domain/approval/question.ts';
import type { Envelope } from '../../../domain/envelope/envelope.ts';
import { secondsAfter } from '../../../domain/time.ts';
import { approvalView, readApproval, requestApproval } from '../../../functions/adapters/approvals.ts';
import { transact } from '../../../functions/adapters/dynamodb.ts';
import { eventsAfter } from '../../../functions/adapters/events.ts';
import type { OpenRunRecord } from '../../../functions/adapters/runs.ts';
import type { Transcript } from '../../../functions/adapters/transcripts.ts';
import { decideApproval } from '../../../functions/api/approvals.ts';
import { closeRun } from '../../../functions/close-run/close-run.ts';
import { countersign } from '../../../functions/countersign/countersign.ts';
import { plan } from '../../../functions/plan/plan.ts';
import type { Conversation } from '../../../functions/plan/provider.ts';
import { recordedProposer } from '../../../functions/plan/recorded.ts';
import { arnOf, bundle, directory, mayCountersign } from '../../support/bundle.ts';
import { changed } from '../../support/countersigning.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { NOON, openRun } from '../../support/open-run.ts';

const WORKFLOW = 'retail-support';
const LOOK = { tool: 'retail.get_order_details', arguments: { order_id: '#W1' } };
const FOUND = { status: 'pending' };

type Settings = {
  readonly budgets?: Partial<Envelope['budgets']>;
  readonly loops?: Partial<Envelope['loops']>;
};

describe('what slows a run, asks about it or ends it', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
  });
  after(() => tables[Symbol.asyncDispose]());

  /** A run that is planned turn by turn, with a model that always proposes to look at the same order. */
  async function running(
    { budgets = {}, loops = {} }: Settings,
    of: Partial<OpenRunRecord> = {},
    asks: RunInput = { prompt: 'look' },
  ) {
    const run = await openRun(client, { workflow: WORKFLOW, agent: WORKFLOW, ...of });
    const envelope = bundle.envelopes[WORKFLOW] ?? assert.fail();
    const kept = new Map<number, Transcript>([[0, { input: asks, turns: [] }]]);
    const asked: Conversation[] = [];
    const state = { now: NOON, input: { run } as PlanInput };
    const envelopes = {
      [WORKFLOW]: {
        ...envelope,
        budgets: { ...envelope.budgets, ...budgets },
        loops: { ...envelope.loops, ...loops },
      },
    };
    const clock = () => new Date(state.now);
    const planNow = () =>
      plan(state.input, {
        ...{ client, clock, bundle: { ...bundle, envelopes } },
        transcripts: {
          read: async (_, number) =>
            structuredClone(kept.get(number) ?? assert.fail(`no transcript ${number}`)),
          write: async (_, number, transcript) => void kept.set(number, transcript),
        },
        proposers: {
          recorded: recordedProposer,
          models: async (conversation) => {
            asked.push(conversation);
            return { proposals: [{ proposal: LOOK }] };
          },
        },
      });
    const went = (next: Plan, output: (callId: string) => unknown = () => FOUND) => {
      const results = next.calls.map(
        ({ callId }): CallResult => ({
          ...{ decision: 'allow', callId, status: 'succeeded', output: output(callId), costMicroDollars: 1 },
        }),
      );
      state.input = {
        run,
        planned: { plan: next },
        governed: { Status: 'SUCCEEDED', Output: JSON.stringify(results) },
      };
    };
    /** Plans and carries out until there is something else to do than calls. */
    const until = async (turns: number, output?: (callId: string) => unknown): Promise<Plan> => {
      for (let turn = 1; turn <= turns; turn += 1) {
        const { next } = await planNow();
        assert.equal(next.next, 'call', `${turn}: ${JSON.stringify(next)}`);
        went(next, output);
      }
      return (await planNow()).next;
    };
    /** What the machine does with a plan that waits, and what a person then says. */
    const sealToken = async () => ({ sealedToken: 'c2VhbGVk', tokenDigest: `${asked.length}` });
    const sleep = async (next: Plan, verdict?: object): Promise<void> => {
      const wait = next.wait ?? assert.fail();
      await countersign({ run, ...wait, taskToken: 'token' }, { client, clock, sealToken });
      if (verdict !== undefined) {
        const body = JSON.stringify({ tenant: run.tenant, ...verdict });
        await decideApproval(wait.approvalId, body, arnOf('maria'), {
          client,
          directory,
          clock,
          mayCountersign,
        });
      }
      went(next);
    };
    const events = async (type?: LedgerEvent['type']) =>
      (await eventsAfter(client, run)).events.filter((event) => type === undefined || event.type === type);
    const waitingFor = (next: Plan) => ({ tenant: run.tenant, approvalId: next.wait?.approvalId ?? '' });
    const approval = (next: Plan) => readApproval(client, waitingFor(next));
    return { waitingFor, run, state, asked, planNow, until, went, sleep, events, approval };
  }

  const different = (callId: string) => ({ seen: callId });
  const STEPS = [
    { at: 0.25, step: 'alert' },
    { at: 0.5, step: 'less_context' },
    { at: 0.75, step: 'smaller_model' },
  ] as const;

  test('a model that goes round in circles is stopped, with what shows it, on record once', async () => {
    const { until, planNow, events, asked } = await running({});
    const ended = await until(3);
    assert.deepEqual([ended.next, ended.outcome, ended.reason?.code], ['close', 'stopped', 'same_call']);
    assert.match(
      ended.reason?.message ?? '',
      /^retail.get_order_details was called .* 3 times.*0001-00.*0003-00/,
    );
    assert.deepEqual((await planNow()).next, ended, 'repeated');
    const [found, ...more] = await events();
    assert.deepEqual(more, []);
    assert.ok(found?.type === 'loop.found');
    assert.deepEqual(
      [found.id, found.loop, found.action, found.callIds],
      ['loop/0004', 'same_call', 'stop', ['0001-00', '0002-00', '0003-00']],
    );
    assert.equal(asked.length, 3);
  });

  test('a model that polls until something happens goes on', async () => {
    const { until } = await running({});
    assert.equal((await until(8, different)).next, 'call');
  });

  test('proposals that were written down are no loop, and no turns', async () => {
    const proposals = Array.from({ length: 6 }, () => LOOK);
    const { until, events } = await running({ budgets: { max_turns: 2 } }, {}, { proposals });
    assert.equal((await until(6)).outcome, 'completed');
    assert.deepEqual(await events(), []);
  });

  test('the model is asked as often as the envelope grants and not once more', async () => {
    const { until, asked } = await running({ budgets: { max_turns: 4 } });
    const { outcome, reason } = await until(4, different);
    assert.deepEqual(
      [outcome, reason],
      ['stopped', { code: 'too_many_turns', message: 'the model was asked 4 times, its envelope grants 4' }],
    );
    assert.equal(asked.length, 4);
  });

  test('a run ends when its minutes are over; those in which it waited for people do not count', async () => {
    const late = async (of: Partial<OpenRunRecord>) => {
      const { state, planNow } = await running({ budgets: { max_minutes: 10 } }, of);
      state.now = secondsAfter(NOON, 660);
      return (await planNow()).next;
    };
    assert.deepEqual((await late({})).reason, {
      code: 'time_exhausted',
      message:
        'the run has taken 11 minutes beside those in which it waited for people, its envelope grants 10',
    });
    assert.equal((await late({ waitedSeconds: 90 })).next, 'call');
  });

  test('a step is told once when it is reached, and what it saves is saved from then on', async () => {
    const { until, planNow, asked, events, went } = await running({
      budgets: { max_turns: 8, steps: STEPS },
    });
    went(await until(2, different), different);
    const told = await events('budget.step');
    assert.deepEqual(
      told.map(
        (event) => event.type === 'budget.step' && [event.id, event.share, event.cap, event.used, event.of],
      ),
      [['budget/alert', 0.25, 'run turns', 2, 8]],
    );
    went((await planNow()).next, different);
    const { next, steps } = await planNow();
    assert.deepEqual([next.next, steps], ['call', ['less_context']]);
    assert.deepEqual((await planNow()).steps, [], 'repeated');
    went(next, different);
    await until(2, different);
    assert.deepEqual(
      (await events('budget.step')).map(({ id }) => id),
      ['budget/alert', 'budget/less_context', 'budget/smaller_model'],
    );
    assert.deepEqual(
      asked.map(({ economies: { lessContext, smallerModel } }) => [lessContext, smallerModel]),
      [
        ...Array.from({ length: 4 }, () => [false, false]),
        ...Array.from({ length: 3 }, () => [true, false]),
        ...Array.from({ length: 2 }, () => [true, true]),
      ],
    );
  });

  test('what a step saves is saved for the rest of the run, even when its cap is raised', async () => {
    const stepsTaken = new Set(['less_context']);
    const { planNow, asked } = await running({ budgets: { steps: STEPS } }, { stepsTaken });
    assert.deepEqual((await planNow()).steps, []);
    assert.deepEqual(asked[0]?.economies, { lessContext: true, smallerModel: false });
  });

  test('several steps that are reached at once are all on record, and the last ends the run', async () => {
    const steps = [...STEPS, { at: 0.9, step: 'stop' }] as const;
    const { planNow, events, asked } = await running(
      { budgets: { steps } },
      {
        capMicroDollars: 100,
        capChanges: 1,
        spentMicroDollars: 60,
        heldMicroDollars: 35,
        usedMicroDollars: 95,
      },
    );
    const { next } = await planNow();
    assert.deepEqual(
      [next.next, next.outcome, next.reason],
      [
        'close',
        'stopped',
        {
          code: 'budget_step',
          message: 'the run ends from 90 % of its run dollars on: 0.000095 of 0.0001 used',
        },
      ],
    );
    assert.deepEqual((await planNow()).next, next, 'repeated');
    assert.equal((await events('budget.step')).length, 4);
    assert.equal(asked.length, 0);
  });

  test('steps of a run that was closed in the meantime are not recorded', async () => {
    const { run, planNow, events } = await running({ budgets: { steps: [{ at: 0.1, step: 'alert' }] } });
    const closing = { run, plan: { next: 'close', turn: 1, calls: [], outcome: 'stopped' } } as const;
    await closeRun(closing, { client, bundle, clock: () => new Date(NOON) });
    assert.equal((await planNow()).next.reason?.code, 'run_stopped');
    assert.deepEqual(await events('budget.step'), []);
  });

  const ASK = { budgets: { max_turns: 10, steps: [{ at: 0.2, step: 'ask' }] } } as const;

  test('a person is asked once when a share is used, with what was spent, and nothing is called meanwhile', async () => {
    const { run, state, until, planNow, events, approval, asked } = await running(ASK);
    const next = await until(2, different);
    assert.deepEqual([next.next, next.calls], ['wait', []]);
    assert.equal(next.wait?.callId, '0003-go');
    assert.equal(next.wait?.timeoutSeconds, 48 * 3600);
    const question = await approval(next);
    assert.deepEqual(
      [question?.approverRole, question?.quorum, question?.state, question?.resource],
      ['support_manager', 1, 'requested', `run/${run.runId}`],
    );
    assert.deepEqual(question?.proposal, {
      tool: 'countersign.continue_run',
      arguments: {
        reason: 'asked from 20 % of its run turns on: 2 of 10 used',
        evidence: ['2 of 10 run turns'],
        spent: '0 dollars',
        cap: '0.5 dollars',
      },
    });
    const recorded = await events();
    assert.deepEqual(
      recorded.map(({ id }) => id),
      ['0003-go/questioned', 'budget/ask'],
    );
    state.now = secondsAfter(NOON, 60);
    const again = (await planNow()).next;
    assert.deepEqual(again.wait, { ...next.wait, timeoutSeconds: 48 * 3600 - 60 }, 'repeated');
    assert.deepEqual(await events(), recorded);
    assert.equal(asked.length, 2);
  });

  test('when the person approves it goes on, once, and is not asked about the same again', async () => {
    const { until, planNow, sleep, events, approval, asked, went } = await running(ASK);
    const next = await until(2, different);
    await sleep(next, { verdict: 'approve' });
    const on = (await planNow()).next;
    assert.deepEqual([on.next, on.calls[0]?.callId], ['call', '0003-00']);
    assert.equal((await approval(next))?.state, 'used');
    assert.deepEqual((await planNow()).next, on, 'repeated');
    const continued = await events('run.continued');
    assert.deepEqual(
      continued.map((event) => event.type === 'run.continued' && [event.id, event.approvalId]),
      [['0003-go/continued', next.wait?.approvalId]],
    );
    went(on, different);
    assert.equal((await until(3, different)).next, 'call');
    assert.equal((await events('run.questioned')).length, 1);
    assert.equal(asked.length, 8);
  });

  test('when the person rejects the run ends, with the person and the note', async () => {
    const { until, planNow, sleep } = await running(ASK);
    const next = await until(2, different);
    await sleep(next, { verdict: 'reject', note: 'this gets nowhere' });
    const ended = (await planNow()).next;
    assert.deepEqual(
      [ended.next, ended.outcome, ended.reason],
      [
        'close',
        'stopped',
        { code: 'not_continued', message: 'maria said that the run may not go on: this gets nowhere' },
      ],
    );
    assert.deepEqual((await planNow()).next, ended, 'repeated');
  });

  test('silence ends the run when its time is over and not before, and the question cannot be answered then', async () => {
    const { run, state, until, planNow, sleep, approval, waitingFor } = await running(ASK);
    const next = await until(2, different);
    await sleep(next);
    await changed(client, waitingFor(next), { reachedUntil: secondsAfter(NOON, 48 * 3600) });
    state.now = secondsAfter(NOON, 3600);
    const early = (await planNow()).next;
    assert.deepEqual(early.wait, { ...next.wait, timeoutSeconds: 47 * 3600 });
    await sleep(early);
    state.now = secondsAfter(NOON, 48 * 3600);
    const ended = (await planNow()).next;
    assert.equal(ended.reason?.code, 'not_continued');
    assert.match(ended.reason?.message ?? '', /nobody said before 2026-11-23T12:00:00.000Z/);
    assert.equal((await approval(next))?.state, 'expired');
    assert.deepEqual((await planNow()).next, ended, 'repeated');
    const clock = () => new Date(NOON);
    await assert.rejects(
      decideApproval(
        next.wait?.approvalId ?? '',
        JSON.stringify({ tenant: run.tenant, verdict: 'approve' }),
        arnOf('maria'),
        { client, directory, clock, mayCountersign },
      ),
      /the approval is expired/,
    );
  });

  test('a question that nobody was told about ends the run too, and says that nobody could be reached', async () => {
    const { state, until, planNow, sleep, approval } = await running(ASK);
    const next = await until(2, different);
    await sleep(next);
    state.now = secondsAfter(NOON, 4 * 3600);
    const ended = (await planNow()).next;
    assert.equal(ended.reason?.code, 'not_continued');
    assert.match(ended.reason?.message ?? '', /nobody could be reached/);
    assert.equal((await approval(next))?.state, 'unreachable');
    assert.deepEqual((await planNow()).next, ended, 'repeated');
  });

  test('a loop may be asked about: after an approval it is counted anew, and asked about anew', async () => {
    const { until, planNow, sleep, events, went, asked } = await running({ loops: { action: 'ask' } });
    const first = await until(3);
    assert.equal(first.next, 'wait');
    assert.deepEqual(
      (await events()).map(({ id }) => id),
      ['0004-go/questioned', 'loop/0004'],
    );
    assert.deepEqual((await planNow()).next, first, 'repeated');
    await sleep(first, { verdict: 'approve' });
    went((await planNow()).next);
    const second = await until(2);
    assert.equal(second.wait?.callId, '0007-go');
    assert.notEqual(second.wait?.approvalId, first.wait?.approvalId);
    assert.equal(asked.length, 6);
    await sleep(second, { verdict: 'reject' });
    assert.equal((await planNow()).next.reason?.message, 'maria said that the run may not go on');
  });

  test('an approval of something else does not let a run go on, whatever it is called, and is not used up', async () => {
    const { run, until, planNow, sleep, state, approval } = await running(ASK);
    const next = await until(2, different);
    const question = (await approval(next)) ?? assert.fail();
    await sleep(next);
    const other = {
      'of a call': { ...question, proposal: LOOK, callId: '0001-00' },
      'of another run': { ...question, runId: 'run-other' },
    };
    for (const [name, forged] of Object.entries(other)) {
      const approvalId = questionIdOf(run, name.length * 100);
      const approved = { ...approvalView(forged), approvalId, state: 'approved' } as const;
      await transact(client, { approval: requestApproval(approved) });
      const planned = { plan: { ...next, wait: { ...(next.wait ?? assert.fail()), approvalId } } };
      state.input = { ...state.input, planned };
      const ended = (await planNow()).next;
      assert.equal(ended.reason?.code, 'not_continued', name);
      assert.equal((await readApproval(client, approved))?.state, 'approved', name);
    }
  });
});
