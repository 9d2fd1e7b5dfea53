import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LambdaClient, UpdateFunctionCodeCommand } from '@aws-sdk/client-lambda';
import { buildSync } from 'esbuild';
import { executorName } from '../../contracts/names.ts';
import { localClient } from '../../local/aws.ts';
import type { LocalCloud } from '../../local/cloud.ts';

/** Puts an executor without a guard in the place of the deployed one. For a cloud that is thrown away afterwards. */
export async function replaceExecutor(cloud: LocalCloud): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'unguarded-'));
  try {
    buildSync({
      entryPoints: [join(import.meta.dirname, 'unguarded-handler.ts')],
      outfile: join(folder, 'index.js'),
      bundle: true,
      platform: 'node',
      target: 'node24',
      format: 'cjs',
      logLevel: 'warning',
    });
    const archive = join(folder, 'code.zip');
    execFileSync('python3', ['-m', 'zipfile', '-c', archive, join(folder, 'index.js')]);
    const lambda = new LambdaClient(localClient(cloud.endpoint));
    const FunctionName = executorName(cloud.prefix, 'retail');
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: readFileSync(archive) }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
