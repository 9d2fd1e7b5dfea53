import type { z } from 'zod';
import type { OutcomeStatus, Proposal, Reason } from '../../contracts/call.ts';
import type { FieldChange, Retrieved, RetrievedDocument } from '../../contracts/events.ts';
import { loggedRetrieval } from '../../domain/audit/retrieval.ts';
import { idempotencyKeyOf } from '../../domain/call/governed-call.ts';
import type { Warrant } from '../../domain/call/warrant.ts';
import type { ContextScores } from '../../domain/detector/detector.ts';
import { fieldErrors } from '../../domain/fields.ts';
import type { DependencySign } from '../../domain/limit/breaker.ts';
import { addFound, type Found, redact, redactText } from '../../domain/redaction/redact.ts';
import type { ToolDefinition } from '../../domain/tool/definition.ts';
import { type CallCredentials, type ToolContext, ToolRefusal } from '../../domain/tool/handler.ts';
import { telemetry } from '../runtime/step.ts';
import type { ToolHandlers } from './executor.ts';

/** What came of running a tool, before it is settled. */
export interface Attempt {
  readonly status: OutcomeStatus;
  readonly output?: unknown;
  readonly error?: Reason;
  /** What a tool that declined says of the system behind it. */
  readonly dependency?: DependencySign;
  readonly effects: readonly string[];
  /** What was redacted, by kind; absent when nothing was. */
  readonly redacted?: Found;
  /** An earlier answer to the same read; the tool was not asked. */
  readonly cached?: true;
  /** What exactly changed, by effect. */
  readonly changes?: Readonly<Record<string, readonly FieldChange[]>>;
  /** Of some effect the tool does not tell what has changed. */
  readonly hasUntoldChanges?: true;
  /** What was retrieved, fit for the log; present when the tool says that it retrieves, and has succeeded. */
  readonly retrieved?: Retrieved;
  /** The call that takes this one back. */
  readonly undo?: Proposal;
  /** What detectors made of what the tool answered; absent when they did not look. */
  readonly scores?: ContextScores;
  /** What the tool reported and the price of the call; not rounded. */
  readonly costMicroDollars: number;
}

/**
 * Runs the tool within its time, checks what it returns and redacts it. Never throws: whatever happens is an outcome, and
 * no outcome holds a secret, or personal data that the tool does not disclose.
 */
export function runTool(
  warrant: Warrant,
  definition: ToolDefinition,
  credentials: CallCredentials,
  handlers: ToolHandlers,
): Promise<Attempt> {
  return withinTime(warrant, definition, credentials, async (input, context) => {
    const handler = handlers[definition.name];
    return checkedOutput(
      warrant,
      definition,
      await (handler && ('run' in handler ? handler.run : handler))?.(input, context),
    );
  });
}

/** Looks for the effect of an attempt that broke off. Absent is an outcome too: nothing was done, and nothing will be. */
export function lookUpEffect(
  warrant: Warrant,
  definition: ToolDefinition,
  credentials: CallCredentials,
  handlers: ToolHandlers,
): Promise<Attempt> {
  return withinTime(warrant, definition, credentials, async (input, context) => {
    const handler = handlers[definition.name];
    if (handler === undefined || !('lookUp' in handler)) {
      throw new Error(`${definition.name} has no lookUp`);
    }
    const found = await handler.lookUp(input, context);
    return found === undefined
      ? { status: 'failed', error: NOT_DONE }
      : checkedOutput(warrant, definition, found);
  });
}

type Ended = Pick<Attempt, 'status' | 'output' | 'error' | 'dependency' | 'redacted'>;

/** The look was taken, and the effect is not there. */
export const NOT_DONE: Reason = {
  code: 'not_done',
  message: 'an attempt broke off before it had its effect',
};

async function withinTime(
  warrant: Warrant,
  definition: ToolDefinition,
  credentials: CallCredentials,
  attempt: (input: Record<string, unknown>, context: ToolContext) => Promise<Ended>,
): Promise<Attempt> {
  const effects: string[] = [];
  const changes: Record<string, readonly FieldChange[]> = {};
  const documents: RetrievedDocument[] = [];
  let hasUntoldChanges = false;
  // whoever charges for the call does so for the attempt, whatever comes of it
  let costMicroDollars = warrant.priceMicroDollars ?? 0;
  const signal = AbortSignal.timeout(definition.timeoutSeconds * 1000);
  const context: ToolContext = {
    tenant: warrant.tenant,
    runId: warrant.runId,
    callId: warrant.callId,
    credentials,
    idempotencyKey: idempotencyKeyOf(warrant.digest),
    signal,
    recordEffect: (effect, changed) => {
      effects.push(effect);
      hasUntoldChanges ||= changed === undefined;
      if (changed !== undefined && changed.length > 0) {
        changes[effect] = changed;
      }
    },
    recordRetrieved: (document) => {
      documents.push(document);
    },
    recordCost: (microDollars) => {
      costMicroDollars += microDollars;
    },
  };
  const ended = await outcomeOf(definition, signal, async () =>
    attempt(definition.input.parse(warrant.proposal.arguments), context),
  );
  return {
    ...fitForTheLog(ended, effects, warrant),
    ...(Object.keys(changes).length === 0 ? {} : { changes }),
    ...(hasUntoldChanges ? { hasUntoldChanges } : {}),
    ...undoOf(definition, warrant.proposal.arguments, ended),
    ...retrievedBy(definition, documents, ended, warrant),
    costMicroDollars,
  };
}

