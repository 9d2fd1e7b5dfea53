import { EVENT_VERSION } from '../../contracts/events.ts';
import { canonical } from './canonical.ts';
import type { Findings } from './findings.ts';

/** An event as it is in the log: what every event has, and the rest as it is. */
export interface LoggedEvent extends Readonly<Record<string, unknown>> {
  readonly id: string;
  readonly at: string;
  readonly tenant: string;
  readonly runId: string;
  readonly type: string;
}

export interface LoggedEntry {
  readonly event: LoggedEvent;
  readonly leaf: number;
  /** Of UTC, such as `2026-11-29`. */
  readonly day: string;
}

const TEXTS = ['id', 'at', 'tenant', 'runId', 'type', 'workflow', 'agent'] as const;
const MAY_BE_EMPTY: readonly string[] = ['workflow', 'agent'];
const AT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** Of types that the verifier looks at more closely, the members that it needs, all of them texts. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  'call.decided': ['callId', 'tool', 'decision'],
  'call.executed': ['callId', 'tool', 'status'],
  'call.settled': ['callId'],
  'approval.verdict': ['callId', 'approvalId', 'verdict', 'by'],
};

/** @returns undefined for what is no event; what is wrong with it has been told then */
export function loggedEntry(
  bytes: Buffer,
  leaf: number,
  object: string,
  { problem }: Pick<Findings, 'problem'>,
): LoggedEntry | undefined {
  const text = bytes.toString();
  const event = objectIn(text);
  if (event === undefined) {
    problem('entry_malformed', 'it is no JSON object', { object, leaf });
    return undefined;
  }
  const place = { object, leaf, tenant: textOf(event.tenant), run: textOf(event.runId) };
  if (canonical(event) !== text || !Buffer.from(text).equals(bytes)) {
    problem('entry_not_canonical', 'RFC 8785 writes this event otherwise', place);
  }
  if (event.v !== EVENT_VERSION) {
    const message = `an event of version ${JSON.stringify(event.v)}, expected ${EVENT_VERSION}`;
    problem('entry_unknown_version', message, place);
    return undefined;
  }
  const wanted = [...TEXTS, ...(MEMBERS[String(event.type)] ?? [])];
  const missing = wanted.filter(
    (name) => typeof event[name] !== 'string' || (event[name] === '' && !MAY_BE_EMPTY.includes(name)),
  );
  const isTime = AT.test(String(event.at)) && !Number.isNaN(Date.parse(String(event.at)));
  if (missing.length > 0 || !isTime) {
    const wrong = missing.length > 0 ? missing.join(', ') : 'at';
    problem('entry_malformed', `it has no usable ${wrong}`, place);
    return undefined;
  }
  const known = event as LoggedEvent;
  return { event: known, leaf, day: known.at.slice(0, 10) };
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** For a place; what is no text is not told. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
