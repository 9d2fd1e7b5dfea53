import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { z } from 'zod';
import type { Proposal, Reason } from '../../contracts/call.ts';
import { fieldErrors } from '../../domain/fields.ts';
import type { Clock } from '../../domain/time.ts';
import type { ToolDefinition, ToolNamespace } from '../../domain/tool/definition.ts';
import type { FactLoader, Facts } from '../../domain/tool/facts.ts';
import { factReader } from '../adapters/facts.ts';
import { telemetry } from '../runtime/step.ts';

/** A system of record that takes longer is out; the step has ten seconds for everything. */
const FACTS_DEADLINE_MILLISECONDS = 3_000;

export interface FactSource {
  readonly client: DynamoDBDocumentClient;
  readonly prefix: string;
  readonly namespace: ToolNamespace;
  readonly load: FactLoader;
  readonly clock: Clock;
  /** @default FACTS_DEADLINE_MILLISECONDS */
  readonly deadlineMilliseconds?: number;
}

/**
 * What systems of record say about a call, within a deadline and whole: every fact that the tool declares is there.
 *
 * @returns the reason for refusing the call when it cannot be known: policy is not asked about a call half of which is unknown
 */
export async function factsOrReason(
  tenant: string,
  { tool, arguments: parameters }: Proposal,
  definition: ToolDefinition,
  { client, prefix, namespace, load, clock, deadlineMilliseconds = FACTS_DEADLINE_MILLISECONDS }: FactSource,
): Promise<Facts | { readonly reason: Reason }> {
  const signal = AbortSignal.timeout(deadlineMilliseconds);
  try {
    const reader = factReader(client, (table) => namespace.tableName(prefix, table), signal);
    const facts = await Promise.race([
      load({ tenant, tool, arguments: parameters, now: clock() }, reader),
      aborted(signal),
    ]);
    const missing = missingFacts(facts, definition, namespace);
    return missing === undefined ? facts : { reason: { code: 'facts_missing', message: missing } };
  } catch (error) {
    const why = error instanceof Error ? error.name : 'no error given';
    // messages of systems of record may quote people's data
    telemetry.count({ factFailures: 1 }, { tool });
    telemetry.warn('facts could not be read', { tool, error: why });
    const message = `the facts that decide about ${tool} could not be read (${why}), nothing was done, propose it again later`;
    return { reason: { code: 'facts_unavailable', message } };
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** In words; undefined when all that is declared is there, and nothing else. */
function missingFacts(
  { resource, call }: Facts,
  definition: ToolDefinition,
  { resources }: ToolNamespace,
): string | undefined {
  const type = resources.find(({ name }) => name === definition.resource);
  if (type === undefined || resource.type !== type.name) {
    return `facts are about a ${resource.type}, expected a ${definition.resource}`;
  }
  const wrong = [
    closed(type.attributes).safeParse(resource.attributes),
    definition.facts && closed(definition.facts).safeParse(call),
  ]
    .flatMap((result) => (result?.error === undefined ? [] : fieldErrors(result.error)))
    .map(({ field, message }) => `${field}: ${message}`);
  return wrong.length === 0
    ? undefined
    : `facts that decide about the call are missing or wrong: ${wrong.join('; ')}`;
}

/** Shapes live as long as their tools; each is compiled when it is first used. */
const closedShapes = new WeakMap<z.ZodObject, z.ZodObject>();

/** The shape without any member more. */
function closed(shape: z.ZodObject): z.ZodObject {
  const known = closedShapes.get(shape) ?? shape.strict();
  closedShapes.set(shape, known);
  return known;
}
