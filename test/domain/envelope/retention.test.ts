import assert from 'node:assert/strict';
import { test } from 'node:test';
import { transcriptDays, transcriptDaysOf } from '../../../domain/envelope/retention.ts';

const envelope = (sample_rate: number | undefined, hours = 48) => ({
  logging: { store_transcripts_days: 30, ...(sample_rate === undefined ? {} : { sample_rate }) },
  permissions: {
    ...{ allowed_tools: [], approval_roles: [] },
    ...{ approval_timeout_hours: hours, approval_heartbeat_minutes: 240 },
  },
});
const runs = Array.from({ length: 2000 }, (_, number) => `run-${number}`);

test('without a sample rate every transcript is kept for all its days', () => {
  assert.ok(runs.every((run) => transcriptDays(envelope(undefined), run) === 30));
  assert.deepEqual(transcriptDaysOf(envelope(undefined)), [30]);
});

test('the share of runs that is kept is the sample rate, and is the same each time', () => {
  const kept = runs.filter((run) => transcriptDays(envelope(0.1), run) === 30);
  assert.ok(kept.length > 140 && kept.length < 260, `${kept.length} of 2000`);
  assert.deepEqual(
    runs.filter((run) => transcriptDays(envelope(0.1), run) === 30),
    kept,
  );
});

test('the others are kept for as long as the run may wait for people, and a day', () => {
  assert.equal(transcriptDays(envelope(0, 48), 'run-1'), 3);
  assert.equal(transcriptDays(envelope(0, 49), 'run-1'), 4);
  assert.deepEqual(transcriptDaysOf(envelope(0)), [3]);
  assert.deepEqual(transcriptDaysOf(envelope(0.5)), [30, 3]);
});
