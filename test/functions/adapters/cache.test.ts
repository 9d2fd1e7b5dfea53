import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../../contracts/environment.ts';
import { modelAnswerKey } from '../../../contracts/tables.ts';
import { modelKey, writtenKey } from '../../../domain/cache/keys.ts';
import { NEVER_WRITTEN, UNSURE_SECONDS, UNWRITTEN } from '../../../domain/cache/written.ts';
import type { Warrant } from '../../../domain/call/warrant.ts';
import { epochSeconds, secondsAfter } from '../../../domain/time.ts';
import {
  cachedAnswer,
  itemKey,
  type KeptAnswer,
  keepAnswer,
  MAXIMUM_ANSWER_BYTES,
  readCache,
} from '../../../functions/adapters/cache.ts';
import { transact } from '../../../functions/adapters/dynamodb.ts';
import { beginWriting, endWriting } from '../../../functions/adapters/written-resources.ts';
import { type CacheStore, interleave } from '../../support/cache-interleavings.ts';
import { DIGEST_KEY } from '../../support/digest-key.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { NOON } from '../../support/open-run.ts';
import { seeded } from '../../support/random.ts';

const newTenant = () => `t-${randomUUID().slice(0, 8)}`;

/** A write of one call to one resource. */
function write(tenant: string, name: string, more: Partial<Warrant> = {}): Warrant {
  const [runId = '', callId = ''] = name.split('/');
  return {
    ...{ tenant, runId, callId, digest: 'd', state: 'executing', workflow: 'w', agent: 'a' },
    ...{ user: { id: 'u', roles: [] }, proposal: { tool: 'desk.send_mail', arguments: {} } },
    resource: { type: 'Desk', id: '1', attributes: {} },
    ...{ holdMicroDollars: 1, policies: [], policyDigest: '', authorizedAt: NOON, expiresAt: NOON },
    ...{ invalidates: true, digestKey: DIGEST_KEY },
    ...more,
  };
}

