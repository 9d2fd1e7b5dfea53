import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, suite, test } from 'node:test';
import { verifierKeys } from '../../../cli/audit/verifier-keys.ts';
import { EXIT } from '../../../cli/failure.ts';
import { receiptFromCopy } from '../../../cli/receipt/copy.ts';
import { showFromApi } from '../../../cli/receipt/show.ts';
import { problemsOf } from '../../../cli/receipt/verify/verify.ts';
import type { Receipt } from '../../../contracts/api.ts';
import { tileKey } from '../../../domain/log/keys.ts';
import { encodedTile, tileWidth } from '../../../domain/log/tree.ts';
import { countersign, ok } from '../../support/command-line.ts';
import { loggedAmongOthers, type MadeLog, RUN_EVENTS, receiptIn } from '../../support/receipts.ts';

const folder = mkdtempSync(join(tmpdir(), 'receipt-'));
after(() => rmSync(folder, { recursive: true }));

const log = loggedAmongOthers(RUN_EVENTS);
const genuine = await receiptIn(log);

suite('countersign receipt', () => {
  test('prints a document, and writes a page beside what it prints', async () => {
    const page = join(folder, 'deep', 'receipt.html');
    const { code, stdout, stderr } = await countersign(
      ['receipt', 'run-1', '--markdown', '--html', page],
      ok(genuine),
    );
    assert.equal(code, EXIT.ok);
    assert.match(stdout, /^# Receipt of `run-1`\n/);
    assert.match(
      readFileSync(page, 'utf8'),
      /^<!doctype html>[\s\S]*<h1>Receipt of <code>run-<wbr>1<\/code><\/h1>/,
    );
    assert.match(stderr, /written to .*receipt\.html/);
  });

  test('with --json is the receipt, proof and all', async () => {
    const { stdout } = await countersign(['--json', 'receipt', 'run-1'], ok(genuine));
    assert.deepEqual(JSON.parse(stdout), JSON.parse(JSON.stringify(genuine)));
  });

  test('says what the page cannot be written to', async () => {
    await assert.rejects(
      countersign(['receipt', 'run-1', '--html', folder], ok(genuine)),
      /cannot be written: .*EISDIR/,
    );
  });

  const waitingFor = (pending: readonly number[]) => {
    const answers = pending.map((count) => ({ ...genuine, proof: { ...genuine.proof, pending: count } }));
    const shown: unknown[] = [];
    let asked = 0;
    const session = {
      tenant: 'acme',
      client: {
        getReceipt: async (): Promise<Receipt> => {
          asked += 1;
          return answers[Math.min(asked, answers.length) - 1] ?? assert.fail();
        },
      },
      output: {
        ...{ json: true, paint: (_: unknown, text: string) => text, hint: () => undefined },
        show: (document: unknown) => void shown.push(document),
      },
      pause: async () => undefined,
    };
    return { session, shown, asked: () => asked };
  };

  test('with --wait asks until every event is under a checkpoint', async () => {
    const { session, shown, asked } = waitingFor([3, 1, 0]);
    assert.equal(await showFromApi(session, 'run-1', { wait: true }), EXIT.ok);
    assert.equal(asked(), 3);
    assert.deepEqual(
      shown.map((document) => (document as Receipt).proof.pending),
      [0],
    );
  });

  test('with --wait gives up after some minutes, shows what there is, and ends with 1', async () => {
    const { session, shown, asked } = waitingFor([3]);
    assert.equal(await showFromApi(session, 'run-1', { wait: true }), EXIT.refused);
    assert.deepEqual([asked(), shown.length], [49, 1]);
  });

  test('without --wait asks once', async () => {
    const { session, asked } = waitingFor([3, 0]);
    assert.equal(await showFromApi(session, 'run-1', {}), EXIT.ok);
    assert.equal(asked(), 1);
  });
});

/** As a copy of the bucket has them. */
async function copyOf({ tree, leafOf }: MadeLog, lines = linesOf(leafOf)): Promise<string> {
  const dir = mkdtempSync(join(folder, 'copy-'));
  const write = (name: string, content: string | Buffer) => {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), content);
  };
  for (const [level, indices] of [
    [0, [0, 1]],
    [1, [0]],
  ] as const) {
    for (const index of indices) {
      write(
        tileKey(level, index, tileWidth(tree.size, level, index)),
        encodedTile(await tree.tiles(level, index)),
      );
    }
  }
  write('checkpoint', tree.note);
  write('events/dt=2026-11-21/0000000000000000.ndjson.gz', lines);
  return dir;
}

