import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { logOrigin } from '../../contracts/names.ts';
import { logSigner } from '../../functions/adapters/log/key.ts';
import { sideBySide } from '../../functions/runtime/side-by-side.ts';
import type { EmulatorClients } from './emulator-clients.ts';

const HARNESS = join(import.meta.dirname, '..', '..', 'test', 'conformance');

/** What verifying a copy of the bucket took. */
export interface Verified {
  readonly entries: number;
  readonly seconds: number;
  readonly peakBytes: number;
}

/**
 * Copies a log out of the emulator, and lets tessera's fsck read all of it again.
 *
 * @returns why it was not verified, in words, where there is no Go
 * @throws Error when the log is rejected
 */
export async function verified(clients: EmulatorClients): Promise<Verified | string> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-bench-'));
  try {
    const program = join(folder, 'conformance');
    const { error, status } = spawnSync('go', ['build', '-o', program, '.'], {
      cwd: HARNESS,
      stdio: 'ignore',
    });
    if (error !== undefined || status !== 0) {
      return 'go or the modules of test/conformance are not there';
    }
    const bucket = join(folder, 'bucket');
    const keys = [...(await clients.sizes()).keys()].filter((key) => /^(tile|checkpoint)/.test(key));
    await sideBySide(keys, async (key) => {
      const path = join(bucket, ...key.split('/'));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, await clients.get(key));
    });
    return await accepted(program, bucket, clients);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function accepted(program: string, bucket: string, clients: EmulatorClients): Promise<Verified> {
  const origin = logOrigin(clients.bucket, 'us-east-1');
  const { publicKey } = await logSigner(clients.kms, clients.keyId, origin).key();
  const { status, stdout, stderr } = spawnSync(program, [bucket, origin, publicKey.toString('base64')], {
    encoding: 'utf8',
  });
  if (status !== 0) {
    throw new Error(`the log is rejected: ${stderr}`);
  }
  const { entries, fsck_ms, memory_bytes } = JSON.parse(stdout);
  return { entries, seconds: fsck_ms / 1000, peakBytes: memory_bytes };
}
