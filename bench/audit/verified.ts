import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { GetPublicKeyCommand } from '@aws-sdk/client-kms';
import { verifierKeyLine } from '../../cli/audit/verifier-keys.ts';
import { logOrigin } from '../../contracts/names.ts';
import { rawPublicKey } from '../../domain/log/note.ts';
import { sideBySide } from '../../functions/runtime/side-by-side.ts';
import type { EmulatorClients } from './emulator-clients.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CONFORMANCE = join(ROOT, 'test', 'conformance');

/** What verifying a copy of the bucket took. */
export interface Verified {
  readonly seconds: number;
  /** Of the processors, where it is known; on a busy machine it says more. */
  readonly cpuSeconds?: number;
  readonly peakBytes: number;
}

export interface BothVerified {
  /** By `countersign audit verify`: everything in the bucket. */
  readonly ours: Verified;
  /** By tessera's fsck: bundles, tiles and the checkpoint; or why not, in words, where there is no Go. */
  readonly fsck: Verified | string;
}

/**
 * Copies a log out of the emulator, and lets both verifiers read all of it, each in a process of its own.
 *
 * @throws Error when one of them rejects the log
 */
export async function verified(clients: EmulatorClients): Promise<BothVerified> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-bench-'));
  try {
    const bucket = join(folder, 'bucket');
    await sideBySide([...(await clients.sizes()).keys()], async (key) => {
      const path = join(bucket, ...key.split('/'));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, await clients.get(key));
    });
    const { PublicKey } = await clients.kms.send(new GetPublicKeyCommand({ KeyId: clients.keyId }));
    const der = PublicKey ?? new Uint8Array();
    const origin = logOrigin(clients.bucket, 'us-east-1');
    return { ours: byOurs(folder, bucket, origin, der), fsck: byFsck(folder, bucket, origin, der) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Prints the most that the process had resident, and its processor time; `getrusage` says at least what its parent had. */
const TELL_USAGE = `data:text/javascript,${encodeURIComponent(
  `import { readFileSync } from 'node:fs';
   process.on('exit', () => {
     const [, kilobytes = 0] = /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
     const { user, system } = process.cpuUsage();
     console.error('peak ' + kilobytes + ' processor ' + (user + system));
   });`,
)}`;

function byOurs(folder: string, bucket: string, origin: string, der: Uint8Array): Verified {
  const key = join(folder, 'key');
  writeFileSync(key, verifierKeyLine(origin, der));
  const command = [join(ROOT, 'cli', 'main.ts'), 'audit', 'verify', '--key', key, '--dir', bucket];
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', TELL_USAGE, ...command], {
    encoding: 'utf8',
  });
  const seconds = (performance.now() - began) / 1000;
  if (status !== 0) {
    throw new Error(`countersign audit verify rejects the log: ${stdout}${stderr}`);
  }
  const [, kilobytes = '0', microseconds = '0'] = /^peak (\d+) processor (\d+)$/m.exec(stderr) ?? [];
  return { seconds, cpuSeconds: Number(microseconds) / 1_000_000, peakBytes: Number(kilobytes) * 1024 };
}

function byFsck(folder: string, bucket: string, origin: string, der: Uint8Array): Verified | string {
  const program = join(folder, 'conformance');
  const built = spawnSync('go', ['build', '-o', program, '.'], { cwd: CONFORMANCE, stdio: 'ignore' });
  if (built.error !== undefined || built.status !== 0) {
    return 'go or the modules of test/conformance are not there';
  }
  const parameters = [bucket, origin, rawPublicKey(der).toString('base64')];
  const { status, stdout, stderr } = spawnSync(program, parameters, { encoding: 'utf8' });
  if (status !== 0) {
    throw new Error(`fsck rejects the log: ${stderr}`);
  }
  const { fsck_ms, memory_bytes } = JSON.parse(stdout);
  return { seconds: fsck_ms / 1000, peakBytes: memory_bytes };
}
