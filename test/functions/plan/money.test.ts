import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ledgerEvent } from '../../../domain/audit/event.ts';
import type { Settlement } from '../../../domain/budget/budget.ts';
import { secondsAfter } from '../../../domain/time.ts';
import { ConditionsFailed } from '../../../functions/adapters/dynamodb.ts';
import { eventsAfter } from '../../../functions/adapters/events.ts';
import type { OpenQuestion } from '../../../functions/adapters/run-holds.ts';
import { type OpenRunRecord, readOpenedRun } from '../../../functions/adapters/runs.ts';
import { closeRun } from '../../../functions/close-run/close-run.ts';
import { holdMoney } from '../../../functions/plan/money.ts';
import { bundle } from '../../support/bundle.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { NOON, openRun } from '../../support/open-run.ts';

const clock = () => new Date(NOON);
const terms = { budgets: bundle.budgets, envelope: bundle.envelopes['retail-support'], clock };
let asked = 0;
/** Each at another time, as tries of one plan are. */
const question = (id: string, holdMicroDollars: number): OpenQuestion => {
  asked += 1;
  return { id, model: 'm', holdMicroDollars, askedAt: secondsAfter(NOON, asked) };
};

describe('money for a question to a model', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
  });
  after(() => tables[Symbol.asyncDispose]());

  const begin = () => openRun(client, { workflow: 'retail-support', agent: 'retail-support' });
  const hold = async (run: OpenRunRecord, of: OpenQuestion) =>
    holdMoney(client, await readOpenedRun(client, run), of, terms);
  const called = (run: OpenRunRecord) => (settlement: Settlement) =>
    ledgerEvent(run, '0001/model', NOON, {
      type: 'model.called',
      ...{ model: 'm', inputTokens: 9, outputTokens: 1, costMicroDollars: settlement.chargedMicroDollars },
    });
  const account = async (run: OpenRunRecord) => {
    const { heldMicroDollars, spentMicroDollars, usedMicroDollars, asking, tokens } = await readOpenedRun(
      client,
      run,
    );
    const { events } = await eventsAfter(client, run);
    const onRecord = events.flatMap((event) =>
      event.type === 'model.called' ? [event.costMicroDollars] : [],
    );
    assert.equal(usedMicroDollars, heldMicroDollars + spentMicroDollars);
    return {
      held: heldMicroDollars,
      spent: spentMicroDollars,
      asking: asking !== undefined,
      tokens,
      onRecord,
    };
  };

  test('is held until its answer is on record, and corrected to what it cost', async () => {
    const run = await begin();
    const held = await hold(run, question('0001/model', 500));
    assert.deepEqual(await account(run), {
      held: 500,
      spent: 0,
      asking: true,
      tokens: undefined,
      onRecord: [],
    });
    await held.settle(120, 10, called(run));
    assert.deepEqual(await account(run), { held: 0, spent: 120, asking: false, tokens: 10, onRecord: [120] });
  });

  test('whose answer was lost is charged in full and on record when the plan is repeated, once', async () => {
    const run = await begin();
    const lost = await hold(run, question('0001/model', 500));
    const again = await hold(run, question('0001/model', 500));
    assert.deepEqual(await account(run), {
      held: 500,
      spent: 500,
      asking: true,
      tokens: undefined,
      onRecord: [500],
    });
    await assert.rejects(lost.settle(120, 10, called(run)), ConditionsFailed);
    await lost.release();
    await again.settle(120, 10, called(run));
    assert.deepEqual(await account(run), {
      held: 0,
      spent: 620,
      asking: false,
      tokens: 10,
      onRecord: [120, 500],
    });
  });

  test('whose answer was lost for good is charged in full and on record when the run closes', async () => {
    const run = await begin();
    await hold(run, question('0001/model', 500));
    await closeRun({ run, error: { Error: 'States.Timeout' } }, { client, bundle, clock });
    assert.deepEqual(await account(run), {
      held: 0,
      spent: 500,
      asking: true,
      tokens: undefined,
      onRecord: [500],
    });
    const { events } = await eventsAfter(client, run);
    const closed = events.find((event) => event.type === 'run.closed');
    assert.equal(closed?.type === 'run.closed' && closed.spentMicroDollars, 500);
  });

  test('that was not asked after all is given back', async () => {
    const run = await begin();
    await (await hold(run, question('0001/model', 500))).release();
    assert.deepEqual(await account(run), { held: 0, spent: 0, asking: false, tokens: 0, onRecord: [] });
  });
});
