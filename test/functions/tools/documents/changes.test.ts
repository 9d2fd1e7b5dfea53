import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change } from '../../../../domain/tool/preview.ts';
import { documentChanges } from '../../../../functions/tools/documents/changes.ts';

/** Two texts, and what differs. */
const CHANGES: Readonly<
  Record<string, readonly [string | undefined, string | undefined, readonly Change[]]>
> = {
  'nothing differs': ['a\nb\n', 'a\nb\n', []],
  'there was no document': [undefined, 'a\n', [{ field: '(root)', to: 'a\n' }]],
  'the document is removed': ['a\n', undefined, [{ field: '(root)', from: 'a\n' }]],
  'a line differs': ['a\nb\nc', 'a\nB\nc', [{ field: 'line 2', from: 'b', to: 'B' }]],
  'lines differ': ['a\nb\nc\nd', 'a\nB\nC\nd', [{ field: 'lines 2-3', from: 'b\nc', to: 'B\nC' }]],
  'a line is added': ['a\nc', 'a\nb\nc', [{ field: 'after line 1', to: 'b' }]],
  'a line is added in front': ['b', 'a\nb', [{ field: 'after line 0', to: 'a' }]],
  'an empty line is added': ['a\nb', 'a\n\nb', [{ field: 'after line 1', to: '' }]],
  'a line is left out': ['a\nb\nc', 'a\nc', [{ field: 'line 2', from: 'b' }]],
  'only the end of the last line is new': ['a', 'a\n', [{ field: 'after line 1', to: '' }]],
  'lines differ in two places': [
    'a\nb\nc\nd\ne',
    'A\nb\nc\nx\nd\nE',
    [
      { field: 'line 1', from: 'a', to: 'A' },
      { field: 'after line 3', to: 'x' },
      { field: 'line 5', from: 'e', to: 'E' },
    ],
  ],
  'repeated lines grow': ['a\na', 'a\na\na', [{ field: 'after line 2', to: 'a' }]],
  'fields of json differ': [
    '{"hours":{"mon":"9-18"},"note":"x"}',
    '{\n  "note": "x",\n  "hours": { "mon": "9-17" }\n}',
    [{ field: 'hours.mon', from: '9-18', to: '9-17' }],
  ],
  'json differs in white space only': [
    '{"a":1}',
    '{ "a": 1 }',
    [{ field: 'line 1', from: '{"a":1}', to: '{ "a": 1 }' }],
  ],
  'json becomes text': ['{"a":1}', 'a: 1', [{ field: 'line 1', from: '{"a":1}', to: 'a: 1' }]],
  'json that is no object differs': ['1', '2', [{ field: 'line 1', from: '1', to: '2' }]],
};

for (const [title, [before, after, changes]] of Object.entries(CHANGES)) {
  test(`changes when ${title}`, () => {
    assert.deepEqual(documentChanges(before, after), changes);
  });
}

/** Writes the new text from the old one and the changes alone. */
function applied(before: string, changes: readonly Change[]): string {
  const lines = before.split('\n');
  for (const { field, to } of changes.toReversed()) {
    const added = to === undefined ? [] : String(to).split('\n');
    const [, after, from = '', until = from] =
      /^(?:after line (\d+)|lines? (\d+)(?:-(\d+))?)$/.exec(field) ?? [];
    if (after === undefined) {
      lines.splice(Number(from) - 1, Number(until) - Number(from) + 1, ...added);
    } else {
      lines.splice(Number(after), 0, ...added);
    }
  }
  return lines.join('\n');
}

test('whoever has the old text and the changes has the new text', () => {
  // a generator of our own, so that a failure can be looked at again
  let state = 7;
  const next = (below: number) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor(state / 65536) % below;
  };
  const text = () => Array.from({ length: next(9) }, () => 'abc'[next(3)]).join('\n');
  for (let round = 0; round < 3000; round += 1) {
    const [before, after] = [text(), text()];
    const changes = documentChanges(before, after);
    assert.equal(applied(before, changes), after, JSON.stringify([before, after, changes]));
  }
});

test('texts of thousands of lines that have nothing in common are one change, at once', () => {
  const lines = (letter: string) =>
    Array.from({ length: 8000 }, (_, index) => `${letter}${index}`).join('\n');
  const began = performance.now();
  const changes = documentChanges(lines('a'), lines('b'));
  assert.deepEqual(
    changes.map(({ field }) => field),
    ['lines 1-8000'],
  );
  assert.ok(performance.now() - began < 1000);
});
