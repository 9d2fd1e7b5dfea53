import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { z } from 'zod';
import { BUDGET_STEPS, type EventType, type LedgerEvent } from '../../../contracts/events.ts';
import { ledgerEvent } from '../../../domain/audit/event.ts';
import { EventShape } from '../../../domain/audit/event-shape.ts';
import { eventSchema } from '../../../infra/policy/event-schema.ts';
import { EVENT_SCHEMA_FILE } from '../../../infra/policy/paths.ts';
import { EVENT_TYPES, hostileBody } from '../../support/hostile-events.ts';

/** A type as its members are, without `readonly` and with intersections made one. */
type Plain<T> = T extends readonly (infer Element)[]
  ? Plain<Element>[]
  : T extends object
    ? { -readonly [Member in keyof T]: Plain<T[Member]> }
    : T;

/** Whether two types are one: neither has a member, an option or a literal that the other has not. */
type Same<One, Other> =
  (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;

type OfType<Event, Type> = Event extends { readonly type: infer Types }
  ? Type extends Types
    ? Event
    : never
  : never;

test('the compiler holds the schema to contracts/events.ts and contracts/events.ts to the schema, type by type', () => {
  // a type that differs makes its member `false`, and this no longer compiles
  const same: {
    [Type in EventType | z.output<typeof EventShape>['type']]: Same<
      Plain<OfType<LedgerEvent, Type>>,
      Plain<OfType<z.output<typeof EventShape>, Type>>
    >;
  } = SAME;
  assert.deepEqual(Object.keys(same).sort(), [...EVENT_TYPES].sort());
});

const SAME = Object.fromEntries(EVENT_TYPES.map((type) => [type, true])) as Record<EventType, true>;

test('the compiler would see a member that only one of the two has', () => {
  const differs: Same<Plain<{ readonly a: string; b?: 1 }>, Plain<{ a: string }>> = false;
  const isSame: Same<Plain<{ readonly a: string } & { b?: 1 }>, Plain<{ b?: 1; a: string }>> = true;
  assert.deepEqual([differs, isSame], [false, true]);
});

const SOURCE = { tenant: 't', runId: 'run-1', workflow: 'w', agent: 'a' };
const event = (type: EventType) =>
  ledgerEvent(
    SOURCE,
    'id',
    '2026-11-29T10:00:00.000Z',
    hostileBody(type, { text: () => 'text', count: () => 1 }),
  );

test('a member that nobody has declared is an error, in the event and in all that it holds', () => {
  for (const type of EVENT_TYPES) {
    const known = JSON.parse(JSON.stringify(event(type)));
    assert.ok(EventShape.safeParse(known).success, type);
    assert.equal(EventShape.safeParse({ ...known, surprise: 1 }).success, false, type);
  }
  const executed = JSON.parse(JSON.stringify(event('call.executed')));
  executed.retrieved.documents[0].content = 'what it says';
  assert.equal(EventShape.safeParse(executed).success, false);
});

test('an event of another version, or of a type that nobody knows, is an error', () => {
  const known = event('run.closed');
  assert.equal(EventShape.safeParse({ ...known, v: 2 }).success, false);
  assert.equal(EventShape.safeParse({ ...known, type: 'run.vanished' }).success, false);
});

test('the JSON Schema beside the types is the one made from the shape', () => {
  assert.equal(readFileSync(EVENT_SCHEMA_FILE, 'utf8'), eventSchema(), 'run npm run generate');
  assert.ok(BUDGET_STEPS.every((step) => eventSchema().includes(`"${step}"`)));
});
