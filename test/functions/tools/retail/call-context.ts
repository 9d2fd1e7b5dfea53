import type { ToolContext } from '../../../../domain/tool/handler.ts';
import type { RetailTool } from '../../../../functions/tools/retail/definitions.ts';
import { retailHandlers } from '../../../../functions/tools/retail/handlers.ts';

/** A context that keeps what the tool records. */
export interface CallRecord {
  readonly context: ToolContext;
  readonly effects: string[];
  readonly costs: number[];
}

/** What the local DynamoDB takes from anybody. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test', sessionToken: 'test' };
export const LOCAL_REGION = 'us-east-1';

const TIMEOUT_MILLISECONDS = 10_000;

export function callRecord(tenant: string, idempotencyKey: string, runId = 'run-1'): CallRecord {
  const effects: string[] = [];
  const costs: number[] = [];
  return {
    effects,
    costs,
    context: {
      tenant,
      runId,
      callId: '0001-00',
      credentials: LOCAL_CREDENTIALS,
      idempotencyKey,
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
      recordEffect: (effect) => effects.push(effect),
      recordRetrieved: () => {},
      recordCost: (microDollars) => costs.push(microDollars),
    },
  };
}

/** Runs a tool whose name is only known at run time; the arguments are parsed by its schema first. */
export function runTool(definition: RetailTool, untrusted: unknown, context: ToolContext): Promise<unknown> {
  const handler = retailHandlers[definition.name] as (
    input: unknown,
    context: ToolContext,
  ) => Promise<unknown>;
  return handler(definition.input.parse(untrusted), context);
}
