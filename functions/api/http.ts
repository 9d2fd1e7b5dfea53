import { NotFoundError } from '@aws-lambda-powertools/event-handler/http';
import { z } from 'zod';
import { type ApiError, DEFAULT_TENANT } from '../../contracts/api.ts';
import { type FieldError, fieldErrors } from '../../domain/fields.ts';
import { telemetry } from '../runtime/step.ts';

/** The request is refused and nothing was done. Becomes the answer of the API; not retried. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly status: number;
  readonly code: string;
  readonly fields: readonly FieldError[];

  constructor(status: number, code: string, message: string, fields: readonly FieldError[] = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

export function answer(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
}

/** How large an answer may be, and what is said when it is larger. */
export interface AnswerLimit {
  /** Of the body as a member of the function's own answer, in which each quotation mark is two bytes. */
  readonly bytes: number;
  readonly code: string;
  readonly remedy: string;
}

/** @throws ApiFailure 413 for what Lambda would not deliver */
export function answerWithin({ bytes, code, remedy }: AnswerLimit, body: unknown): Response {
  const size = Buffer.byteLength(JSON.stringify(JSON.stringify(body)));
  if (size > bytes) {
    throw new ApiFailure(413, code, `the answer has ${size} bytes, expected up to ${bytes}; ${remedy}`);
  }
  return answer(200, body);
}

export function failureAnswer(error: Error): Response {
  if (error instanceof ApiFailure) {
    const { status, code, message, fields } = error;
    return answer(status, errorBody(code, message, fields));
  }
  if (error instanceof NotFoundError) {
    return answer(404, errorBody('unknown_route', 'no such route, see the api documentation'));
  }
  telemetry.warn('request failed', { error });
  return answer(
    500,
    errorBody('internal', 'the request failed on our side, try it again with the same client token'),
  );
}

function errorBody(code: string, message: string, fields: readonly FieldError[] = []): ApiError {
  return { error: { code, message, ...(fields.length === 0 ? {} : { fields }) } };
}

/** Tenants become parts of keys, of tags and of policy patterns, so they hold no character that means something there. */
export const Tenant = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'expected lower-case letters, digits and hyphens, at most 40');

const MAXIMUM_NOTE_LENGTH = 1000;

export const Note = z.string().trim().min(1, 'expected why, for the record').max(MAXIMUM_NOTE_LENGTH);

/** @throws ApiFailure 400 with every bad field */
export function parsed<T extends z.ZodType>(shape: T, untrusted: unknown): z.output<T> {
  const result = shape.safeParse(untrusted);
  if (!result.success) {
    const fields = fieldErrors(result.error);
    const message = `${fields.length} bad ${fields.length === 1 ? 'field' : 'fields'}: ${fields.map(({ field }) => field).join(', ')}`;
    throw new ApiFailure(400, 'invalid_request', message, fields);
  }
  return result.data;
}

/** @throws ApiFailure 400 when the body is no JSON */
export function parsedBody<T extends z.ZodType>(shape: T, body: string): z.output<T> {
  let untrusted: unknown;
  try {
    untrusted = JSON.parse(body);
  } catch {
    throw new ApiFailure(400, 'invalid_json', 'the body is not json, send one json object');
  }
  return parsed(shape, untrusted);
}

export function tenantOf(request: Request): string {
  return parsed(z.object({ tenant: Tenant }), {
    tenant: new URL(request.url).searchParams.get('tenant') ?? DEFAULT_TENANT,
  }).tenant;
}

/** ARN of the IAM principal that signed the request; undefined when API Gateway verified nobody. */
export function callerOf(event: unknown): string | undefined {
  const shape = z.object({
    requestContext: z.object({ authorizer: z.object({ iam: z.object({ userArn: z.string() }) }) }),
  });
  return shape.safeParse(event).data?.requestContext.authorizer.iam.userArn;
}
