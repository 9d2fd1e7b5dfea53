import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { readRun } from '../../functions/adapters/runs.ts';
import { closeRun } from '../../functions/close-run/close-run.ts';
import { bundle } from '../support/bundle.ts';
import { ledgerTables, noLedger } from '../support/ledger-tables.ts';
import { NOON, openRun } from '../support/open-run.ts';

describe('a run that a step has failed', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
  });
  after(() => tables[Symbol.asyncDispose]());

  for (const [name, code] of [
    ['ModelUnavailable', 'model_unavailable'],
    ['TypeError', 'step_failed'],
    ['toString', 'step_failed'],
  ] as const) {
    test(`with ${name} is closed as failed, ${code}, and says what it was`, async () => {
      const run = await openRun(client, { workflow: 'desk', agent: 'desk' });
      const error = { Error: name, Cause: "model 'm' is out: throttled" };
      await closeRun({ run, error }, { client, bundle, clock: () => new Date(NOON) });
      const { outcome, reason } = (await readRun(client, run)) ?? assert.fail();
      assert.deepEqual(
        [outcome, reason],
        ['failed', { code, message: `${name}: model 'm' is out: throttled` }],
      );
    });
  }
});
