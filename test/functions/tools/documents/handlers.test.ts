import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { before, describe, it } from 'node:test';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { NO_VERSION } from '../../../../contracts/documents.ts';
import { ENV } from '../../../../contracts/environment.ts';
import type { FieldChange, RetrievedDocument } from '../../../../contracts/events.ts';
import { documentsBucketName } from '../../../../contracts/names.ts';
import { type ToolContext, ToolRefusal } from '../../../../domain/tool/handler.ts';
import { documents } from '../../../../functions/tools/documents/definitions.ts';
import { MAXIMUM_CONTENT_LENGTH, type Written } from '../../../../functions/tools/documents/documents.ts';
import { loadDocumentsFacts } from '../../../../functions/tools/documents/facts.ts';
import { documentsHandlers as tools } from '../../../../functions/tools/documents/handlers.ts';
import { brokenLine, type Fate } from './broken-line.ts';

const ENDPOINT = process.env.COUNTERSIGN_LOCAL_ENDPOINT;
const skip = ENDPOINT === undefined && 'COUNTERSIGN_LOCAL_ENDPOINT names no local S3';
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test', sessionToken: 'test' };
const REGION = 'us-east-1';

interface Recorded {
  readonly context: ToolContext;
  readonly effects: [string, readonly FieldChange[] | undefined][];
  readonly retrieved: RetrievedDocument[];
  cost: number;
}

function call(idempotencyKey = randomUUID().slice(0, 36), tenant = 'acme'): Recorded {
  const recorded: Recorded = {
    effects: [],
    retrieved: [],
    cost: 0,
    context: {
      tenant,
      runId: 'run-7',
      callId: '0001-00',
      credentials: CREDENTIALS,
      idempotencyKey,
      signal: AbortSignal.timeout(10_000),
      recordEffect: (effect, changes) => recorded.effects.push([effect, changes]),
      recordRetrieved: (document) => recorded.retrieved.push(document),
      recordCost: (microDollars) => {
        recorded.cost += microDollars;
      },
    },
  };
  return recorded;
}

