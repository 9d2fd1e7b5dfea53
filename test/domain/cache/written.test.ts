import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  isCurrent,
  isWithin,
  NEVER_WRITTEN,
  UNSURE_SECONDS,
  UNWRITTEN,
  versionToKeep,
  type WrittenResource,
} from '../../../domain/cache/written.ts';
import { secondsAfter } from '../../../domain/time.ts';
import { type CacheStore, interleave, type Kept } from '../../support/cache-interleavings.ts';
import { NOON } from '../../support/open-run.ts';
import { seeded } from '../../support/random.ts';

const WRITTEN: WrittenResource = { version: 'run-1/a', writing: [] };
const KEPT = { askedAt: NOON, version: 'run-1/a' };
const IN_TIME = { now: secondsAfter(NOON, 59), seconds: 60 };

test('an answer is given again for its seconds and not at their end', () => {
  assert.equal(isCurrent(KEPT, WRITTEN, IN_TIME), true);
  assert.equal(isCurrent(KEPT, WRITTEN, { ...IN_TIME, now: secondsAfter(NOON, 60) }), false);
  assert.equal(isWithin('no time', IN_TIME), false);
});

const NOT_SERVED: Readonly<Record<string, WrittenResource>> = {
  'a write has ended since': { ...WRITTEN, version: 'run-1/b' },
  'a write is under way': { ...WRITTEN, writing: ['run-1/b'] },
  'an effect may come yet': { ...WRITTEN, unsureUntil: secondsAfter(IN_TIME.now, 1) },
  'nothing is recorded of the resource, though something was when it was read': UNWRITTEN,
};
for (const [why, resource] of Object.entries(NOT_SERVED)) {
  test(`an answer is not given again when ${why}`, () => {
    assert.equal(isCurrent(KEPT, resource, IN_TIME), false);
  });
}

test('an answer is kept under the version of before it was asked for, and not while somebody writes', () => {
  assert.equal(versionToKeep(UNWRITTEN, NOON), NEVER_WRITTEN);
  assert.equal(versionToKeep(WRITTEN, NOON), 'run-1/a');
  assert.equal(versionToKeep({ ...WRITTEN, writing: ['run-1/b'] }, NOON), undefined);
  assert.equal(versionToKeep({ ...WRITTEN, unsureUntil: secondsAfter(NOON, 1) }, NOON), undefined);
  assert.equal(versionToKeep({ ...WRITTEN, unsureUntil: NOON }, NOON), 'run-1/a');
});

/** As `functions/adapters/written-resources.ts` has DynamoDB do it. */
function inMemory(): CacheStore {
  let resource: WrittenResource = UNWRITTEN;
  let kept: Kept | undefined;
  return {
    begin: async (call) => {
      resource = { ...resource, writing: [...resource.writing, call] };
    },
    end: async (call, status, now) => {
      resource = {
        ...resource,
        version: call,
        writing: resource.writing.filter((each) => each !== call),
        ...(status === 'unknown' ? { unsureUntil: secondsAfter(now, UNSURE_SECONDS) } : {}),
      };
    },
    answer: async () => kept,
    resource: async () => resource,
    keep: async (answer) => {
      kept = answer;
    },
  };
}

const RUNS = 2000;

test('however reads and writes interleave, what is given again is what the system of record says', async () => {
  let hits = 0;
  for (let seed = 1; seed <= RUNS; seed += 1) {
    hits += await interleave(inMemory(), seeded(seed), { steps: 60, atOnce: 1 + (seed % 5) });
  }
  assert.ok(hits > RUNS, `${hits} answers given again in ${RUNS} runs`);
});
