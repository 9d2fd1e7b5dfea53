import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { awsServices, type ConnectionOptions } from '../connection.ts';
import { EXIT, type ExitCode, usageFailure } from '../failure.ts';
import type { Output } from '../output.ts';
import { bucketStore } from './bucket-store.ts';
import { logOutputs, orUnreachable } from './deployment.ts';
import { findings } from './findings.ts';
import { folderStore } from './folder-store.ts';
import { type AuditReport, reportLines } from './lines.ts';
import { progressTo } from './progress.ts';
import { type VerifierKey, verifierKeys } from './verifier-keys.ts';
import { type Verification, verifyLog } from './verify-log.ts';

export interface VerifyOptions extends ConnectionOptions {
  readonly key: string;
  readonly bucket?: string | boolean;
  readonly dir?: string;
  readonly checkpoint?: string;
}

interface VerifySession {
  readonly output: Output;
  readonly progress: (text: string) => void;
}

/** Who reads the local cloud's log when `--as` does not say. */
export const READER = 'app';

/** Verifies the log of a deployment or a copy of it. Exit code 1 says that there is a problem. */
export async function verifyAudit(
  { output, progress }: VerifySession,
  options: VerifyOptions,
): Promise<ExitCode> {
  const { key, bucket, dir, checkpoint } = options;
  if (dir !== undefined && bucket !== undefined) {
    throw usageFailure('--dir and --bucket were both given, expected one of them');
  }
  const found = findings();
  const verification: Verification = {
    keys: keysIn(key),
    ...(checkpoint === undefined ? {} : { remembered: { name: checkpoint, bytes: fileBytes(checkpoint) } }),
    findings: found,
    progress: progressTo(progress, Date.now),
  };
  const { source, verified } =
    dir === undefined
      ? await ofBucket(options, verification)
      : { source: dir, verified: await verifyLog(folderStore(checkedFolder(dir)), verification) };
  const isProven = Object.keys(found.counts()).length === 0;
  const report: AuditReport = {
    verdict: isProven ? 'proven' : 'problems',
    source,
    ...verified,
    counts: found.counts(),
    problems: found.problems(),
    notes: found.notes(),
  };
  output.show(report, () => reportLines(report));
  return isProven ? EXIT.ok : EXIT.refused;
}

async function ofBucket(options: VerifyOptions, verification: Verification) {
  const services = awsServices(options, READER);
  const { configuration } = services;
  return orUnreachable('the audit log', services, async () => {
    const named = typeof options.bucket === 'string' ? options.bucket : undefined;
    const bucket = named ?? (await logOutputs(services, ['auditBucket'])).auditBucket;
    const client = new S3Client({ ...configuration, forcePathStyle: configuration.endpoint !== undefined });
    const verified = await verifyLog(bucketStore(client, bucket), verification);
    return { source: bucket, verified };
  });
}

/** @throws CommandFailure with exit code 2 when it has no keys */
function keysIn(file: string): readonly VerifierKey[] {
  const text = fileBytes(file).toString();
  try {
    return verifierKeys(text);
  } catch (error) {
    throw usageFailure(`${file}: ${(error as Error).message}`);
  }
}

/** @throws CommandFailure with exit code 2 when it cannot be read */
function fileBytes(file: string): Buffer {
  try {
    return readFileSync(resolve(file));
  } catch (error) {
    throw usageFailure(`${file} cannot be read: ${(error as Error).message}`);
  }
}

/** @throws CommandFailure with exit code 2 when it is no folder */
function checkedFolder(dir: string): string {
  if (statSync(resolve(dir), { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw usageFailure(`--dir is ${dir}, expected a folder with a copy of the audit bucket`);
  }
  return dir;
}