describe('the tools for documents', { skip }, () => {
  const prefix = `docs-${randomBytes(4).toString('hex')}`;
  const Bucket = documentsBucketName(prefix, { account: '111122223333', region: REGION });
  const s3 = new S3Client({
    endpoint: String(ENDPOINT),
    region: REGION,
    credentials: CREDENTIALS,
    forcePathStyle: true,
  });
  let names = 0;

  before(async () => {
    process.env.AWS_ENDPOINT_URL = ENDPOINT;
    process.env.AWS_REGION = REGION;
    process.env[ENV.prefix] = prefix;
    process.env[ENV.account] = '111122223333';
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  });

  function newName(): string {
    names += 1;
    return `doc-${names}.md`;
  }

  async function byHand(name: string, Body: string | Uint8Array = 'by hand\n'): Promise<string> {
    const { VersionId = '' } = await s3.send(new PutObjectCommand({ Bucket, Key: `acme/${name}`, Body }));
    return VersionId;
  }

  function put(
    name: string,
    content: string,
    expected_version: string,
    { context } = call(),
  ): Promise<Written> {
    return tools['documents.put_document'].run({ name, content, expected_version }, context);
  }

  const read = (name: string) => tools['documents.get_document']({ name }, call().context);
  const restore = (name: string, version: string, expected_version: string, { context } = call()) =>
    tools['documents.restore_document'].run({ name, version, expected_version }, context);

  it('write a document with the run, the call and its key on it', async () => {
    const name = newName();
    const recorded = call('key-1');
    const { version, replaced_version } = await put(name, 'open\n', NO_VERSION, recorded);
    assert.equal(replaced_version, NO_VERSION);
    const { Metadata, ContentType } = await s3.send(new HeadObjectCommand({ Bucket, Key: `acme/${name}` }));
    assert.deepEqual(Metadata, { 'run-id': 'run-7', 'call-id': '0001-00', 'idempotency-key': 'key-1' });
    assert.equal(ContentType, 'text/markdown; charset=utf-8');
    assert.deepEqual(recorded.effects, [
      [`documents/${name}`, [{ field: '(root)', to: 'open\n' }]],
      [`documents/${name}/versions/${version}`, []],
    ]);
    assert.deepEqual(await read(name), { name, version, content: 'open\n', run_id: 'run-7' });
  });

  it('say exactly what a write changes, before it and after it the same', async () => {
    const name = newName();
    const first = await put(name, 'a\nb\n', NO_VERSION);
    const input = { name, content: 'a\nB\n', expected_version: first.version };
    const changes = [{ field: 'line 2', from: 'b', to: 'B' }];
    assert.deepEqual(await tools['documents.preview_put_document'](input, call().context), {
      changes: changes.map((change) => ({ effect: `documents/${name}`, ...change })),
    });
    const recorded = call();
    const second = await tools['documents.put_document'].run(input, recorded.context);
    assert.equal(second.replaced_version, first.version);
    assert.deepEqual(recorded.effects, [
      [`documents/${name}`, changes],
      [`documents/${name}/versions/${second.version}`, []],
    ]);
  });

  it('tell which version of which document was retrieved, whose it is and of when', async () => {
    const [ours, theirs] = [newName(), newName()];
    const { version } = await put(ours, 'open\n', NO_VERSION);
    await s3.send(
      new PutObjectCommand({ Bucket, Key: `acme/${theirs}`, Body: 'x', Metadata: { owner: 'facilities' } }),
    );
    const recorded = call();
    for (const name of [ours, theirs]) {
      await tools['documents.get_document']({ name }, recorded.context);
    }
    const [first, second] = recorded.retrieved;
    assert.deepEqual([first?.id, first?.version, first?.owner], [ours, version, 'run-7']);
    assert.match(first?.at ?? '', /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/);
    assert.deepEqual([second?.id, second?.owner], [theirs, 'facilities']);
  });

  it('tell what somebody wrote by hand from what a run wrote', async () => {
    const name = newName();
    const version = await byHand(name);
    assert.deepEqual(await read(name), { name, version, content: 'by hand\n' });
  });

  it('refuse to read what is not there, was removed, or is another tenant’s', async () => {
    const [never, gone] = [newName(), newName()];
    await byHand(gone);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: `acme/${gone}` }));
    for (const name of [never, gone]) {
      await assert.rejects(read(name), new ToolRefusal(`there is no document '${name}'`));
    }
    const theirs = newName();
    await byHand(theirs);
    const { context } = call('key', 'globex');
    await assert.rejects(tools['documents.get_document']({ name: theirs }, context), ToolRefusal);
  });

  it('refuse what is no text, or too long', async () => {
    const name = newName();
    await byHand(name, new Uint8Array([0xff, 0xfe]));
    await assert.rejects(read(name), /is not utf-8 text/);
    await byHand(name, 'x'.repeat(MAXIMUM_CONTENT_LENGTH * 4 + 1));
    await assert.rejects(read(name), /has 64001 bytes, tools work on 16000 characters/);
    await byHand(name, 'x'.repeat(MAXIMUM_CONTENT_LENGTH + 1));
    await assert.rejects(read(name), /has 16001 characters/);
  });

  it('refuse to write over a version that the caller has not seen', async () => {
    const name = newName();
    const first = await put(name, 'one\n', NO_VERSION);
    const second = await byHand(name, 'two\n');
    for (const seen of [first.version, NO_VERSION, 'other']) {
      const expected = new ToolRefusal(
        `the current version is ${second}, expected ${seen}; read the document again`,
      );
      const input = { name, content: 'three\n', expected_version: seen };
      await assert.rejects(tools['documents.preview_put_document'](input, call().context), expected);
      await assert.rejects(put(name, 'three\n', seen), expected);
      await assert.rejects(restore(name, first.version, seen), expected);
    }
    assert.equal((await read(name)).content, 'two\n');
  });

  it('let one of two win that write at once, over a version or over nothing', async () => {
    const name = newName();
    for (const round of [1, 2, 3]) {
      const seen = round === 1 ? NO_VERSION : (await read(name)).version;
      const tries = await Promise.allSettled(
        ['left', 'right'].map((side) => put(name, `${side} ${round}\n`, seen)),
      );
      const won = tries.filter(({ status }) => status === 'fulfilled');
      assert.equal(won.length, 1, JSON.stringify(tries));
      const lost = tries.find((each) => each.status === 'rejected');
      assert.ok(lost?.reason instanceof ToolRefusal, String(lost?.reason));
    }
  });

  it('take a change back by writing the earlier version anew', async () => {
    const name = newName();
    const first = await put(name, 'one\n', NO_VERSION);
    const second = await put(name, 'two\n', first.version);
    const { undo } = documents.tools[1];
    const back = undo.arguments({ name, content: 'two\n', expected_version: first.version }, second);
    assert.deepEqual(back, { name, version: first.version, expected_version: second.version });
    const recorded = call('key-back');
    const third = await tools['documents.restore_document'].run(back as never, recorded.context);
    assert.deepEqual(recorded.effects, [
      [`documents/${name}`, [{ field: 'line 1', from: 'two', to: 'one' }]],
      [`documents/${name}/versions/${third.version}`, []],
    ]);
    assert.deepEqual(await read(name), { name, version: third.version, content: 'one\n', run_id: 'run-7' });
    const { Metadata } = await s3.send(new HeadObjectCommand({ Bucket, Key: `acme/${name}` }));
    assert.equal(Metadata?.['idempotency-key'], 'key-back');
  });

  it('take a first write back by removing the document, and bring it back again', async () => {
    const name = newName();
    const first = await put(name, 'one\n', NO_VERSION);
    const { undo: undoPut } = documents.tools[1];
    const { undo: undoRestore } = documents.tools[3];
    const removal = undoPut.arguments({ name, content: 'one\n', expected_version: NO_VERSION }, first);
    const recorded = call();
    const gone = await tools['documents.restore_document'].run(removal as never, recorded.context);
    assert.deepEqual(gone, { name, version: NO_VERSION, replaced_version: first.version });
    assert.match(recorded.effects[1]?.[0] ?? '', new RegExp(`^documents/${name}/versions/[\\w-]+$`));
    await assert.rejects(read(name), /there is no document/);

    const again = undoRestore.arguments(removal, gone);
    assert.deepEqual(again, { name, version: first.version, expected_version: NO_VERSION });
    await tools['documents.restore_document'].run(again as never, call().context);
    assert.equal((await read(name)).content, 'one\n');
  });

  it('restore only versions that there are', async () => {
    const [name, other] = [newName(), newName()];
    const { version } = await put(name, 'one\n', NO_VERSION);
    const others = await byHand(other);
    for (const absent of ['11111111-2222-3333-4444-555555555555', others]) {
      await assert.rejects(
        restore(name, absent, version),
        /has no version .*, expected one that a tool has answered/,
      );
    }
    await assert.rejects(restore(newName(), NO_VERSION, NO_VERSION), /nothing is to be removed/);
    const gone = await restore(name, NO_VERSION, version);
    const marks = await s3
      .send(new HeadObjectCommand({ Bucket, Key: `acme/${name}` }))
      .catch((error) => error);
    const mark = marks.$response.headers['x-amz-version-id'];
    await assert.rejects(
      restore(name, mark, gone.version),
      /has no version/,
      'a mark is no version to restore',
    );
  });

  it('find what an earlier attempt has written, also when others have written since', async () => {
    const name = newName();
    const seen = await byHand(name);
    const mine = call('key-mine');
    const { version } = await put(name, 'mine\n', seen, mine);
    await put(name, 'later\n', version);
    const input = { name, content: 'mine\n', expected_version: seen };
    const later = call('key-mine');
    assert.deepEqual(await tools['documents.put_document'].lookUp(input, later.context), {
      name,
      version,
      replaced_version: seen,
    });
    assert.deepEqual(later.effects, [
      [`documents/${name}`, undefined],
      [`documents/${name}/versions/${version}`, []],
    ]);
    const restored = { name, version: seen, expected_version: seen };
    const found = await tools['documents.restore_document'].lookUp(restored, call('key-mine').context);
    assert.equal(found?.version, version);
  });

  it('find nothing where an earlier attempt has written nothing', async () => {
    const name = newName();
    const input = { name, content: 'mine\n', expected_version: NO_VERSION };
    assert.equal(await tools['documents.put_document'].lookUp(input, call().context), undefined);
    const seen = await byHand(name);
    await byHand(name);
    for (const expected_version of [seen, NO_VERSION]) {
      const { context } = call('key-mine');
      const asked = { ...input, expected_version };
      assert.equal(await tools['documents.put_document'].lookUp(asked, context), undefined);
    }
  });

  it('say nothing of a document that was written too often since', async () => {
    const name = newName();
    for (let count = 0; count < 51; count += 1) {
      await byHand(name);
    }
    const input = { name, content: 'mine\n', expected_version: NO_VERSION };
    const recorded = call();
    await assert.rejects(
      tools['documents.put_document'].lookUp(input, recorded.context),
      /none of the latest 50 versions is this call's/,
    );
    const { maximumCostMicroDollars } = documents.tools[1];
    assert.ok(recorded.cost <= maximumCostMicroDollars, `${recorded.cost} of ${maximumCostMicroDollars}`);
  });

  it('see whether a document was removed, and say nothing once it was written again', async () => {
    const name = newName();
    const { version } = await put(name, 'one\n', NO_VERSION);
    const input = { name, version: NO_VERSION, expected_version: version };
    const look = () => tools['documents.restore_document'].lookUp(input, call().context);
    assert.equal(await look(), undefined);
    await restore(name, NO_VERSION, version);
    assert.deepEqual(await look(), { name, version: NO_VERSION, replaced_version: version });
    await byHand(name);
    await assert.rejects(look(), /was written after/);
  });

  async function over(
    fateOf: (method: string, url: string) => Fate,
    use: (asked: string[]) => Promise<void>,
  ) {
    const line = await brokenLine(String(ENDPOINT), fateOf);
    process.env.AWS_ENDPOINT_URL = line.endpoint;
    try {
      await use(line.asked);
    } finally {
      process.env.AWS_ENDPOINT_URL = ENDPOINT;
      line.close();
    }
  }

  it('find what they have written when its answer is lost, and send it once', async () => {
    const name = newName();
    await over(
      (method) => (method === 'PUT' || method === 'DELETE' ? 'answer lost' : 'passes'),
      async (asked) => {
        const recorded = call();
        const { version } = await put(name, 'one\n', NO_VERSION, recorded);
        assert.equal(recorded.effects[1]?.[0], `documents/${name}/versions/${version}`);
        const gone = await restore(name, NO_VERSION, version);
        assert.deepEqual(gone, { name, version: NO_VERSION, replaced_version: version });
        assert.deepEqual(
          asked.filter((method) => method === 'PUT' || method === 'DELETE'),
          ['PUT', 'DELETE'],
        );
      },
    );
    await assert.rejects(read(name), /there is no document/);
  });

  it('do not take a write for refused that may be under way yet', async () => {
    const name = newName();
    await over(
      (method) => (method === 'PUT' ? 'lost' : 'passes'),
      async (asked) => {
        const error = await put(name, 'one\n', NO_VERSION).catch((reason) => reason);
        assert.ok(error instanceof Error && !(error instanceof ToolRefusal), String(error));
        assert.equal(asked.filter((method) => method === 'PUT').length, 1);
      },
    );
  });

  it('have certainly written nothing where S3 denies it', async () => {
    const name = newName();
    await over(
      (method) => (method === 'PUT' ? 'denied' : 'passes'),
      () => assert.rejects(put(name, 'one\n', NO_VERSION), new ToolRefusal('s3 refused: AccessDenied')),
    );
  });

  it('tell a document that is absent from one that is closed, which S3 answers alike', async () => {
    const [closed, absent] = [newName(), newName()];
    await byHand(closed);
    await over(
      (method, url) => (method === 'GET' && !url.includes('versions') ? 'denied' : 'passes'),
      async () => {
        await assert.rejects(read(absent), new ToolRefusal(`there is no document '${absent}'`));
        await assert.rejects(read(closed), { name: 'AccessDenied' });
      },
    );
  });

  it('purge every version and mark, and of no other document', async () => {
    const [name, other] = [newName(), newName()];
    const { version } = await put(name, 'one\n', NO_VERSION);
    await restore(name, NO_VERSION, version);
    const kept = await byHand(other);
    const recorded = call();
    const purge = () => tools['documents.purge_document']({ name }, recorded.context);
    assert.deepEqual(await purge(), { name, purged_versions: 2 });
    assert.deepEqual(await purge(), { name, purged_versions: 0 }, 'again does no more');
    assert.deepEqual(recorded.effects, [[`documents/${name}`, undefined]]);
    await assert.rejects(restore(name, version, NO_VERSION), /has no version/);
    assert.equal((await read(other)).version, kept);
  });

  it('cost what S3 charges', async () => {
    const name = newName();
    const [written, got] = [call(), call()];
    const { version } = await put(name, 'one\n', NO_VERSION);
    await put(name, 'two\n', version, written);
    assert.equal(written.cost, 5.4);
    await tools['documents.get_document']({ name }, got.context);
    assert.equal(got.cost, 0.4);
  });

  it('are decided on what S3 says of the document', async () => {
    const heads = {
      'acme/a.md': { version: 'v1', sizeBytes: 3, metadata: { 'run-id': 'run-1', 'call-id': 'x' } },
      'acme/b.md': { version: 'v2', sizeBytes: 4, metadata: {} },
    };
    const reader = {
      get: assert.fail,
      find: assert.fail,
      head: async (bucket: string, key: string) => {
        assert.equal(bucket, Bucket);
        return (heads as Record<string, (typeof heads)['acme/a.md' | 'acme/b.md']>)[key];
      },
    };
    const facts = async (name: string) =>
      (
        await loadDocumentsFacts(
          { tenant: 'acme', tool: 'documents.get_document', arguments: { name }, now: new Date(0) },
          reader,
        )
      ).resource;
    assert.deepEqual(await facts('a.md'), {
      type: 'Document',
      id: 'a.md',
      attributes: { exists: true, version: 'v1', sizeBytes: 3, run: 'run-1' },
    });
    assert.deepEqual((await facts('b.md')).attributes, { exists: true, version: 'v2', sizeBytes: 4 });
    assert.deepEqual((await facts('c.md')).attributes, { exists: false });
  });
});
