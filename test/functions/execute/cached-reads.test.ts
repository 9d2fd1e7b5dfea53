import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { ENV } from '../../../contracts/environment.ts';
import type { LedgerEvent } from '../../../contracts/events.ts';
import { writtenKey } from '../../../domain/cache/keys.ts';
import { UNSURE_SECONDS } from '../../../domain/cache/written.ts';
import { callDigest } from '../../../domain/call/governed-call.ts';
import type { Warrant } from '../../../domain/call/warrant.ts';
import { NOTHING_FOUND } from '../../../domain/detector/detector.ts';
import { secondsAfter } from '../../../domain/time.ts';
import { defineTool, type ToolDefinition, type ToolNamespace } from '../../../domain/tool/definition.ts';
import { type ToolContext, ToolRefusal } from '../../../domain/tool/handler.ts';
import { readCache } from '../../../functions/adapters/cache.ts';
import { transact } from '../../../functions/adapters/dynamodb.ts';
import { eventsAfter } from '../../../functions/adapters/events.ts';
import { readCameIn } from '../../../functions/adapters/provenance.ts';
import { putWarrant, readWarrant } from '../../../functions/adapters/warrants.ts';
import { execute } from '../../../functions/execute/execute.ts';
import { limitReporter } from '../../../functions/execute/limits.ts';
import { DIGEST_KEY } from '../../support/digest-key.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { NOON, openRun } from '../../support/open-run.ts';

const HOLD = 100;
const COST = 7;
const SECONDS = 60;

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
const write = defineTool({
  ...base,
  name: 'desk.send_mail',
  effect: 'write',
  tier: 2,
  idempotency: 'by_key',
});

interface Asked {
  readonly tenant: string;
  readonly user?: string;
  readonly agent?: string;
  readonly resource?: string;
  readonly now?: string;
  readonly more?: Partial<Warrant>;
  readonly definition?: ToolDefinition;
  readonly output?: z.ZodType;
  readonly sts?: () => Promise<object>;
  readonly over?: DynamoDBDocumentClient;
}

type Does = () => Promise<{ readonly text: string }>;
const says =
  (text: string): Does =>
  async () => ({ text });
const newTenant = () => `t-${randomUUID().slice(0, 8)}`;
const credentials = async () => ({
  Credentials: { AccessKeyId: 'a', SecretAccessKey: 'b', SessionToken: 'c' },
});

