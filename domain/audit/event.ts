import type { Reason } from '../../contracts/call.ts';
import { EVENT_VERSION, type EventBody, type FieldChange, type LedgerEvent } from '../../contracts/events.ts';
import { redact, redactText } from '../redaction/redact.ts';
import type { WorkflowRedaction } from '../redaction/workflow.ts';
import type { ToolDefinition } from '../tool/definition.ts';
import { fittedName, jsonBytes, MAXIMUM_ARGUMENTS_BYTES, MAXIMUM_VALUE_BYTES } from './bounds.ts';
import { fittedBody, fittedReason } from './fit.ts';
import { keyedDigest } from './keyed-digest.ts';

/** The run that an event belongs to. */
export interface EventSource {
  readonly tenant: string;
  readonly runId: string;
  readonly workflow: string;
  readonly agent: string;
}

/**
 * The one place where events are made: none is larger than an entry of the log may be.
 *
 * @param id - unique in the run and the same when the step is repeated, so that a repeat writes no second event
 */
export function ledgerEvent(source: EventSource, id: string, at: string, body: EventBody): LedgerEvent {
  const { tenant, runId, workflow, agent } = source;
  return { v: EVENT_VERSION, id, at, tenant, runId, workflow, agent, ...fittedBody(body) };
}

const DIGEST_PREFIX = 'hmac:';
const SHOWN_DIGEST_LENGTH = 16;

/** What stands for a value; of records from before digests were keyed too. */
const SHOWN_DIGEST = /^(hmac|sha256):[0-9a-f]{16}$/;

/** What a workflow's envelope says of the ledger. */
export interface WorkflowLogging {
  /** Arguments of the tool that are fit for the log in this workflow, beside those that the tool declares. @default none */
  readonly fields?: readonly string[] | undefined;
  readonly redaction?: WorkflowRedaction | undefined;
}

/** Stands for arguments whose very names do not fit. */
const ALL = '(all)';
/** What stands for values is made with the run's key. */
interface Keyed {
  /** Of the run; without one nothing can be hidden, and so nothing recorded. */
  readonly digestKey: string | undefined;
}

/**
 * Arguments as they may be kept for years: those that the tool declares fit for the log as they are, but for what is
 * redacted in them, the others, and those that are too long, as digests, so that two equal values can still be seen to be equal.
 */
export function loggedArguments(
  definition: Pick<ToolDefinition, 'loggedArguments'> | undefined,
  proposed: Readonly<Record<string, unknown>>,
  { digestKey, fields = [], redaction }: WorkflowLogging & Keyed,
): Record<string, unknown> {
  const isFit = (name: string) =>
    definition !== undefined && (definition.loggedArguments.includes(name) || fields.includes(name));
  const digest = (value: unknown) => shownDigest(digestKey, value);
  const logged = mapped(proposed, (name, value) => {
    const shown = isFit(name) ? shownValue(name, value, redaction) : undefined;
    return shown === undefined || jsonBytes(shown) > MAXIMUM_VALUE_BYTES ? digest(value) : shown;
  });
  if (jsonBytes(logged) <= MAXIMUM_ARGUMENTS_BYTES) {
    return logged;
  }
  const digests = mapped(proposed, (_, value) => digest(value));
  return jsonBytes(digests) <= MAXIMUM_ARGUMENTS_BYTES ? digests : { [ALL]: digest(proposed) };
}

function mapped(
  values: Readonly<Record<string, unknown>>,
  make: (name: string, value: unknown) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, make(name, value)]));
}

/** A value that is declared fit for the log, but for what is redacted in it. Its name may say what it is. */
export function shownValue(name: string, value: unknown, redaction?: WorkflowRedaction): unknown {
  return Object.values(redact({ [name]: value }, { redaction }).value as object)[0];
}

/** A reason as it may be kept for years and told to a model: it can repeat what was proposed, or what somebody wrote. */
export function loggedReason({ code, message }: Reason): Reason {
  return fittedReason({ code, message: redactText(message).value });
}

/** What stands for a value that is not fit for the log; equal values of a run have equal digests. */
export function shownDigest(digestKey: string | undefined, value: unknown): string {
  return DIGEST_PREFIX + keyedDigest(digestKey, value).slice(0, SHOWN_DIGEST_LENGTH);
}

export function isShownDigest(value: unknown): boolean {
  return typeof value === 'string' && SHOWN_DIGEST.test(value);
}

/** What keeps an event with changes at about a kilobyte, whatever the call was. */
const MAXIMUM_LOGGED_CHANGES = 5;
const MAXIMUM_FIELD_LENGTH = 60;
const MAXIMUM_VALUE_LENGTH = 60;

/** Stands for the effects whose changes did not fit. */
const REST = '(more)';

type Changes = Readonly<Record<string, readonly FieldChange[]>>;

/**
 * Changes by effect as they may be kept for years: the fields, with values where the tool declares them fit for the log,
 * digests elsewhere. What is more than fits is one entry with the digest of all the rest.
 */
export function loggedChanges(
  { loggedFields = [] }: Pick<ToolDefinition, 'loggedFields'>,
  changes: Changes,
  digestKey: string | undefined,
): Changes {
  const all = Object.entries(changes).flatMap(([effect, ofEffect]) =>
    ofEffect.map((change) => ({ effect, change })),
  );
  const shown = all.length > MAXIMUM_LOGGED_CHANGES ? MAXIMUM_LOGGED_CHANGES - 1 : all.length;
  const logged = Map.groupBy(all.slice(0, shown), ({ effect }) => effect);
  const rest = all.slice(shown);
  return {
    ...Object.fromEntries(
      [...logged].map(([effect, each]) => [
        fittedName(redactText(effect).value),
        each.map(({ change }) => loggedChange(change, loggedFields, digestKey)),
      ]),
    ),
    ...(rest.length === 0
      ? {}
      : { [REST]: [{ field: `(${rest.length} more)`, to: shownDigest(digestKey, rest) }] }),
  };
}

function loggedChange(
  change: FieldChange,
  loggedFields: readonly string[],
  digestKey: string | undefined,
): FieldChange {
  const { field, from, to } = change;
  const isLoggable = loggedFields.includes(field.replaceAll(/\[\d+\]/g, '[]'));
  const logged = (value: unknown) =>
    isLoggable && JSON.stringify(value).length <= MAXIMUM_VALUE_LENGTH
      ? shownValue(field, value)
      : shownDigest(digestKey, value);
  const named = redactText(field).value;
  return {
    field: named.length > MAXIMUM_FIELD_LENGTH ? `${named.slice(0, MAXIMUM_FIELD_LENGTH - 1)}…` : named,
    ...(from === undefined ? {} : { from: logged(from) }),
    ...(to === undefined ? {} : { to: logged(to) }),
  };
}
