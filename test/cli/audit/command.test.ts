import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { verifierKeyLine } from '../../../cli/audit/verifier-keys.ts';
import { honestRuns } from '../../support/audited-log.ts';
import { countersign } from '../../support/command-line.ts';
import { memoryLog, ORIGIN, testKey } from '../../support/memory-log.ts';

const KEY = testKey();
const log = memoryLog(KEY);
await log.add(honestRuns(30), 7, 5);
const folder = mkdtempSync(join(tmpdir(), 'audit-'));
after(() => rmSync(folder, { recursive: true }));

const keyFile = join(folder, 'log.key');
writeFileSync(keyFile, `# the log of a test\n${verifierKeyLine(ORIGIN, KEY.der)}\n`);
const kept = join(folder, 'kept');
writeFileSync(kept, log.objects.get('checkpoints/0000000000000070')?.bytes ?? '');

/** A copy of the bucket, with the times of its objects. */
function copy(name: string): string {
  const root = join(folder, name);
  for (const [key, { bytes, modifiedAtMilliseconds }] of log.objects) {
    const file = join(root, key);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
    utimesSync(file, modifiedAtMilliseconds / 1000, modifiedAtMilliseconds / 1000);
  }
  return root;
}

const verify = (...more: readonly string[]) => countersign(['audit', 'verify', '--key', keyFile, ...more]);

test('a copy that is whole is proven, with exit code 0', async () => {
  const { code, stdout, stderr } = await verify('--dir', copy('whole'), '--checkpoint', kept);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^proven: 330 entries of 30 runs, \d+ objects of .*whole\nroot [A-Za-z0-9+/]{43}=\n$/);
});

test('problems are told by their codes and places, with exit code 1', async () => {
  const root = copy('tampered');
  rmSync(join(root, 'tile/0/000'));
  writeFileSync(join(root, 'notes\u001b.txt'), 'x');
  const { code, stdout } = await verify('--dir', root);
  assert.equal(code, 1);
  assert.match(
    stdout,
    /^tile_missing \(1\): a tile is not there\n {2}tile\/0\/000, entry 0: hashes from entry 0 on are in it$/m,
  );
  assert.match(stdout, /^object_unknown \(1\): .*\n {2}notes\\u\{1b\}\.txt: /m);
  assert.match(stdout, /^NOT proven, 2 problems: 330 entries/m);
});

test('programs are given one document', async () => {
  const root = copy('for-programs');
  rmSync(join(root, 'checkpoint'));
  const { code, stdout } = await verify('--dir', root, '--json');
  const { verdict, size, counts, problems, notes, runs } = JSON.parse(stdout);
  assert.deepEqual(
    [code, verdict, size, counts, notes, runs],
    [1, 'problems', 330, { checkpoint_missing: 1 }, [], 30],
  );
  assert.deepEqual(problems, [
    { code: 'checkpoint_missing', message: 'checkpoint is not there', object: 'checkpoint' },
  ]);
});

test('an empty folder is not a log that is proven', async () => {
  const root = join(folder, 'empty');
  mkdirSync(root);
  assert.equal((await verify('--dir', root)).code, 1);
});

/** Options that cannot be used, and what is said. */
const WRONG: readonly (readonly [readonly string[], RegExp])[] = [
  [
    ['--dir', join(folder, 'nowhere')],
    /--dir is .*nowhere, expected a folder with a copy of the audit bucket/,
  ],
  [['--dir', folder, '--bucket', 'x'], /--dir and --bucket were both given/],
  [['--dir', folder, '--key', join(folder, 'nowhere')], /nowhere cannot be read/],
  [['--dir', folder, '--key', kept], /line 1 is no ed25519 verifier key/],
  [['--dir', folder, '--checkpoint', join(folder, 'nowhere')], /nowhere cannot be read/],
];
for (const [options, message] of WRONG) {
  test(`wrong usage is exit code 2: ${message.source}`, async () => {
    await assert.rejects(verify(...options), { exitCode: 2, message });
  });
}

test('a deployment that cannot be reached is exit code 3', async () => {
  await assert.rejects(verify('--region', 'us-east-1', '--profile', 'nobody-has-this-profile'), {
    exitCode: 3,
    message: /the audit log of countersign cannot be read/,
  });
});

test('a key is needed', async () => {
  await assert.rejects(countersign(['audit', 'verify', '--dir', folder]), /--key/);
});
