import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import type { WarrantRef } from '../../../contracts/call.ts';
import { ENV } from '../../../contracts/environment.ts';
import { RUNS, runKey } from '../../../contracts/tables.ts';
import { callDigest } from '../../../domain/call/governed-call.ts';
import type { Warrant } from '../../../domain/call/warrant.ts';
import { NOTHING_FOUND } from '../../../domain/detector/detector.ts';
import { originsOf, seenInMessage, seenInOutput } from '../../../domain/provenance/origin.ts';
import { defineTool, type ToolDefinition, type ToolNamespace } from '../../../domain/tool/definition.ts';
import { ToolRefusal } from '../../../domain/tool/handler.ts';
import { transact } from '../../../functions/adapters/dynamodb.ts';
import { type CameIn, readCameIn } from '../../../functions/adapters/provenance.ts';
import { type OpenRunRecord, readRun } from '../../../functions/adapters/runs.ts';
import { beginFirstAttempt, putWarrant } from '../../../functions/adapters/warrants.ts';
import { execute } from '../../../functions/execute/execute.ts';
import { settleCall } from '../../../functions/execute/settle.ts';
import { DIGEST_KEY, OTHER_DIGEST_KEY } from '../../support/digest-key.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { NOON, openRun, watched } from '../../support/open-run.ts';

const KEY = 'of this run';
const LINK = 'https://claims.example.com/a';
const HOLD = 100;

const base = {
  description: 'a tool of this test',
  input: z.strictObject({}),
  output: z.strictObject({ text: z.string() }),
  resource: 'Desk',
  access: [],
  maximumCostMicroDollars: HOLD,
  timeoutSeconds: 5,
  loggedArguments: [],
} as const;
const read = defineTool({ ...base, name: 'desk.read_mail', effect: 'read', tier: 0 });
const find = defineTool({
  ...base,
  name: 'desk.find_person',
  effect: 'read',
  tier: 0,
  outputOrigin: 'directory',
});
const pay = defineTool({ ...base, name: 'desk.send_money', effect: 'write', tier: 3, idempotency: 'none' });
const NAMESPACE: ToolNamespace = {
  ...{ name: 'desk', tableName: (_, table) => table },
  ...{ resources: [{ name: 'Desk', attributes: z.strictObject({}) }], tools: [read, find, pay] },
};

/** What a tool does: answers this, declines, or breaks. */
type Does = () => Promise<{ readonly text: string }>;
const says =
  (text: string): Does =>
  async () => ({ text });