/** Messages and effects are kept for years and disclose nothing, whatever the tool's outputs do. */
function fitForTheLog(
  { error, redacted = {}, ...ended }: Ended,
  effects: readonly string[],
  { redaction }: Pick<Warrant, 'redaction'>,
): Omit<Attempt, 'costMicroDollars'> {
  const message = redactText(error?.message ?? '', { redaction });
  const told = effects.map((effect) => redactText(effect, { redaction }));
  const found = [message, ...told].reduce<Found>((sum, each) => addFound(sum, each.found), redacted);
  // INVARIANT: an error in which nothing is found stays the very same object, by which NOT_DONE is told apart
  const kept = isEmpty(message.found) ? error : error && { ...error, message: message.value };
  return {
    ...ended,
    ...(kept === undefined ? {} : { error: kept }),
    effects: told.map(({ value }) => value),
    ...(isEmpty(found) ? {} : { redacted: found }),
  };
}

/** INVARIANT: what a tool was given to read is told whether it declares that it retrieves or not; where from it must say. */
function retrievedBy(
  { name, retrieves }: ToolDefinition,
  documents: readonly RetrievedDocument[],
  { status }: Ended,
  { digestKey }: Pick<Warrant, 'digestKey'>,
): Pick<Attempt, 'retrieved'> {
  if (status !== 'succeeded' || (retrieves === undefined && documents.length === 0)) {
    return {};
  }
  return { retrieved: loggedRetrieval(retrieves ?? name, documents, digestKey) };
}

function isEmpty(found: Found): boolean {
  return Object.keys(found).length === 0;
}

/** INVARIANT: the effect is there by now, so whatever is wrong with its undo must not keep it from being recorded. */
function undoOf(
  { undo }: ToolDefinition,
  input: Proposal['arguments'],
  { status, output }: Ended,
): Pick<Attempt, 'undo'> {
  if (undo === undefined || status !== 'succeeded') {
    return {};
  }
  try {
    return { undo: { tool: undo.tool, arguments: undo.arguments(input, output) } };
  } catch {
    return {};
  }
}

function checkedOutput(warrant: Warrant, definition: ToolDefinition, untrusted: unknown): Ended {
  const output = definition.output.safeParse(untrusted);
  if (output.success) {
    return redactedOutput(warrant, definition, output.data);
  }
  const message = `the tool's output breaks its schema: ${fieldsOf(output.error)}`;
  return { status: statusAfterFault(definition), error: { code: 'invalid_output', message } };
}

/** INVARIANT: what is answered fits the schema that was declared, redacted or not; what does not is withheld. */
function redactedOutput({ redaction }: Warrant, definition: ToolDefinition, output: unknown): Ended {
  const { value, found } = redact(output, { discloses: definition.discloses, redaction });
  if (isEmpty(found)) {
    return { status: 'succeeded', output };
  }
  const again = definition.output.safeParse(value);
  if (again.success) {
    return { status: 'succeeded', output: value, redacted: found };
  }
  const message =
    `the tool's output without ${Object.keys(found).join(', ')} breaks its schema: ${fieldsOf(again.error)}; ` +
    'let the schema take a marker, or name personal data that the agent needs in discloses';
  if (definition.effect === 'write') {
    // the tool said that it is done, and how it said so was right: nobody has to find out whether it happened
    telemetry.warn('an answer was withheld', { tool: definition.name, why: message });
    return { status: 'succeeded', redacted: found };
  }
  return { status: 'failed', error: { code: 'invalid_output', message }, redacted: found };
}

function fieldsOf(error: z.ZodError): string {
  return fieldErrors(error)
    .map(({ field, message }) => `${field}: ${message}`)
    .join('; ');
}

async function outcomeOf(
  definition: ToolDefinition,
  signal: AbortSignal,
  attempt: () => Promise<Ended>,
): Promise<Ended> {
  try {
    return await Promise.race([attempt(), aborted(signal)]);
  } catch (error) {
    if (signal.aborted) {
      const message = `${definition.name} did not answer within ${definition.timeoutSeconds} seconds`;
      return { status: statusAfterFault(definition), error: { code: 'tool_timed_out', message } };
    }
    const message = error instanceof Error ? error.message : String(error);
    return error instanceof ToolRefusal
      ? { status: 'failed', error: { code: 'tool_refused', message }, dependency: error.dependency }
      : { status: statusAfterFault(definition), error: { code: 'tool_failed', message } };
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** A read that broke off did nothing. A write that broke off, unless it says that it refused, may have done everything. */
function statusAfterFault({ effect }: ToolDefinition): OutcomeStatus {
  return effect === 'read' ? 'failed' : 'unknown';
}
