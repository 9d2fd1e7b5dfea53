import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { type DynamoDBDocumentClient, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../../contracts/environment.ts';
import { RUNS, runKey } from '../../../contracts/tables.ts';
import { recordedPrincipal } from '../../../domain/approval/directory.ts';
import { keyedDigest } from '../../../domain/audit/keyed-digest.ts';
import { digestOf } from '../../../domain/call/canonical.ts';
import { NOTHING_FOUND } from '../../../domain/detector/detector.ts';
import type { PolicyBundle } from '../../../domain/policy/bundle.ts';
import { seenInPrompt } from '../../../domain/provenance/origin.ts';
import { eventsAfter } from '../../../functions/adapters/events.ts';
import { readCameIn } from '../../../functions/adapters/provenance.ts';
import { readRun } from '../../../functions/adapters/runs.ts';
import { ApiFailure } from '../../../functions/api/http.ts';
import { startRun } from '../../../functions/api/start-run.ts';
import { bundle } from '../../support/bundle.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { NOON } from '../../support/open-run.ts';

const PROMPT = 'send the manual, https://docs.example.com/manual, to T-301';
const USER = { id: 'ines_okafor', roles: ['support_agent'] };

/** As if a policy over the tools of the desk asked for scores. */
const scoring: PolicyBundle = {
  ...bundle,
  policies: bundle.policies.map((policy) =>
    policy.file.startsWith('guardrails/egress') ? { ...policy, reads: ['scores.injection'] } : policy,
  ),
};

describe('what a person asks for', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
  });
  after(() => tables[Symbol.asyncDispose]());

  async function start(
    workflow: string,
    {
      tenant = newTenant(),
      prompt = PROMPT,
      clientToken = `${randomUUID()}`,
      of = bundle,
      user = USER,
      caller = undefined as string | undefined,
    } = {},
  ) {
    const detected: string[] = [];
    const written: number[] = [];
    const body = JSON.stringify({ tenant, clientToken, user, input: { prompt } });
    const { created, run } = await startRun(workflow, body, caller, {
      ...{ client, bundle: of, prefix: 'p', recordedProvider: false, traceHeader: undefined },
      stepFunctions: { send: async () => ({}) } as never,
      transcripts: {
        write: async (_, plan) => {
          written.push(plan);
        },
        read: () => assert.fail('nothing to read'),
      },
      place: { partition: 'aws', region: 'eu-west-1', account: '000000000000' },
      clock: () => new Date(NOON),
      randomId: randomUUID,
      randomKey: (bytes) => randomBytes(bytes).toString('base64url'),
      detect: async (text) => {
        detected.push(text);
        return { ...NOTHING_FOUND, injection: 70 };
      },
    });
    const record = await readRun(client, run);
    return { created, run, record, detected, written, cameIn: await readCameIn(client, run, []) };
  }
  const newTenant = () => `t-${randomUUID().slice(0, 8)}`;

  for (const [what, user] of Object.entries({
    'an e-mail address': { id: 'lena@example.com', roles: [] },
    'a phone number': { id: '212-555-0123', roles: [] },
    'a card number': { id: '4242424242424242', roles: [] },
    'an e-mail address among its roles': { id: 'lena', roles: ['lena@example.com'] },
  })) {
    test(`is refused for a user whose id is ${what}, with what to send instead`, async () => {
      await assert.rejects(start('helpdesk-triage', { user }), (error) => {
        assert.ok(error instanceof ApiFailure);
        assert.equal(error.status, 400);
        assert.match(error.fields[0]?.field ?? '', /^user\./);
        assert.match(error.fields[0]?.message ?? '', /personal data.*send an id of your own/);
        return true;
      });
    });
  }

  test('is on record without the address of who has asked, who is known again all the same', async () => {
    const principal = 'role/AWSReservedSSO_Support/maria@example.com';
    const caller = 'arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Support/maria@example.com';
    const { run, record } = await start('helpdesk-triage', { caller });
    assert.equal(record?.startedBy, recordedPrincipal(principal));
    assert.doesNotMatch(record?.startedBy ?? '', /maria/);
    assert.notEqual(record?.startedBy, recordedPrincipal(`${principal}.uk`));
    const { events } = await eventsAfter(client, run);
    assert.doesNotMatch(JSON.stringify(events), /maria@/);
  });

  test('is kept with the run, under the run’s own key, where policies ask where values came from', async () => {
    const { record, cameIn, detected } = await start('helpdesk-triage');
    const key = record?.provenanceKey ?? assert.fail('the run has no key');
    const [kept, ...others] = cameIn;
    assert.deepEqual(Buffer.from(kept?.names.hashes ?? []), Buffer.from(seenInPrompt(PROMPT, key).hashes));
    assert.deepEqual([kept?.names.tool, kept?.scores, others], [undefined, undefined, []]);
    assert.deepEqual(detected, [], 'no policy asks for scores');
    const other = await start('helpdesk-triage');
    assert.notEqual(other.record?.provenanceKey, key);
  });

  test('is looked at by detectors where policies ask for scores', async () => {
    const { cameIn, detected } = await start('refund-desk', { of: scoring });
    assert.deepEqual(detected, [PROMPT]);
    assert.deepEqual(
      cameIn.map(({ scores }) => scores),
      [{ injection: 70, sentiment: 0, topics: [] }],
    );
  });

  test('is kept once: who asks again with the same token gets the run with the key of the first request', async () => {
    const again = { tenant: newTenant(), clientToken: 'token' };
    const first = await start('refund-desk', again);
    const others = await Promise.all([1, 2, 3].map(() => start('refund-desk', again)));
    for (const { created, run, record, cameIn } of others) {
      assert.deepEqual([created, run.runId], [false, first.run.runId]);
      assert.equal(record?.provenanceKey, first.record?.provenanceKey);
      assert.equal(record?.digestKey, first.record?.digestKey);
      assert.deepEqual(cameIn, first.cameIn);
    }
    const asked = { ...again, prompt: 'send https://elsewhere.example.com/' };
    await assert.rejects(start('refund-desk', asked), (error) => {
      assert.ok(error instanceof ApiFailure);
      return error.code === 'client_token_reused';
    });
    assert.deepEqual(
      await readCameIn(client, first.run, []),
      first.cameIn,
      'nor does another request add to it',
    );
  });

  test('has a digest that shows nothing without the key, and with it whether the same is asked for again', async () => {
    const { record } = await start('helpdesk-triage');
    const asked = { workflow: 'helpdesk-triage', user: USER, input: { prompt: PROMPT } };
    assert.equal(record?.requestDigest, keyedDigest(record?.digestKey, asked));
    assert.notEqual(record?.requestDigest, digestOf(asked));
  });

  test('is not written again for a run that is there, and of one that was erased the token is used up', async () => {
    const again = { tenant: newTenant(), clientToken: 'token' };
    const { written, run } = await start('helpdesk-triage', again);
    assert.deepEqual(written, [0]);
    assert.deepEqual((await start('helpdesk-triage', again)).written, []);
    await client.send(
      new UpdateCommand({
        TableName: process.env[ENV.runsTable],
        Key: { [RUNS.partitionKey]: runKey(run) },
        UpdateExpression: 'REMOVE digestKey',
      }),
    );
    await assert.rejects(start('helpdesk-triage', again), /whose data were erased, send a new token/);
  });

  test('is not kept for workflows of which no policy asks, and nobody is told the key of those that are', async () => {
    const { record, run, cameIn } = await start('retail-support');
    assert.equal(record?.provenanceKey, undefined);
    assert.deepEqual(cameIn, []);
    const { Items = [] } = await client.send(
      new ScanCommand({ TableName: process.env[ENV.provenanceTable] }),
    );
    assert.ok(!JSON.stringify(Items).includes(run.runId));
    const desk = await start('refund-desk');
    assert.ok(!JSON.stringify(desk.run).includes(desk.record?.provenanceKey ?? ''));
  });
});
