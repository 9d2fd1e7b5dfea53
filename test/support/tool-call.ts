import type { ToolContext } from '../../domain/tool/handler.ts';

const TIMEOUT_MILLISECONDS = 10_000;

/** What a tool is given for one call, with the effects that it records. */
export function toolCall(idempotencyKey = 'key-1') {
  const effects: string[] = [];
  const context: ToolContext = {
    tenant: 'acme',
    runId: 'run-1',
    callId: '0001-00',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test', sessionToken: 'test' },
    idempotencyKey,
    signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    recordEffect: (effect) => effects.push(effect),
    recordRetrieved: () => {},
    recordCost: () => {},
  };
  return { context, effects };
}
