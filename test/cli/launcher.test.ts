import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { EXIT } from '../../cli/failure.ts';

const launcher = join(import.meta.dirname, '..', '..', 'cli', 'countersign.mjs');

function launch(path: string, ...words: readonly string[]) {
  return spawnSync(process.execPath, [path, ...words], { encoding: 'utf8' });
}

suite('the launcher', () => {
  test('passes words on and gives the exit code back', () => {
    const { status, stderr } = launch(launcher, 'nonsense');
    assert.equal(status, EXIT.usage);
    assert.match(stderr, /unknown command 'nonsense'/);
  });

  test('shows the help', () => {
    const { status, stdout } = launch(launcher, '--help');
    assert.equal(status, EXIT.ok);
    assert.match(stdout, /Usage: countersign/);
  });

  test('answers wrong usage with --json as a document too', () => {
    const { stdout } = launch(launcher, 'run', 'w', '--json');
    assert.equal(JSON.parse(stdout).error.code, 'usage');
  });

  test('says in one sentence that the dependencies are missing', () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-test-'));
    cpSync(launcher, join(folder, 'cli', 'countersign.mjs'));
    const { status, stderr } = launch(join(folder, 'cli', 'countersign.mjs'));
    rmSync(folder, { recursive: true });
    assert.equal(status, EXIT.usage);
    assert.equal(stderr, 'the dependencies of countersign are not installed, run: npm ci\n');
  });
});
