import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EventType } from '../../../contracts/events.ts';
import { MAXIMUM_ENTRY_BYTES } from '../../../contracts/log.ts';
import {
  fittedName,
  fittedNames,
  fittedText,
  jsonBytes,
  MAXIMUM_NAME_BYTES,
  MAXIMUM_NAMES_BYTES,
  MAXIMUM_TEXT_BYTES,
} from '../../../domain/audit/bounds.ts';
import { ledgerEvent, loggedArguments } from '../../../domain/audit/event.ts';
import { EventShape } from '../../../domain/audit/event-shape.ts';
import { canonicalJson } from '../../../domain/call/canonical.ts';
import { DIGEST_KEY } from '../../support/digest-key.ts';
import { EVENT_TYPES, type Hostile, hostileBody } from '../../support/hostile-events.ts';
import { seeded } from '../../support/random.ts';

/** Longer than anything that is checked before: in ASCII, in three bytes a unit, in six, and with halves of pairs. */
const TEXTS: readonly string[] = ['x', '"', '\u0000', '字', '📦', '\ud800', 'lena@example.com ', '\u2028'];
const SIZES = [1, 59, 400, 5_000];
const COUNTS = [1, 20, 80];
const SOURCE = {
  ...{ tenant: 't'.repeat(40), runId: `run-${'r'.repeat(60)}` },
  ...{ workflow: 'w'.repeat(40), agent: 'a'.repeat(64) },
};

function eventOf(type: EventType, hostile: Hostile) {
  return ledgerEvent(SOURCE, 'i'.repeat(200), '2026-11-29T10:00:00.000Z', hostileBody(type, hostile));
}

function checked(type: EventType, hostile: Hostile): number {
  const event = JSON.parse(JSON.stringify(eventOf(type, hostile)));
  const parsed = EventShape.safeParse(event);
  assert.ok(parsed.success, `${type}: ${parsed.error?.message}`);
  const bytes = Buffer.byteLength(canonicalJson(event));
  assert.ok(
    bytes <= MAXIMUM_ENTRY_BYTES,
    `${type} has ${bytes} bytes, expected up to ${MAXIMUM_ENTRY_BYTES}`,
  );
  return bytes;
}

describe('no event is larger than an entry of the log', () => {
  for (const type of EVENT_TYPES) {
    test(`${type}, whatever is written into all of it`, () => {
      for (const text of TEXTS) {
        for (const size of SIZES) {
          for (const count of COUNTS) {
            checked(type, { text: () => text.repeat(size), count: () => count });
          }
        }
      }
    });

    test(`${type}, whatever is written into some of it`, () => {
      for (let seed = 1; seed <= RUNS; seed += 1) {
        const random = seeded(seed);
        const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
        const text = () => pick(TEXTS).repeat(Math.floor(random() * pick(SIZES)));
        checked(type, { text, count: () => Math.floor(random() ** 3 * 40) });
      }
    });
  }

  test('the largest comes near the limit, so the test would see it crossed', () => {
    const sizes = SIZES.flatMap((size) =>
      COUNTS.map((count) =>
        checked('call.decided', { text: () => '\u0000'.repeat(size), count: () => count }),
      ),
    );
    assert.ok(Math.max(...sizes) > 30_000, `${Math.max(...sizes)}`);
  });
});

const RUNS = Number(process.env.HOSTILE_EVENTS ?? 20);

test('a text that fits is left as it is, one that does not ends with an ellipsis and holds whole characters', () => {
  const fits = 'ä'.repeat(MAXIMUM_TEXT_BYTES / 2);
  assert.equal(fittedText(fits), fits);
  const cut = fittedText('📦'.repeat(MAXIMUM_TEXT_BYTES));
  assert.ok(cut.endsWith('📦…') && cut.isWellFormed());
  assert.ok(jsonBytes(cut) - 2 <= MAXIMUM_TEXT_BYTES);
  assert.ok(jsonBytes(cut) - 2 > MAXIMUM_TEXT_BYTES - 4);
});

test('a note of a thousand characters is kept whole in any script', () => {
  for (const character of ['a', 'ß', '字', '"']) {
    const note = character.repeat(1000);
    assert.equal(fittedText(note), note);
  }
});

test('names that differ at their ends still differ when they are cut', () => {
  const [one, other] = ['1', '2'].map((end) => fittedName('x'.repeat(MAXIMUM_NAME_BYTES) + end));
  assert.notEqual(one, other);
  assert.ok(jsonBytes(one) - 2 <= MAXIMUM_NAME_BYTES);
});

test('of names that do not fit the first are kept, and the rest is counted and told apart', () => {
  const names = (last: string) => [...Array.from({ length: 1000 }, (_, index) => `policy-${index}`), last];
  const fitted = fittedNames(names('a'));
  assert.equal(fitted[0], 'policy-0');
  assert.equal(fitted.at(-1)?.slice(0, -17 - 1), `(${1001 - fitted.length + 1} more:`);
  assert.ok(jsonBytes(fitted) <= MAXIMUM_NAMES_BYTES);
  assert.notEqual(fitted.at(-1), fittedNames(names('b')).at(-1));
  assert.deepEqual(fittedNames(['a', 'b']), ['a', 'b']);
});

test('an argument that is too long to be shown is a digest, beside others that are shown', () => {
  const shown = { loggedArguments: ['id', 'items'] };
  const proposed = { id: 'W1', items: Array.from({ length: 400 }, () => 'item') };
  const logged = loggedArguments(shown, proposed, { digestKey: DIGEST_KEY });
  assert.equal(logged.id, 'W1');
  assert.match(String(logged.items), /^hmac:[0-9a-f]{16}$/);
});