function linesOf(leafOf: MadeLog['leafOf']): string {
  const lines = RUN_EVENTS.map((event) => JSON.stringify({ ...event, leaf: leafOf(event) }));
  const strangers = lines.map((line) => line.replace('"tenant":"acme"', '"tenant":"other"'));
  return [...strangers, ...lines.toReversed(), ''].join('\n');
}

suite('countersign receipt --dir', () => {
  const options = { root: 'policies', tenant: 'acme' };

  test('makes a receipt that the key verifies, of the run of this tenant alone', async () => {
    const made = await receiptFromCopy('run-1', { ...options, dir: await copyOf(log) });
    assert.deepEqual(problemsOf(made, verifierKeys(log.keyLine)), []);
    assert.deepEqual(made.proof, genuine.proof);
    assert.deepEqual(made.calls, genuine.calls);
    assert.equal(made.permission.granted, undefined);
  });

  test('asks no cloud', async () => {
    const dir = await copyOf(log);
    const { code, stdout, received, person } = await countersign([
      ...['--tenant', 'acme', 'receipt', 'run-1', '--dir', dir],
    ]);
    assert.deepEqual([code, received.length, person], [EXIT.ok, 0, undefined]);
    assert.match(stdout, /proof +all 15 events are in the log/);
  });

  test('names a run that the copy does not have', async () => {
    const dir = await copyOf(log);
    await assert.rejects(
      receiptFromCopy('run-2', { ...options, dir }),
      /has no events of run 'run-2' of tenant 'acme'/,
    );
    await assert.rejects(
      receiptFromCopy('run-1', { ...options, dir, tenant: 'x' }),
      /run 'run-1' of tenant 'x'/,
    );
  });

  test('names a line that is not what the tiles have', async () => {
    const dir = await copyOf(
      log,
      linesOf(log.leafOf).replaceAll('"costMicroDollars":40', '"costMicroDollars":4'),
    );
    await assert.rejects(
      receiptFromCopy('run-1', { ...options, dir }),
      (error: Error & { exitCode?: number }) =>
        error.exitCode === EXIT.refused &&
        /event model\.called\/2 of .* is not entry 252/.test(error.message),
    );
  });

  for (const [what, name, message] of [
    ['checkpoint', 'checkpoint', /checkpoint cannot be read: .*expected a copy of the audit bucket/],
    ['tile', 'tile/0/001.p/36', /tile\/0\/001\.p\/36.* cannot be read/],
  ] as const) {
    test(`names a ${what} that is missing`, async () => {
      const dir = await copyOf(log);
      rmSync(join(dir, name));
      await assert.rejects(receiptFromCopy('run-1', { ...options, dir }), message);
    });
  }

  for (const [what, line, message] of [
    ['no json', '{"runId":"run-1"', /ndjson\.gz:1: .*expected one event a line/],
    [
      'no leaf',
      JSON.stringify(RUN_EVENTS[0]),
      /an event of version 1 at leaf undefined, expected version 1 and a number/,
    ],
    ['another version', '{"v":2,"runId":"run-1","leaf":1}', /an event of version 2 at leaf 1/],
  ] as const) {
    test(`names a line with ${what}`, async () => {
      await assert.rejects(receiptFromCopy('run-1', { ...options, dir: await copyOf(log, line) }), message);
    });
  }

  test('names a folder without prices', async () => {
    const dir = await copyOf(log);
    await assert.rejects(
      receiptFromCopy('run-1', { ...options, dir, root: dir }),
      /has no prices: .*expected a folder of policies/,
    );
  });
});
