import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Changes } from './changes.ts';

const CASES = 'policies/cases';

/**
 * Policies of an envelope are named by their lines, and cases name policies: where lines went down, cases go after them.
 *
 * @param before - the envelope's text
 * @param after - the same with lines put in at one place
 */
export function followMovedLines(
  changes: Changes,
  root: string,
  workflow: string,
  before: string,
  after: string,
): void {
  const moved = movedLines(before, after);
  const ids = new RegExp(`(?<="envelopes/${workflow}/L)\\d+(?=-)`, 'g');
  for (const folder of readdirSync(join(root, CASES))) {
    for (const file of readdirSync(join(root, CASES, folder)).filter((name) => name.endsWith('.json'))) {
      changes.replace(`${CASES}/${folder}/${file}`, (text) =>
        text.replaceAll(ids, (line) => String(moved(Number(line)))),
      );
    }
  }
}

function movedLines(before: string, after: string): (line: number) => number {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const first = old.findIndex((line, index) => line !== now[index]);
  const behind = first === -1 ? old.length : first;
  return (line) => (line > behind ? line + now.length - old.length : line);
}
