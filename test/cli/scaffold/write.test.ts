import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { writeAll } from '../../../cli/scaffold/write.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'write-'));
  writeFileSync(join(root, 'a.txt'), 'a');
  writeFileSync(join(root, 'b.txt'), 'b');
});
afterEach(() => rmSync(root, { recursive: true }));

function contents(): Record<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return Object.fromEntries(
    files.map(({ name, parentPath }) => [name, readFileSync(join(parentPath, name), 'utf8')]),
  );
}

const change = { path: 'a.txt', before: 'a', after: 'changed' };
const create = { path: 'new/c.txt', before: undefined, after: 'created' };

test('all changes are written', () => {
  writeAll(root, [change, create]);
  assert.deepEqual(contents(), { 'a.txt': 'changed', 'b.txt': 'b', 'c.txt': 'created' });
});

/** Something that comes in between, and makes the last change impossible. */
const IN_THE_WAY: Readonly<Record<string, readonly [() => void, string]>> = {
  'a file that is there already': [() => writeFileSync(join(root, 'd.txt'), "somebody's"), 'd.txt'],
  'a file that somebody has saved': [() => writeFileSync(join(root, 'b.txt'), "somebody's"), 'b.txt'],
  'a folder in place of a file': [() => mkdirSync(join(root, 'd.txt')), 'd.txt'],
};

for (const [obstacle, [put, path]] of Object.entries(IN_THE_WAY)) {
  test(`because of ${obstacle} nothing is written, and nothing of it is lost`, () => {
    put();
    const before = contents();
    const last = { path, before: path === 'b.txt' ? 'b' : undefined, after: 'ours' };
    assert.throws(() => writeAll(root, [change, create, last]), {
      name: 'CommandFailure',
      message: /^nothing was written: /,
    });
    assert.deepEqual(contents(), before);
  });
}
