import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { replayRun } from '../../../cli/replay/replay.ts';
import { onTerminal } from '../../../cli/replay/stepping.ts';
import { policyRoot } from '../../support/policy-folder.ts';
import { DESK_POLICIES, decision, event, withEvents } from '../../support/replay.ts';

const EVENTS = [
  event(0, 'run/opened', {
    ...{ type: 'run.opened', owner: 'desk', mode: 'autonomous', policyDigest: 'p', envelopeDigest: 'e' },
    capMicroDollars: 1,
  }),
  decision(1),
  event(9, 'run/closed', { type: 'run.closed', outcome: 'completed', spentMicroDollars: 0, calls: 1 }),
];

test('a step is shown when somebody goes on, and after the last one nobody is asked', async () => {
  using folder = policyRoot(DESK_POLICIES);
  const shown: string[] = [];
  const session = {
    output: {
      json: false,
      paint: (_: unknown, text: string) => text,
      show: show(shown),
      hint: () => undefined,
    },
    ...{ projectRoot: folder.project },
    connect: () => assert.fail('a copy is read'),
    services: () => assert.fail('a copy is read'),
  };
  const copy = copyOf(folder.project);
  const options = { tenant: 'acme', dir: copy, root: folder.root };
  const answers = [true, true];
  const asked: number[] = [];
  await replayRun(session, 'run-1', options, async () => {
    asked.push(shown.length);
    return answers.shift() ?? assert.fail('asked after the last step');
  });
  assert.deepEqual(asked, [1, 2]);
  assert.equal(shown.length, 4, 'three steps and the summary');

  shown.length = 0;
  await replayRun(session, 'run-1', options, async () => false);
  assert.equal(shown.length, 2, 'one step and the summary');
  assert.match(shown[1] ?? '', /1 decisions/, 'which is of the whole run all the same');
});

test('Enter goes on, q and the end of the input do not', async () => {
  const answer = async (text: string | undefined) => {
    const input = new PassThrough();
    using goOn = onTerminal(input as never, new PassThrough() as never);
    const went = goOn();
    if (text === undefined) {
      input.end();
    } else {
      input.write(text);
    }
    return went;
  };
  assert.equal(await answer('\n'), true);
  assert.equal(await answer('q\n'), false);
  assert.equal(await answer(undefined), false);
});

test('where there is no terminal --step shows all of them', async () => {
  using folder = policyRoot(DESK_POLICIES);
  const { stdout } = await withEvents(['replay', 'run-1', '--step'], EVENTS, folder);
  assert.match(stdout, /^3\/3 /m);
});

function show(into: string[]) {
  return (_: unknown, lines: () => readonly string[]) => void into.push(lines().join('\n'));
}

function copyOf(folder: string): string {
  const copy = join(folder, 'copy');
  mkdirSync(copy);
  writeFileSync(join(copy, 'run.ndjson'), EVENTS.map((each) => JSON.stringify(each)).join('\n'));
  return copy;
}
