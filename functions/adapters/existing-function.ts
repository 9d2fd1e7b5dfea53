import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { z } from 'zod';
import { fieldErrors } from '../../domain/fields.ts';
import type { ToolDefinition } from '../../domain/tool/definition.ts';
import { type CallCredentials, type ToolContext, ToolRefusal } from '../../domain/tool/handler.ts';

/** What a function is asked, in the shape that it already takes. */
export interface FunctionRequest<T extends z.ZodType> {
  /** Deployed name, without version or alias. */
  readonly functionName: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Of what it answers. */
  readonly shape: T;
}

/**
 * Beside the function's own payload, as its member `countersign`: for whom it works, and what to put on whatever it leaves
 * behind. A function may pass over all of it but the tenant.
 */
export interface Origin {
  readonly tenant: string;
  readonly runId: string;
  readonly callId: string;
  /** The same for every attempt at this call, and for no other call. At most 36 characters. */
  readonly idempotencyKey: string;
}

/**
 * How a function says that it has done nothing, and why; it may say more beside it, which is passed over. A code and no
 * sentence: it goes on to models and into the log.
 */
const Refused = z.object({ refused: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/) });

export type InvokeFunction = <T extends z.ZodType>(
  tool: ToolDefinition,
  request: FunctionRequest<T>,
  context: ToolContext,
) => Promise<z.output<T>>;

export type FunctionClientFor = (
  credentials: CallCredentials,
  repeatable: boolean,
) => Pick<LambdaClient, 'send'>;

/** Quota of Lambda for the payload of a request that is waited for: 6 MB. */
const MAXIMUM_REQUEST_BYTES = 6 * 1024 * 1024;

/** As of the egress guard: whatever answers a tool goes on to a model, which has no use for more. */
const MAXIMUM_ANSWER_BYTES = 1024 * 1024;

/** Lambda in us-east-1, from its pricing page, 2026-11: $0.20 for a million requests. Its compute is its owner's account. */
export const INVOCATION_MICRO_DOLLARS = 0.2;

/** First try included. */
const MAXIMUM_TRIES_OF_REPEATABLE = 3;

/**
 * Errors of the Invoke API by which Lambda, or IAM before it, says that the function did not begin. Every other error may
 * have come while it worked.
 */
const NOT_INVOKED: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidParameterValueException',
  'InvalidRequestContentException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'RecursiveInvocationException',
  'RequestTooLargeException',
  'ResourceNotFoundException',
  'TooManyRequestsException',
  'UnrecognizedClientException',
  'UnsupportedMediaTypeException',
]);

/** Of those, what says that the function is out, or nobody can get at it; the others say that the request was wrong. */
const OUT: ReadonlySet<string> = new Set(['ResourceNotFoundException', 'TooManyRequestsException']);

/** Errors of a socket that never was. */
const NOT_CONNECTED: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/**
 * Invokes a function that exists already with the call's own credentials, and waits for its answer within the tool's time.
 * The function of a write is invoked once, unless its tool says that the same key takes effect only once.
 */
export function functionInvoker(clientFor: FunctionClientFor = functionClient): InvokeFunction {
  return async (tool, { functionName, payload, shape }, context) => {
    const { tenant, runId, callId, idempotencyKey, credentials, signal, recordCost } = context;
    const countersign: Origin = { tenant, runId, callId, idempotencyKey };
    const Payload = JSON.stringify({ ...payload, countersign });
    if (Buffer.byteLength(Payload) > MAXIMUM_REQUEST_BYTES) {
      throw new ToolRefusal(
        `the request to ${functionName} is larger than the ${MAXIMUM_REQUEST_BYTES} bytes of Lambda`,
        'nothing',
      );
    }
    const isRepeatable = tool.effect === 'read' || tool.idempotency === 'by_key';
    const command = new InvokeCommand({
      FunctionName: functionName,
      InvocationType: 'RequestResponse',
      Payload,
    });
    const answer = await clientFor(credentials, isRepeatable)
      .send(command, { abortSignal: signal })
      .catch((error) => declineUnlessInvoked(error, functionName));
    recordCost(INVOCATION_MICRO_DOLLARS * (answer.$metadata.attempts ?? 1));
    const bytes = answer.Payload ?? new Uint8Array();
    if (answer.FunctionError !== undefined) {
      // what it died of may quote its data, so its message stays in its own log
      throw new Error(`${functionName} failed (${answer.FunctionError}), its log says why`);
    }
    if (bytes.length > MAXIMUM_ANSWER_BYTES) {
      throw new Error(
        `${functionName} answered ${bytes.length} bytes, expected ${MAXIMUM_ANSWER_BYTES} or less`,
      );
    }
    return parsed(functionName, bytes, shape);
  };
}

/** @throws ToolRefusal when it is certain that the function did not begin, Error otherwise */
function declineUnlessInvoked(error: unknown, functionName: string): never {
  const { name = 'Error', code, $metadata = {} } = error as SdkError;
  const message = `${functionName} could not be invoked (${code ?? name})`;
  const isUnconnected = code !== undefined && NOT_CONNECTED.has(code);
  const isCertain = NOT_INVOKED.has(name) || isUnconnected;
  // INVARIANT: the last of several tries says nothing about those before it
  throw isCertain && ($metadata.attempts ?? 1) === 1
    ? new ToolRefusal(message, isUnconnected || OUT.has(name) ? 'failed' : 'nothing')
    : new Error(message);
}

interface SdkError {
  readonly name?: string;
  /** Of the operating system. */
  readonly code?: string;
  readonly $metadata?: { readonly attempts?: number };
}

/** @throws ToolRefusal for the documented refusal; Error that says nothing of what was answered otherwise */
function parsed<T extends z.ZodType>(functionName: string, bytes: Uint8Array, shape: T): z.output<T> {
  let answer: unknown;
  try {
    answer = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    throw new Error(`${functionName} answered no json`);
  }
  const refusal = Refused.safeParse(answer);
  if (refusal.success) {
    throw new ToolRefusal(`${functionName} refused: ${refusal.data.refused}`);
  }
  const result = shape.safeParse(answer);
  if (!result.success) {
    const fields = fieldErrors(result.error).map(({ field }) => field);
    throw new Error(`${functionName} answered another shape than expected: ${fields.join(', ')}`);
  }
  return result.data;
}

/** An SDK whose default is to wait for a connection as long as it takes; the egress guard waits as long as this. */
const CONNECT_MILLISECONDS = 3000;

/** Connections serve every call of a container; each call signs with its own credentials. */
const kept = new LambdaClient({ requestHandler: { connectionTimeout: CONNECT_MILLISECONDS } });

/**
 * Without keep-alive: a connection that was closed while this function was frozen breaks off as it is written to, and of a
 * write nobody would know.
 */
const fresh = new LambdaClient({
  requestHandler: {
    connectionTimeout: CONNECT_MILLISECONDS,
    httpAgent: { keepAlive: false },
    httpsAgent: { keepAlive: false },
  },
});

/** The SDK's standard retries wait anything up to a time that doubles: full jitter. */
export function functionClient(credentials: CallCredentials, repeatable: boolean): LambdaClient {
  return new LambdaClient({
    credentials,
    requestHandler: (repeatable ? kept : fresh).config.requestHandler,
    retryMode: 'standard',
    maxAttempts: repeatable ? MAXIMUM_TRIES_OF_REPEATABLE : 1,
  });
}
