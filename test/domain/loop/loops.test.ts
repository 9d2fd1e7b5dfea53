import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findLoop, type ObservedCall, type ObservedTurn } from '../../../domain/loop/loops.ts';
import { seeded } from '../../support/random.ts';

const NEVER = 1000;
const LIMITS = { same_call: 3, same_cycle: 3, turns_without_progress: 5 };
const ONLY = {
  same_call: { same_call: 3, same_cycle: NEVER, turns_without_progress: NEVER },
  same_cycle: { same_call: NEVER, same_cycle: 3, turns_without_progress: NEVER },
  no_progress: { same_call: NEVER, same_cycle: NEVER, turns_without_progress: 5 },
};

/** `look=1`: a read that answers 1. `pay!ok`: a write that succeeds. `pay?no`: neither. */
function calls(text: string): Omit<ObservedCall, 'callId'>[] {
  return text.split(' ').map((word) => {
    const [, call = '', sign, result = ''] = /^(\w+)([=!?])(\w+)$/.exec(word) ?? assert.fail(word);
    const effect = sign === '=' ? 'read' : sign === '!' ? 'written' : 'nothing';
    return { tool: `shop.${call}`, call, result, effect };
  });
}

/** A turn in each text, with calls numbered as plan does. */
function turnsOf(...texts: readonly string[]): ObservedTurn[] {
  return texts.map((text, turn) =>
    calls(text).map((each, index) => ({ ...each, callId: `${turn + 1}-${index}` })),
  );
}

const repeated = (text: string, times: number) => Array.from({ length: times }, () => text);
const kindOf = (turns: readonly ObservedTurn[], limits = LIMITS, since = 0) =>
  findLoop(turns, limits, since)?.kind;

test('the same call with the same answer is a loop when it was made as often as the limit says, with its calls', () => {
  assert.equal(findLoop(turnsOf(...repeated('look=1', 2)), LIMITS), undefined);
  assert.deepEqual(findLoop(turnsOf(...repeated('look=1', 3)), LIMITS), {
    kind: 'same_call',
    message:
      'shop.look was called with the same arguments and gave the same answer 3 times, and nothing changed in between',
    callIds: ['1-0', '2-0', '3-0'],
  });
});

test('calls that say nothing new do not interrupt a loop, and neither do refusals', () => {
  assert.equal(kindOf(turnsOf('other=1', 'look=1', 'other=1', 'look=1', 'pay?no', 'look=1')), 'same_call');
});

test('a refusal that is repeated is a loop', () => {
  assert.equal(kindOf(turnsOf(...repeated('pay?no', 3))), 'same_call');
});

test('a write that succeeds makes it worth looking again', () => {
  assert.equal(kindOf(turnsOf('look=1', 'look=1', 'pay!ok', 'look=1')), undefined);
  assert.equal(kindOf(turnsOf('look=1', 'look=1', 'pay?no', 'look=1')), 'same_call');
});

test('an answer of another call that is new makes it worth looking again', () => {
  assert.equal(kindOf(turnsOf('look=1', 'look=1', 'other=1', 'look=1')), undefined);
});

test('the same write that succeeds again and again is a loop, although it changes something each time', () => {
  assert.equal(kindOf(turnsOf(...repeated('reply!sent', 3))), 'same_call');
  assert.equal(kindOf(turnsOf('reply!a', 'reply!b', 'reply!c', 'reply!d')), undefined);
});

test('who polls for an answer that differs each time is in no loop, even when it goes back and forth', () => {
  const flapping = Array.from({ length: 12 }, (_, index) => `look=${index % 2}`);
  assert.equal(kindOf(turnsOf(...flapping), { ...LIMITS, turns_without_progress: NEVER }), undefined);
});

test('what is called several times in one turn counts once: nothing was answered in between', () => {
  assert.equal(kindOf(turnsOf('look=1 look=1 look=1 look=1')), undefined);
  assert.equal(kindOf(turnsOf('a!1 b!1 a!1 b!1 a!1 b!1'), ONLY.same_cycle), undefined);
});

test('a cycle of writes is found although each changes something', () => {
  const there = ['up!ok', 'down!ok'];
  assert.equal(kindOf(turnsOf(...there, ...there, 'up!ok')), undefined);
  assert.deepEqual(findLoop(turnsOf(...there, ...there, ...there), LIMITS), {
    kind: 'same_cycle',
    message: 'the same 2 calls (shop.up, shop.down) gave the same answers 3 times in a row',
    callIds: ['1-0', '2-0', '3-0', '4-0', '5-0', '6-0'],
  });
});

test('a cycle in which an answer differs is none', () => {
  assert.equal(kindOf(turnsOf('a=1', 'b=1', 'a=1', 'b=2', 'a=1', 'b=3'), ONLY.same_cycle), undefined);
});

test('one call over and over is no cycle', () => {
  assert.equal(kindOf(turnsOf(...repeated('a=1', 20)), ONLY.same_cycle), undefined);
});

