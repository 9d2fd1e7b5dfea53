import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../../local/run-folder.ts';

test('a command whose output nobody reads any more ends, instead of reporting that for ever', async () => {
  const program = `
    import { runCommand } from '${join(projectRoot, 'local', 'shutdown.ts')}';
    await runCommand(async () => {
      setInterval(() => console.log('a line'), 5);
      return new Promise(() => {});
    });`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [code] = await once(child, 'exit');
  assert.equal(code, 128 + 13);
});