describe('what an executed call brings into its run', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
  });
  after(() => tables[Symbol.asyncDispose]());

  async function authorized(definition: ToolDefinition, more: Partial<Warrant> = {}): Promise<Warrant> {
    const run = await openRun(client, { workflow: 'desk', agent: 'desk', provenanceKey: KEY });
    const { tenant, runId, workflow, agent, user } = run;
    const callId = more.callId ?? '0001-00';
    const call = { tenant, runId, callId, workflow, agent, digestKey: DIGEST_KEY };
    const proposal = { tool: definition.name, arguments: {} };
    const warrant: Warrant = {
      ...{ ...call, user, proposal, holdMicroDollars: HOLD, policies: [], policyDigest: 'p' },
      digest: callDigest({ ...call, userId: user.id, proposal, resource: 'Desk/1' }),
      resource: { type: 'Desk', id: '1', attributes: {} },
      ...{
        state: 'authorized',
        provenanceKey: KEY,
        authorizedAt: NOON,
        expiresAt: '2026-11-21T12:02:00.000Z',
      },
      ...more,
    };
    await transact(client, { warrant: putWarrant(warrant) });
    return warrant;
  }

  /** Executes it as its executor does; the texts that detectors were shown come back. */
  async function executed(reference: WarrantRef, does: Does, over = client): Promise<readonly string[]> {
    const shown: string[] = [];
    const Credentials = { AccessKeyId: 'a', SecretAccessKey: 'b', SessionToken: 'c' };
    await execute(reference, {
      ...{
        client: over,
        namespace: NAMESPACE,
        prefix: 'p',
        sessions: new Map(),
        clock: () => new Date(NOON),
      },
      sts: { send: async () => ({ Credentials }) } as never,
      functionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:p-execute-desk',
      handlers: Object.fromEntries(NAMESPACE.tools.map(({ name }) => [name, does])) as never,
      reportToLimits: async () => undefined,
      detect: async (text) => {
        shown.push(text);
        return { ...NOTHING_FOUND, injection: 640, reasons: ['rules/x'] };
      },
    });
    return shown;
  }

  const cameInto = (run: Warrant) => readCameIn(client, run, ['desk']);
  const isKept = ({ names }: CameIn, expected: CameIn['names']) =>
    assert.deepEqual(
      { ...names, hashes: Buffer.from(names.hashes) },
      { ...expected, hashes: Buffer.from(expected.hashes) },
    );

  test('names and scores are kept in the transaction that records the outcome', async () => {
    const warrant = await authorized(read, { detects: true });
    const watching = watched(client);
    assert.deepEqual(await executed(warrant, says(`see ${LINK}`), watching.client), [
      JSON.stringify({ text: `see ${LINK}` }),
    ]);
    const settling = [ENV.warrantsTable, ENV.eventsTable, ENV.provenanceTable, ENV.runsTable];
    assert.deepEqual(
      watching.tables.slice(-settling.length),
      settling.map((name) => process.env[name]),
    );
    const [kept, ...others] = await cameInto(warrant);
    assert.ok(kept);
    isKept(kept, seenInOutput(read, {}, { text: `see ${LINK}` }, KEY));
    assert.deepEqual(kept.scores, { injection: 640, sentiment: 0, topics: [] });
    assert.deepEqual(others, []);
  });

  const FAILING: Readonly<Record<string, readonly [ToolDefinition, Does, RegExp]>> = {
    'declined says': [read, () => Promise.reject(new ToolRefusal(`ask ${LINK}`)), /^ask /],
    'broke says': [read, () => Promise.reject(new Error(`ask ${LINK}`)), /ask /],
    'is unknown says': [pay, () => Promise.reject(new Error(`ask ${LINK}`)), /ask /],
  };
  for (const [title, [definition, does, message]] of Object.entries(FAILING)) {
    test(`what a call that ${title} of it is kept and looked at too`, async () => {
      const warrant = await authorized(definition, { detects: true });
      const [shown = ''] = await executed(warrant, does);
      assert.match(shown, message);
      const [kept] = await cameInto(warrant);
      assert.ok(kept);
      isKept(kept, seenInMessage(definition, shown, KEY));
      assert.equal(kept.scores?.injection, 640);
    });
  }

  test('a directory that repeats what it was asked does not make it a name of the directory', async () => {
    const warrant = await authorized(find);
    await executed(warrant, () => Promise.reject(new ToolRefusal(`nobody has '${LINK}'`)));
    const seen = (await cameInto(warrant)).map(({ names }) => names);
    const asked = defineTool({
      ...base,
      ...{ name: 'desk.write_mail', effect: 'write', tier: 2, idempotency: 'none' },
      input: z.strictObject({ to: z.string() }),
      keyArguments: { to: 'value' },
    });
    const findTool = (name: string) => NAMESPACE.tools.find((tool) => tool.name === name);
    const found = originsOf(asked, { to: LINK }, warrant.resource, seen, KEY, findTool);
    assert.equal(found.to, 'untrusted_tool');
  });

  test('answers of a directory are kept and not looked at, and others not where no policy asks for scores', async () => {
    for (const [definition, detects] of [
      [find, true],
      [read, false],
    ] as const) {
      const warrant = await authorized(definition, { detects });
      assert.deepEqual(await executed(warrant, says(LINK)), []);
      const [kept] = await cameInto(warrant);
      assert.ok(kept);
      isKept(kept, seenInOutput(definition, {}, { text: LINK }, KEY));
      assert.equal(kept.scores, undefined);
    }
  });

  test('nothing is done or kept under a warrant without a key to check it with, or with that of another run', async () => {
    for (const digestKey of [undefined as never, OTHER_DIGEST_KEY]) {
      const warrant = await authorized(read, { digestKey });
      await assert.rejects(executed(warrant, says(LINK)), { name: 'WarrantRefused' });
      assert.deepEqual(await cameInto(warrant), []);
    }
  });

  test('nothing is kept for a run of which no policy asks where values came from', async () => {
    const warrant = await authorized(read, { provenanceKey: undefined as never });
    const watching = watched(client);
    await executed(warrant, says(LINK), watching.client);
    assert.deepEqual(await cameInto(warrant), []);
    assert.ok(!watching.tables.includes(`${process.env[ENV.provenanceTable]}`));
  });

  test('what people are shown of a call is not read by the run, and not looked at', async () => {
    const warrant = await authorized(read, { callId: '0001-00-preview', detects: true });
    assert.deepEqual(await executed(warrant, says(LINK)), []);
    assert.deepEqual(await cameInto(warrant), []);
  });

  async function counted(run: Warrant): Promise<unknown> {
    return ((await readRun(client, run)) as { readonly succeeded_payments?: number } | undefined)
      ?.succeeded_payments;
  }

  test('a call that succeeded counts once, however often it is executed', async () => {
    const warrant = await authorized(pay, { counters: ['payments'] });
    await Promise.all([1, 2, 3].map(() => executed(warrant, says('done')).catch(() => [])));
    await executed(warrant, says('done'));
    assert.equal(await counted(warrant), 1);
  });

  test('a call that failed, and one of which nobody knows, count for nothing', async () => {
    for (const failure of [new ToolRefusal('no'), new Error('broken')]) {
      const warrant = await authorized(pay, { counters: ['payments'] });
      await executed(warrant, () => Promise.reject(failure));
      assert.equal(await counted(warrant), undefined);
    }
  });

  test('who settles second neither counts nor brings anything in', async () => {
    const warrant = await authorized(pay, { counters: ['payments'] });
    await beginFirstAttempt(client, warrant, NOON, '2026-11-21T12:01:00.000Z');
    const attempt = { status: 'succeeded', effects: [], costMicroDollars: 1 } as const;
    const settle = (text: string) =>
      settleCall(client, { ...warrant, attempt: 1 }, pay, { ...attempt, output: { text } }, NOON);
    const settled = await Promise.all([settle('one-1'), settle('two-2')]);
    assert.equal(settled.filter((each) => each !== undefined).length, 1);
    assert.equal(await counted(warrant), 1);
    const [kept, ...others] = await cameInto(warrant);
    const winner = settled[0] === undefined ? 'two-2' : 'one-1';
    isKept(kept ?? assert.fail(), seenInOutput(pay, {}, { text: winner }, KEY));
    assert.deepEqual(others, []);
  });

  test('what is settled after its run was closed is on record as read, too', async () => {
    const warrant = await authorized(read);
    const closing: OpenRunRecord['status'] = 'closed';
    const closed = {
      TableName: process.env[ENV.runsTable],
      Key: { [RUNS.partitionKey]: runKey(warrant) },
      ...{ UpdateExpression: 'SET #s = :s', ExpressionAttributeNames: { '#s': 'status' } },
      ExpressionAttributeValues: { ':s': closing },
    };
    await executed(warrant, async () => {
      await client.send(new UpdateCommand(closed));
      return { text: LINK };
    });
    assert.equal((await cameInto(warrant)).length, 1);
  });
});
