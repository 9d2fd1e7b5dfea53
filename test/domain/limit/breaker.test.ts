import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  afterEvent,
  type Breaker,
  type BreakerEvent,
  breakerRefusal,
  isFirstOfRow,
  type Passage,
  passageThrough,
  retryAt,
} from '../../../domain/limit/breaker.ts';

const RULE = { failures: 3, coolDownSeconds: 30 };
const BEFORE = '2026-11-21T09:59:59.999Z';
const NOW = '2026-11-21T10:00:00.000Z';
const LATER = '2026-11-21T10:05:00.000Z';

const closed = (failures = 0): Breaker => ({ state: 'closed', failures });
const open = (failedTrials = 0, at = NOW): Breaker => ({ state: 'open', failedTrials, retryAt: at });
const halfOpen = (trialCall = 'mine', failedTrials = 0, trialEndsAt = LATER): Breaker => ({
  ...{ state: 'half_open', failedTrials, trialCall, trialEndsAt },
});

const failed: BreakerEvent = { type: 'failed', isFirst: false, retryAt: LATER };
const firstFailed: BreakerEvent = { ...failed, isFirst: true };
const answered: BreakerEvent = { type: 'answered' };
const taken: BreakerEvent = { type: 'trial_taken', call: 'mine', now: NOW, endsAt: LATER };
const trialFailed: BreakerEvent = { type: 'trial_failed', call: 'mine', retryAt: LATER };
const trialAnswered: BreakerEvent = { type: 'trial_answered', call: 'mine' };
const handedBack: BreakerEvent = { type: 'trial_handed_back', call: 'mine', now: NOW };

/** Every event in every state, with what follows. */
const TRANSITIONS: Readonly<Record<string, readonly [Breaker, BreakerEvent, Breaker]>> = {
  'a failure is counted': [closed(), failed, closed(1)],
  'one failure too few keeps it closed': [closed(1), failed, closed(2)],
  'the last failure opens it': [closed(2), failed, open(0, LATER)],
  'failures that nobody opened it for open it with the next': [closed(7), failed, open(0, LATER)],
  'the first failure of a row counts as one, whatever was before': [closed(2), firstFailed, closed(1)],
  'an answer ends the row': [closed(2), answered, closed()],
  'an answer changes nothing where nothing failed': [closed(), answered, closed()],
  'nobody tries what is closed': [closed(2), taken, closed(2)],
  'a closed breaker hears of no trial that failed': [closed(2), trialFailed, closed(2)],
  'a closed breaker hears of no trial that was answered': [closed(2), trialAnswered, closed(2)],
  'a closed breaker hears of no trial that was handed back': [closed(2), handedBack, closed(2)],

  'a failure of a call from before says nothing of an open one': [open(1), failed, open(1)],
  'an answer to a call from before does not close an open one': [open(1), answered, open(1)],
  'a trial begins when the cool-down is over': [open(1, NOW), taken, halfOpen('mine', 1)],
  'no trial begins before': [open(1, LATER), taken, open(1, LATER)],
  'an open breaker hears of no trial that failed': [open(1), trialFailed, open(1)],
  'an open breaker hears of no trial that was answered': [open(1), trialAnswered, open(1)],
  'an open breaker hears of no trial that was handed back': [open(1), handedBack, open(1)],

  'a failure of a call from before says nothing of a trial': [halfOpen(), failed, halfOpen()],
  'an answer to a call from before does not end a trial': [halfOpen(), answered, halfOpen()],
  'one call tries, and no other': [halfOpen('other'), taken, halfOpen('other')],
  'the call that tries may be asked again': [halfOpen('mine', 2, NOW), taken, halfOpen('mine', 2)],
  'a trial that must have ended is taken over': [halfOpen('other', 2, NOW), taken, halfOpen('mine', 2)],
  'a trial that fails opens it again': [halfOpen('mine', 1), trialFailed, open(2, LATER)],
  'a trial that is answered closes it': [halfOpen('mine', 4), trialAnswered, closed()],
  'a trial that is handed back leaves it open for the next': [halfOpen('mine', 1), handedBack, open(1, NOW)],
  "another call's trial does not fail": [halfOpen('other', 1), trialFailed, halfOpen('other', 1)],
  "another call's trial is not answered": [halfOpen('other', 1), trialAnswered, halfOpen('other', 1)],
  "another call's trial is not handed back": [halfOpen('other', 1), handedBack, halfOpen('other', 1)],
};

for (const [title, [before, event, after]] of Object.entries(TRANSITIONS)) {
  test(title, () => assert.deepEqual(afterEvent(before, event, RULE), after));
}

test('the table has every event in every state', () => {
  const rows = Object.values(TRANSITIONS).map(([{ state }, { type }]) => `${state} ${type}`);
  assert.equal(new Set(rows).size, 3 * 6);
});

const PASSAGES: Readonly<Record<string, readonly [Breaker, string, Passage]>> = {
  'a closed breaker lets calls through, and says what it has counted': [
    closed(2),
    NOW,
    { passage: 'free', failures: 2 },
  ],
  'an open one lets none through before its time': [open(), BEFORE, { passage: 'closed_to_it', until: NOW }],
  'and one to try from then on': [open(2), NOW, { passage: 'trial', failedTrials: 2 }],
  'nobody else passes while one tries': [halfOpen('other'), NOW, { passage: 'closed_to_it', until: LATER }],
  'who tries passes again': [halfOpen('mine'), NOW, { passage: 'trial', failedTrials: 0 }],
  'a trial that must have ended keeps nobody': [
    halfOpen('other', 1),
    LATER,
    { passage: 'trial', failedTrials: 1 },
  ],
};

for (const [title, [breaker, now, passage]] of Object.entries(PASSAGES)) {
  test(title, () => assert.deepEqual(passageThrough(breaker, 'mine', now), passage));
}

test('a cool-down doubles with every trial that failed, up to a quarter of an hour', () => {
  const seconds = (failedTrials: number, random = 0) =>
    (Date.parse(retryAt(NOW, RULE, failedTrials, random)) - Date.parse(NOW)) / 1000;
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 60, 2000].map((each) => seconds(each)),
    [30, 60, 120, 240, 480, 900, 900, 900],
  );
  assert.equal(seconds(0, 0.5), 33.75);
  assert.ok(seconds(2000, 0.999) < 1125, 'jitter is bounded too');
});

test('an executor begins the row anew when it had an answer a moment ago', () => {
  assert.equal(isFirstOfRow(undefined, 100_000), false, 'it knows of none, or has failed since');
  assert.equal(isFirstOfRow(99_000, 100_000), true);
  assert.equal(isFirstOfRow(90_000, 100_000), false, 'too long ago');
});

test('a refusal says of what and until when', () => {
  assert.deepEqual(breakerRefusal('helpdesk.get_ticket', LATER), {
    code: 'dependency_unavailable',
    message: `calls of helpdesk.get_ticket kept failing, none is made until ${LATER}, propose it again after that`,
  });
});
