import type { Reason } from '../../contracts/call.ts';
import { EVENT_VERSION, type EventBody, type LedgerEvent } from '../../contracts/events.ts';
import { digestOf } from '../call/canonical.ts';
import { redact, redactText } from '../redaction/redact.ts';
import type { ToolDefinition } from '../tool/definition.ts';

/** The run that an event belongs to. */
export interface EventSource {
  readonly tenant: string;
  readonly runId: string;
  readonly workflow: string;
  readonly agent: string;
}

/**
 * @param id - unique in the run and the same when the step is repeated, so that a repeat writes no second event
 */
export function ledgerEvent(source: EventSource, id: string, at: string, body: EventBody): LedgerEvent {
  const { tenant, runId, workflow, agent } = source;
  return { v: EVENT_VERSION, id, at, tenant, runId, workflow, agent, ...body };
}

const DIGEST_PREFIX = 'sha256:';
const SHOWN_DIGEST_LENGTH = 16;

/**
 * Arguments as they may be kept for years: those that the tool declares fit for the log as they are, but for what is
 * redacted in them, the others as digests, so that two equal values can still be seen to be equal.
 */
export function loggedArguments(
  definition: Pick<ToolDefinition, 'loggedArguments'> | undefined,
  proposed: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(proposed).map(([name, value]) => [
      name,
      definition?.loggedArguments.includes(name)
        ? shown(name, value)
        : DIGEST_PREFIX + digestOf(value).slice(0, SHOWN_DIGEST_LENGTH),
    ]),
  );
}

/** Its name may say what it is. */
function shown(name: string, value: unknown): unknown {
  return Object.values(redact({ [name]: value }).value as object)[0];
}

/** A reason as it may be kept for years and told to a model: it can repeat what was proposed, or what somebody wrote. */
export function loggedReason({ code, message }: Reason): Reason {
  return { code, message: redactText(message).value };
}
