import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { encodedEntries } from '../../domain/log/bundle.ts';
import { checkpointText, openedCheckpoint, rawPublicKey, signedNote } from '../../domain/log/note.ts';
import { noLedger } from '../support/ledger-tables.ts';
import { eventOfRun, recordOf, type TestLog, testLog } from '../support/log.ts';

const HARNESS = import.meta.dirname;
/** `LOG_EVENTS=100000` for a longer look. */
const EVENTS = Number(process.env.LOG_EVENTS ?? 100_000);
const EVENTS_IN_A_BATCH = 1_000;
const EVENTS_IN_A_RUN = 25;
/** A few rounds of their own, so that there are partial tiles and checkpoints to be consistent with. */
const EARLY_BATCHES = 3;
const VERIFY_MILLISECONDS = 120_000;

const skip = noLedger || missingGo();

/** @returns why the verifiers cannot be had here; Go is no prerequisite of the project */
function missingGo(): string | false {
  const { error, status, stderr } = spawnSync('go', ['mod', 'download'], {
    cwd: HARNESS,
    encoding: 'utf8',
    env: { ...process.env, GOTOOLCHAIN: 'local' },
  });
  if (error !== undefined) {
    return 'there is no go on the PATH, which the independent verifiers are written in';
  }
  return status === 0
    ? false
    : `go could not have the modules of the verifiers: ${stderr.trim().split('\n').at(-1)}`;
}

describe('verifiers that nobody of this project wrote', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  const bucket = join(folder, 'bucket');
  const program = join(folder, 'conformance');
  let log: TestLog;
  let publicKey: Buffer;

  before(async () => {
    execFileSync('go', ['build', '-o', program, '.'], { cwd: HARNESS, stdio: 'inherit' });
    log = await testLog();
    publicKey = await log.publicKey();
    for (let first = 0; first < EVENTS; first += EVENTS_IN_A_BATCH) {
      const count = Math.min(EVENTS_IN_A_BATCH, EVENTS - first);
      await log.seal(Array.from({ length: count }, (_, index) => recordOf(eventAt(first + index))));
      if (first < EARLY_BATCHES * EVENTS_IN_A_BATCH) {
        await log.integrateAll();
      }
    }
    await log.integrateAll();
    for (const [key, bytes] of await log.objects()) {
      put(key, bytes);
    }
  });
  after(() => {
    log?.close();
    rmSync(folder, { recursive: true });
  });

  const pathOf = (key: string) => join(bucket, ...key.split('/'));
  const get = (key: string) => readFileSync(pathOf(key));
  function put(key: string, bytes: Uint8Array | string) {
    mkdirSync(dirname(pathOf(key)), { recursive: true });
    writeFileSync(pathOf(key), bytes);
  }
  const verdict = () =>
    spawnSync(program, [bucket, log.origin, publicKey.toString('base64')], {
      encoding: 'utf8',
      timeout: VERIFY_MILLISECONDS,
    });

  /** @param change - of an object, or its removal; it is as it was before afterwards */
  function rejected(key: string, change: (bytes: Buffer) => Uint8Array | string | undefined, why: RegExp) {
    const original = get(key);
    const changed = change(original);
    if (changed === undefined) {
      rmSync(pathOf(key));
    } else {
      put(key, changed);
    }
    try {
      const { status, stderr } = verdict();
      assert.notEqual(status, 0, `accepted although ${key} was changed`);
      assert.match(stderr, why);
    } finally {
      put(key, original);
    }
  }

  test(`accept a log of ${EVENTS} events, all its checkpoints, and proofs of its entries`, () => {
    const { status, stdout, stderr } = verdict();
    assert.equal(status, 0, stderr);
    const { entries, checkpoints, proven } = JSON.parse(stdout);
    assert.deepEqual([entries, proven], [EVENTS, 100]);
    assert.equal(checkpoints, readdirSync(pathOf('checkpoints')).length);
    assert.ok(checkpoints > EARLY_BATCHES, `${checkpoints} checkpoints, expected more than ${EARLY_BATCHES}`);
  });

  test('reject a byte changed in an entry', () => {
    rejected('tile/entries/005', (bytes) => gzipSync(flipped(gunzipSync(bytes), 1000)), /log has/);
  });

  test('reject two entries that changed places', () => {
    const swap = (bytes: Buffer) => {
      const [first, second, ...rest] = entriesIn(gunzipSync(bytes));
      return gzipSync(encodedEntries([second, first, ...rest] as Buffer[]));
    };
    rejected('tile/entries/007', swap, /log has/);
  });

  test('reject a bundle that is gone', () => {
    rejected('tile/entries/009', () => undefined, /tile\/entries\/009: no such file/);
  });

  test('reject a byte changed in a tile of leaves, and in the one above', () => {
    rejected('tile/0/003', (bytes) => flipped(bytes, 77), /tile\/0\/003: log has/);
    const above = EVENTS >= 65_536 ? 'tile/1/000' : `tile/1/000.p/${Math.floor(EVENTS / 256)}`;
    rejected(above, (bytes) => flipped(bytes, 77), /tile\/1\/000.*: log has/);
  });

  test('reject a root that is signed by the right key for another size', async () => {
    const { root } = latest();
    const note = await log.parts().signer.sign(2 * EVENTS_IN_A_BATCH, root);
    rejected('checkpoint', () => note, /calculated root/);
  });

  test('reject a checkpoint by another key of the same name', () => {
    const { publicKey: other, privateKey } = generateKeyPairSync('ed25519');
    const text = checkpointText(latest());
    const raw = rawPublicKey(other.export({ format: 'der', type: 'spki' }));
    const signature = sign(null, Buffer.from(text), privateKey);
    rejected(
      'checkpoint',
      () => signedNote(text, { name: log.origin, publicKey: raw }, signature),
      /no verifiable/,
    );
    rejected(
      'checkpoint',
      () => signedNote(text, { name: log.origin, publicKey }, signature),
      /invalid signature/,
    );
  });

  test('reject a log that was cut off, by the checkpoints that it has beyond', () => {
    const [early = ''] = readdirSync(pathOf('checkpoints')).sort();
    rejected('checkpoint', () => get(`checkpoints/${early}`), /ProveTree/);
  });

  test('reject an earlier checkpoint of another tree, although the right key signed it', async () => {
    const [early = ''] = readdirSync(pathOf('checkpoints')).sort();
    const note = await log.parts().signer.sign(Number(early), latest().root);
    rejected(`checkpoints/${early}`, () => note, /checkpoints\/0+1000: .*proof/);
  });

  function latest() {
    return openedCheckpoint(get('checkpoint').toString(), { name: log.origin, publicKey });
  }
});

function eventAt(index: number) {
  return eventOfRun(`run-${Math.floor(index / EVENTS_IN_A_RUN)}`, index % EVENTS_IN_A_RUN, index);
}

function flipped(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}

function entriesIn(bundle: Buffer): Buffer[] {
  const entries: Buffer[] = [];
  for (let from = 0; from < bundle.length; ) {
    const end = from + 2 + bundle.readUInt16BE(from);
    entries.push(bundle.subarray(from + 2, end));
    from = end;
  }
  return entries;
}