test('turns in which nothing is changed and nothing new is read are a loop, however they look', () => {
  const idle = ['a=1', 'pay?no', 'b=1 pay?never', 'a=1 b=1', 'send?no'];
  const found = findLoop(turnsOf('a=1 b=1', ...idle), ONLY.no_progress);
  assert.equal(found?.message, 'nothing was changed and nothing new was read in 5 turns in a row');
  assert.deepEqual(found?.callIds, ['2-0', '3-0', '4-0', '4-1', '5-0', '5-1', '6-0']);
  assert.equal(kindOf(turnsOf('a=1 b=1', ...idle.slice(1)), ONLY.no_progress), undefined);
});

test('one new answer in a turn is progress, and so is a write that succeeds', () => {
  for (const way of ['a=1 c=1', 'a=1 pay!ok']) {
    const turns = turnsOf('a=1', 'a=1', 'pay?no', way, 'a=1', 'pay?no');
    assert.equal(kindOf(turns, { ...ONLY.no_progress, turns_without_progress: 3 }), undefined, way);
  }
});

test('a loop that was left is none, whatever the limit', () => {
  const left = turnsOf(...repeated('look=1', 5), 'other=1');
  assert.equal(kindOf(left), undefined);
});

test('after a person has let it go on the same loop has to show itself anew, and what was read is not new', () => {
  const turns = (count: number) => turnsOf(...repeated('look=1', count));
  assert.equal(kindOf(turns(5), LIMITS, 3), undefined);
  assert.equal(kindOf(turns(6), LIMITS, 3), 'same_call');
  assert.equal(kindOf(turns(7), ONLY.no_progress, 3), undefined);
  assert.equal(kindOf(turns(8), ONLY.no_progress, 3), 'no_progress');
  assert.equal(kindOf(turns(3), LIMITS, 3), undefined);
});

test('a loop of long turns shows the latest of its calls only', () => {
  const long = Array.from({ length: 40 }, (_, index) => `c${index}=1`).join(' ');
  assert.equal(findLoop(turnsOf(...repeated(long, 6)), ONLY.no_progress)?.callIds.length, 24);
});

const SEEDS = 200;

/** Turns with new answers and writes of all sorts. */
function progressing(random: () => number, length: number): string[] {
  return Array.from({ length }, (_, turn) =>
    Array.from({ length: 1 + Math.floor(random() * 3) }, (__, index) => {
      const sign = random() < 0.3 ? '!' : '=';
      return `t${Math.floor(random() * 3)}${sign}fresh${turn}x${index}`;
    }).join(' '),
  );
}

test('where every answer is new no loop is ever found, whatever is called and however low the limits', () => {
  const lowest = { same_call: 2, same_cycle: 2, turns_without_progress: 2 };
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const random = seeded(seed);
    const turns = turnsOf(...progressing(random, 30));
    for (let length = 1; length <= turns.length; length += 1) {
      assert.equal(findLoop(turns.slice(0, length), lowest), undefined, `seed ${seed}, ${length} turns`);
    }
  }
});

/** Of each kind: the turns of a loop, and how many of them show it. */
const PLANTED = {
  same_call: (random: () => number, limit: number) => ({
    loop: repeated(`again${random() < 0.5 ? '?no' : '=1'}`, limit + 3),
    shownBy: limit,
  }),
  same_cycle: (random: () => number, limit: number) => {
    const cycle = Array.from(
      { length: 2 + Math.floor(random() * 7) },
      (_, index) => `step${index}${['=1', '!1', '?1'][Math.floor(random() * 3)]}`,
    );
    return { loop: repeated('', limit).flatMap(() => cycle), shownBy: cycle.length * limit };
  },
  no_progress: (random: () => number, limit: number) => ({
    loop: Array.from({ length: limit + 3 }, (_, index) => (random() < 0.7 ? `try${index}?no` : 'known=1')),
    shownBy: limit,
  }),
} as const;

for (const [kind, plant] of Object.entries(PLANTED)) {
  test(`a planted loop of kind ${kind} is found at the turn that completes it and not before`, () => {
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const random = seeded(seed);
      const limit = 2 + Math.floor(random() * 4);
      const name = { no_progress: 'turns_without_progress' }[kind] ?? kind;
      const limits = {
        ...{ same_call: NEVER, same_cycle: NEVER, turns_without_progress: NEVER },
        [name]: limit,
      };
      const before = ['known=1', ...progressing(random, Math.floor(random() * 10))];
      const { loop, shownBy } = plant(random, limit);
      const turns = turnsOf(...before, ...loop);
      for (let length = 1; length < before.length + shownBy; length += 1) {
        assert.equal(kindOf(turns.slice(0, length), limits), undefined, `seed ${seed}, ${length} turns`);
      }
      assert.equal(kindOf(turns.slice(0, before.length + shownBy), limits), kind, `seed ${seed}`);
    }
  });
}