describe('the cache', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
  });
  after(() => tables[Symbol.asyncDispose]());

  const keyIn = (tenant: string) => modelAnswerKey(tenant, 'a');
  const read = (tenant: string) => readCache(client, keyIn(tenant), writtenKey(write(tenant, 'r/c')));
  const kept = (answer: unknown): KeptAnswer => ({ answer, askedAt: NOON, version: 'run-1/a' });
  const begin = (warrant: Warrant, now = NOON) => transact(client, { writing: beginWriting(warrant, now) });
  const end = (warrant: Warrant, status: 'succeeded' | 'failed' | 'unknown' = 'succeeded', at = NOON) =>
    transact(client, { written: endWriting(warrant, status, at) });
  const put = (key: string, item: object) =>
    client.send(
      new PutCommand({ TableName: process.env[ENV.cacheTable], Item: { ...itemKey(key), ...item } }),
    );

  test('holds nothing of what nobody asked and nobody wrote to', async () => {
    assert.deepEqual(await read(newTenant()), { kept: undefined, resource: UNWRITTEN });
  });

  test('gives an answer back as JSON has it', async () => {
    for (const answer of [{ text: 'ü', list: [], none: null, empty: {}, price: 0.1 }, 'text', 0, [1.5, '']]) {
      const tenant = newTenant();
      assert.equal(await keepAnswer(client, keyIn(tenant), kept(answer), 60), true);
      assert.deepEqual((await read(tenant)).kept, kept(answer));
    }
  });

  test('keeps an answer as large as it may be, and none that is larger', async () => {
    const tenant = newTenant();
    const largest = 'é'.repeat(MAXIMUM_ANSWER_BYTES / 2 - 1);
    assert.equal(await keepAnswer(client, keyIn(tenant), kept(`${largest}x`), 60), false);
    assert.equal((await read(tenant)).kept, undefined);
    assert.equal(await keepAnswer(client, keyIn(tenant), kept(largest), 60), true);
    assert.equal((await read(tenant)).kept?.answer, largest);
  });

  test('takes what is no answer for none', async () => {
    const tenant = newTenant();
    for (const item of [{ answer: '{', askedAt: NOON }, { askedAt: NOON }, { answer: 1, askedAt: NOON }]) {
      await put(keyIn(tenant), item);
      assert.equal((await read(tenant)).kept, undefined, JSON.stringify(item));
    }
  });

  test('does not take a resource that it cannot read for one that nobody wrote to', async () => {
    const tenant = newTenant();
    await put(writtenKey(write(tenant, 'r/c')), { writing: 'everybody' });
    await assert.rejects(read(tenant));
  });

  test('has the names of writes under way, and the name of the one that ended last', async () => {
    const tenant = newTenant();
    await begin(write(tenant, 'run-1/a'));
    await begin(write(tenant, 'run-1/b'));
    await begin(write(tenant, 'run-1/b'));
    const { resource } = await read(tenant);
    assert.deepEqual(
      [resource.version, [...resource.writing].sort()],
      [NEVER_WRITTEN, ['run-1/a', 'run-1/b']],
    );
    await end(write(tenant, 'run-1/b'));
    assert.deepEqual((await read(tenant)).resource, { version: 'run-1/b', writing: ['run-1/a'] });
    await end(write(tenant, 'run-1/a'), 'failed');
    assert.deepEqual((await read(tenant)).resource, { version: 'run-1/a', writing: [] });
  });

  test('is not used for a day after a write of which nobody knows', async () => {
    const tenant = newTenant();
    await begin(write(tenant, 'run-1/a'));
    await end(write(tenant, 'run-1/a'), 'unknown');
    const unsureUntil = secondsAfter(NOON, UNSURE_SECONDS);
    assert.deepEqual((await read(tenant)).resource, { version: 'run-1/a', writing: [], unsureUntil });
    await end(write(tenant, 'run-1/b'));
    assert.equal((await read(tenant)).resource.unsureUntil, unsureUntil, 'another write does not end it');
  });

  test('is not written to by a call that invalidates nothing', () => {
    const plain = write('acme', 'run-1/a', { invalidates: undefined as never });
    assert.equal(beginWriting(plain, NOON), undefined);
    assert.equal(endWriting(plain, 'succeeded', NOON), undefined);
  });

  test('gives nothing again that is not what the system of record says, however reads and writes interleave', async () => {
    let hits = 0;
    for (let seed = 1; seed <= 12; seed += 1) {
      const tenant = newTenant();
      const store: CacheStore = {
        begin: (call, now) => begin(write(tenant, call), now),
        end: (call, status, now) => end(write(tenant, call), status, now),
        answer: async () => (await read(tenant)).kept,
        resource: async () => (await read(tenant)).resource,
        keep: async (answer) => {
          await keepAnswer(client, keyIn(tenant), answer as KeptAnswer, 60);
        },
      };
      hits += await interleave(store, seeded(seed), { steps: 60, atOnce: 1 + (seed % 5) });
    }
    assert.ok(hits > 12, `${hits} answers given again`);
  });

  describe('of models', () => {
    const request = { model: 'm', messages: ['hello'] };
    const ask = async (tenant: string, now = NOON, more: object = {}, answer: unknown = { text: 'hi' }) => {
      let asked = 0;
      const at = { tenant, seconds: 60, request: { ...request, ...more }, clock: () => new Date(now) };
      const model = async () => {
        asked += 1;
        return answer;
      };
      return { ...(await cachedAnswer(client, at, model, (given) => given !== 'unfit')), asked };
    };

    test('answers the same request again without asking, until its seconds are over', async () => {
      const tenant = newTenant();
      assert.deepEqual(await ask(tenant), { answer: { text: 'hi' }, cached: false, asked: 1 });
      const again = await ask(tenant, secondsAfter(NOON, 59), {}, 'other');
      assert.deepEqual(again, { answer: { text: 'hi' }, cached: true, asked: 0 });
      assert.equal((await ask(tenant, secondsAfter(NOON, 60))).asked, 1);
    });

    test('asks for another request, and for another tenant', async () => {
      const tenant = newTenant();
      await ask(tenant);
      assert.equal((await ask(tenant, NOON, { messages: ['hello!'] })).asked, 1);
      assert.equal((await ask(newTenant())).asked, 1);
    });

    test('keeps nothing of a model that could not answer, nothing that is not fit, and nothing that is too large', async () => {
      const tenant = newTenant();
      const at = { tenant, seconds: 60, request, clock: () => new Date(NOON) };
      await assert.rejects(
        cachedAnswer(
          client,
          at,
          () => Promise.reject(new Error('throttled')),
          () => true,
        ),
        /throttled/,
      );
      assert.equal((await ask(tenant, NOON, {}, 'unfit')).asked, 1);
      assert.equal((await ask(tenant, NOON, {}, 'x'.repeat(MAXIMUM_ANSWER_BYTES))).asked, 1);
      assert.equal((await ask(tenant)).asked, 1);
    });

    test('goes with its seconds', async () => {
      const tenant = newTenant();
      await ask(tenant);
      const Key = itemKey(modelKey(tenant, request));
      const { Item } = await client.send(new GetCommand({ TableName: process.env[ENV.cacheTable], Key }));
      assert.equal(Item?.purgeAt, epochSeconds(NOON) + 60);
    });

    test('asks when the table is out', async () => {
      const table = process.env[ENV.cacheTable];
      process.env[ENV.cacheTable] = 'no-such-table';
      try {
        assert.deepEqual(await ask(newTenant()), { answer: { text: 'hi' }, cached: false, asked: 1 });
      } finally {
        process.env[ENV.cacheTable] = table;
      }
    });
  });
});
