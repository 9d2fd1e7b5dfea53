import { z } from 'zod';
import { EVENT_VERSION, type LedgerEvent } from '../../contracts/events.ts';
import { MAXIMUM_ENTRY_BYTES } from '../../contracts/log.ts';
import { EVENTS, eventPosition, runKey } from '../../contracts/tables.ts';
import { canonicalJson } from '../call/canonical.ts';

const Text = z.string().min(1);

/** What the log has to know of an event; the rest is taken as it is, so that nothing is left out for being unusual. */
const EventHeaderShape = z.looseObject({
  v: z.literal(EVENT_VERSION),
  id: Text,
  at: z.iso.datetime({ precision: 3 }),
  tenant: Text,
  runId: Text,
  workflow: z.string(),
  agent: z.string(),
  type: Text,
});

/** An event fit to be an entry of the log, with its line. */
export interface Sealable {
  readonly event: LedgerEvent;
  /** Canonical JSON. */
  readonly line: string;
}

/** Why an item of the ledger can be no entry of the log. */
export interface Unsealable {
  readonly why: string;
}

/** @param item - of the events table, with its keys */
export function sealable(item: Readonly<Record<string, unknown>>): Sealable | Unsealable {
  const parsed = EventHeaderShape.safeParse(item.event);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    return { why: `no event of version ${EVENT_VERSION}: ${wrong.join('; ')}` };
  }
  const event = parsed.data as unknown as LedgerEvent;
  if (item[EVENTS.partitionKey] !== runKey(event) || item[EVENTS.sortKey] !== eventPosition(event)) {
    return {
      why: `the item's key is not that of the event in it, ${runKey(event)} at ${eventPosition(event)}`,
    };
  }
  const line = canonicalJson(event);
  const bytes = Buffer.byteLength(line);
  return bytes > MAXIMUM_ENTRY_BYTES
    ? { why: `an event of ${bytes} bytes, expected up to ${MAXIMUM_ENTRY_BYTES}` }
    : { event, line };
}