describe('a read whose answers may be given again', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
  });
  after(() => tables[Symbol.asyncDispose]());

  async function authorized(definition: ToolDefinition, asked: Asked): Promise<Warrant> {
    const { tenant, user: userId = 'lena', agent = 'desk', resource = '1', now = NOON } = asked;
    const user = { id: userId, roles: [] };
    const run = await openRun(client, { workflow: 'desk', agent, tenant, user, provenanceKey: 'k' });
    const proposal = { tool: definition.name, arguments: {} };
    const { runId } = run;
    const call = { tenant, runId, callId: '0001-00', workflow: 'desk', agent, digestKey: DIGEST_KEY };
    const warrant: Warrant = {
      ...{ ...call, user, proposal, holdMicroDollars: HOLD, policies: [], policyDigest: 'p' },
      digest: callDigest({ ...call, userId, proposal, resource: `Desk/${resource}` }),
      resource: { type: 'Desk', id: resource, attributes: {} },
      ...{ state: 'authorized', provenanceKey: 'k', detects: true, authorizedAt: now },
      expiresAt: secondsAfter(now, 120),
      ...(definition.effect === 'read' ? { cache: { seconds: SECONDS } } : { invalidates: true }),
      ...asked.more,
    };
    await transact(client, { warrant: putWarrant(warrant) });
    return warrant;
  }

  /** Executes a call as its executor does. */
  async function executed(warrant: Warrant, does: Does, asked: Omit<Asked, 'tenant'> = {}) {
    const { now = NOON, output = base.output } = asked;
    let calls = 0;
    const shown: string[] = [];
    const namespace: ToolNamespace = {
      ...{ name: 'desk', tableName: (_: string, table: string) => table },
      resources: [{ name: 'Desk', attributes: z.strictObject({}) }],
      tools: [{ ...read, output }, write],
    };
    const handler = async (_: unknown, { recordCost, recordRetrieved }: ToolContext) => {
      calls += 1;
      recordCost(COST);
      recordRetrieved({ id: 'mail-1', version: '2' });
      return does();
    };
    const { result } = await execute(warrant, {
      ...{ client: asked.over ?? client, namespace, prefix: 'p', sessions: new Map() },
      clock: () => new Date(now),
      sts: { send: asked.sts ?? credentials } as never,
      functionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:p-execute-desk',
      handlers: { [read.name]: handler, [write.name]: handler } as never,
      reportToLimits: limitReporter({ client, clock: () => new Date(now), random: () => 0.5 }),
      detect: async (text) => {
        shown.push(text);
        return NOTHING_FOUND;
      },
    });
    return { result, calls, shown };
  }

  /** A read from its warrant to its outcome. @returns what it answered, and whether the tool was asked for it */
  async function reads(asked: Asked, does: Does = says('now')) {
    const warrant = await authorized(read, asked);
    const { result, calls, shown } = await executed(warrant, does, asked);
    const { text } = (result.output ?? {}) as { readonly text?: string };
    return { warrant, result, shown, text, isAsked: calls > 0 };
  }

  async function writes(asked: Asked, does: Does = says('done')) {
    return executed(await authorized(write, asked), does, asked);
  }

  async function eventOf(run: Warrant): Promise<Extract<LedgerEvent, { type: 'call.executed' }>> {
    const { events } = await eventsAfter(client, run);
    const found = events.find((event) => event.type === 'call.executed');
    return found?.type === 'call.executed' ? found : assert.fail('no call was executed');
  }

  test('is answered again without the tool, at no cost, and its event says so', async () => {
    const tenant = newTenant();
    const first = await reads({ tenant }, says('one'));
    assert.deepEqual([first.text, first.isAsked, first.result.costMicroDollars], ['one', true, COST]);
    assert.equal((await eventOf(first.warrant)).cached, undefined);
    const second = await reads({ tenant }, says('two'));
    assert.deepEqual([second.text, second.isAsked, second.result.costMicroDollars], ['one', false, 0]);
    const { cached, status, outputDigest, costMicroDollars, releasedMicroDollars } = await eventOf(
      second.warrant,
    );
    assert.deepEqual(
      [cached, status, outputDigest, costMicroDollars, releasedMicroDollars],
      [true, 'succeeded', (await eventOf(first.warrant)).outputDigest, 0, HOLD],
    );
    assert.equal(((await readWarrant(client, second.warrant)) as Warrant).state, 'succeeded');
  });

  test('brings into its run what the tool would have, and detectors look at it', async () => {
    const tenant = newTenant();
    const answer = says('see https://a.example.com/x');
    const [first, second] = [await reads({ tenant }, answer), await reads({ tenant }, answer)];
    assert.deepEqual(second.shown, first.shown);
    assert.equal(second.shown.length, 1);
    const [cameIn] = await readCameIn(client, second.warrant, ['desk']);
    const [before] = await readCameIn(client, first.warrant, ['desk']);
    assert.equal(second.isAsked, false);
    assert.ok(cameIn !== undefined && cameIn.names.hashes.length > 0);
    assert.deepEqual(cameIn, before);
  });

  test('is answered again as it was redacted, and its event counts what was', async () => {
    const tenant = newTenant();
    const answer = says('write to lena@example.com');
    const [first, second] = [await reads({ tenant }, answer), await reads({ tenant }, answer)];
    assert.equal(second.isAsked, false);
    assert.equal(second.text, first.text);
    assert.doesNotMatch(second.text ?? '', /lena@/);
    assert.deepEqual((await eventOf(second.warrant)).redacted, (await eventOf(first.warrant)).redacted);
    assert.ok((await eventOf(second.warrant)).redacted);
  });

  test('is answered again from the documents that it was made of, and its event names them', async () => {
    const tenant = newTenant();
    const [first, second] = [await reads({ tenant }), await reads({ tenant })];
    assert.equal(second.isAsked, false);
    const { retrieved } = await eventOf(second.warrant);
    assert.deepEqual(retrieved, { from: 'desk.read_mail', documents: [{ id: 'mail-1', version: '2' }] });
    assert.deepEqual(retrieved, (await eventOf(first.warrant)).retrieved);
  });

  const OTHERS: Readonly<Record<string, (asked: Asked) => Asked>> = {
    'in another tenant': (asked) => ({ ...asked, tenant: newTenant() }),
    'for another user': (asked) => ({ ...asked, user: 'tomas' }),
    'of another agent': (asked) => ({ ...asked, agent: 'other' }),
    'of another resource': (asked) => ({ ...asked, resource: '2' }),
    'under other policies': (asked) => ({ ...asked, more: { policyDigest: 'q' } }),
    'when its seconds are over': (asked) => ({ ...asked, now: secondsAfter(NOON, SECONDS) }),
    'under an envelope that has shortened them': (asked) => ({
      ...asked,
      now: secondsAfter(NOON, 10),
      more: { cache: { seconds: 10 } },
    }),
    'under an envelope that caches nothing': (asked) => ({ ...asked, more: { cache: undefined as never } }),
  };
  for (const [title, other] of Object.entries(OTHERS)) {
    test(`asks the tool ${title}`, async () => {
      const asked = { tenant: newTenant() };
      await reads(asked, says('one'));
      const { text, isAsked } = await reads(other(asked), says('two'));
      assert.deepEqual([text, isAsked], ['two', true]);
    });
  }

  test('asks the tool when what was kept does not fit what the tool says now that it answers', async () => {
    const tenant = newTenant();
    // transforms leave no trace in a schema's JSON, so only the answer itself can show the difference
    const output = z.strictObject({ text: z.string().refine((text) => text !== 'one') });
    await reads({ tenant }, says('one'));
    const { text, isAsked } = await reads({ tenant, output }, says('two'));
    assert.deepEqual([text, isAsked], ['two', true]);
  });

  test('is answered nothing when the agent may not be become any more', async () => {
    const tenant = newTenant();
    await reads({ tenant });
    const sts = () => Promise.reject(new Error('no such role'));
    const { result, text } = await reads({ tenant, sts });
    assert.deepEqual([result.status, result.error?.code, text], ['failed', 'no_credentials', undefined]);
  });

  test('that failed is not kept', async () => {
    const tenant = newTenant();
    const { over, sent } = watchingCache();
    const { result } = await reads({ tenant, over }, () => Promise.reject(new ToolRefusal('gone')));
    assert.equal(result.status, 'failed');
    assert.equal(sent.length, 1, 'it was looked for');
    assert.equal((await reads({ tenant })).isAsked, true);
  });

  test('that is executed again answers what was recorded, and nothing is kept or counted twice', async () => {
    const tenant = newTenant();
    const { warrant } = await reads({ tenant });
    const again = await executed(warrant, says('two'));
    assert.equal(again.calls, 0);
    assert.equal(again.result.output, undefined);
  });

  const ENDS: Readonly<Record<string, readonly [Does, string]>> = {
    succeeded: [says('done'), 'succeeded'],
    failed: [() => Promise.reject(new ToolRefusal('no')), 'failed'],
    'ended and nobody knows how': [() => Promise.reject(new Error('broke')), 'unknown'],
  };
  for (const [title, [does, status]] of Object.entries(ENDS)) {
    test(`asks the tool after a write to its resource that ${title}`, async () => {
      const tenant = newTenant();
      await reads({ tenant }, says('one'));
      const { result } = await writes({ tenant, user: 'tomas', agent: 'other' }, does);
      assert.equal(result.status, status);
      const { text, isAsked } = await reads({ tenant }, says('two'));
      assert.deepEqual([text, isAsked], ['two', true]);
    });
  }

  test('is answered again after a write to another resource, and once it was read after the write', async () => {
    const tenant = newTenant();
    await reads({ tenant });
    await writes({ tenant, resource: '2' });
    assert.equal((await reads({ tenant })).isAsked, false);
    await writes({ tenant });
    await reads({ tenant });
    assert.equal((await reads({ tenant })).isAsked, false);
  });

  test('is not answered again for a day after a write of which nobody knows, read since or not', async () => {
    const tenant = newTenant();
    await writes({ tenant }, () => Promise.reject(new Error('broke')));
    for (const now of [NOON, secondsAfter(NOON, UNSURE_SECONDS - 1)]) {
      await reads({ tenant, now });
      assert.equal((await reads({ tenant, now })).isAsked, true, now);
    }
    const now = secondsAfter(NOON, UNSURE_SECONDS);
    await reads({ tenant, now });
    assert.equal((await reads({ tenant, now })).isAsked, false);
  });

  test('while a write is under way asks the tool, and what it answers is not kept', async () => {
    const tenant = newTenant();
    await reads({ tenant }, says('before'));
    await writes({ tenant }, async () => {
      const during = await reads({ tenant }, says('during'));
      assert.deepEqual([during.text, during.isAsked], ['during', true]);
      return { text: 'done' };
    });
    assert.equal((await reads({ tenant }, says('after'))).text, 'after');
  });

  test('that began before a write ended is never given again after it', async () => {
    const tenant = newTenant();
    const before = await reads({ tenant }, async () => {
      // the tool has read, its answer is on the way, and a whole write comes in between
      await writes({ tenant });
      return { text: 'before the write' };
    });
    assert.equal(before.text, 'before the write');
    assert.deepEqual((await reads({ tenant }, says('after it'))).text, 'after it');
  });

  test('asks the tool after the second attempt at a write, too', async () => {
    const tenant = newTenant();
    await reads({ tenant }, says('one'));
    const warrant = await authorized(write, { tenant });
    // dies as it settles: the cache cannot be told, so nothing of the outcome is recorded
    const noMore = withoutCache();
    await assert.rejects(executed(warrant, noMore.after(says('done'))));
    noMore.restore();
    assert.equal((await reads({ tenant }, says('in doubt'))).text, 'in doubt');
    const { result } = await executed(warrant, says('done'), { now: secondsAfter(NOON, 100) });
    assert.equal(result.status, 'succeeded');
    assert.equal((await reads({ tenant }, says('after'))).text, 'after');
    const { resource } = await readCache(client, `${tenant}#none`, writtenKey(warrant));
    assert.deepEqual(resource, { version: `${warrant.runId}/${warrant.callId}`, writing: [] });
  });

  /** The table of the cache is out, at once or after a tool was asked. */
  function withoutCache() {
    const table = process.env[ENV.cacheTable];
    const take = () => {
      process.env[ENV.cacheTable] = 'no-such-table';
    };
    return {
      take,
      after:
        (does: Does): Does =>
        async () => {
          take();
          return does();
        },
      restore: () => {
        process.env[ENV.cacheTable] = table;
      },
    };
  }

  test('asks the tool when the cache is out, and loses nothing', async () => {
    const cache = withoutCache();
    cache.take();
    try {
      const { text, isAsked, result } = await reads({ tenant: newTenant() });
      assert.deepEqual([text, isAsked, result.status], ['now', true, 'succeeded']);
    } finally {
      cache.restore();
    }
  });

  test('outlives no write: one that the cache cannot be told of does not begin', async () => {
    const warrant = await authorized(write, { tenant: newTenant() });
    const cache = withoutCache();
    cache.take();
    let calls = 0;
    try {
      await assert.rejects(
        executed(warrant, async () => {
          calls += 1;
          return { text: 'done' };
        }),
      );
    } finally {
      cache.restore();
    }
    assert.equal(calls, 0);
    assert.equal(((await readWarrant(client, warrant)) as Warrant).state, 'authorized');
    assert.equal((await executed(warrant, says('done'))).result.status, 'succeeded', 'and may begin later');
  });

  /** A client that hands on all it is sent, and keeps what of it names the table of the cache. */
  function watchingCache() {
    const sent: string[] = [];
    const table = process.env[ENV.cacheTable] ?? assert.fail('no table');
    const send = (command: { readonly input: object }) => {
      const text = JSON.stringify(command.input);
      if (text.includes(table)) {
        sent.push(text);
      }
      return client.send(command as never);
    };
    const over = new Proxy(client, {
      get: (target, name) => (name === 'send' ? send : Reflect.get(target, name)),
    });
    return { over, sent };
  }

  test('is the only kind of call that touches the cache, beside writes to what is cached', async () => {
    const NONE = { cache: undefined as never, invalidates: undefined as never };
    for (const [definition, more, expected] of [
      [read, NONE, 0],
      [write, NONE, 0],
      [read, {}, 2],
      [write, {}, 2],
    ] as const) {
      const warrant = await authorized(definition, { tenant: newTenant(), more });
      const { over, sent } = watchingCache();
      await executed(warrant, says('done'), { over });
      assert.equal(sent.length, expected, `${definition.name}: ${sent.join('; ')}`);
    }
  });

  test('looks at what is there now, and keeps nothing that was given again', async () => {
    const tenant = newTenant();
    await reads({ tenant });
    const { over, sent } = watchingCache();
    assert.equal((await reads({ tenant, over })).isAsked, false);
    assert.equal(sent.length, 1);
    assert.match(sent[0] ?? '', /"ConsistentRead":true/);
  });

  test('is a read: a write is never answered from the cache, whatever its warrant says', async () => {
    const tenant = newTenant();
    const more = { cache: { seconds: SECONDS }, invalidates: undefined as never };
    const first = await writes({ tenant, more });
    const second = await writes({ tenant, more });
    assert.deepEqual([first.calls, second.calls], [1, 1]);
  });
});
