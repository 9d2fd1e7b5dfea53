import type { z } from 'zod';
import type { ToolDefinition } from '../../domain/tool/definition.ts';
import { type ToolContext, ToolRefusal } from '../../domain/tool/handler.ts';
import { EgressFailed, EgressRefused } from './egress/errors.ts';
import type { GovernedFetch } from './egress/guard.ts';
import type { SecretReader } from './secrets.ts';

/** What the tools of an API need of their deployment. */
export interface ApiConnections {
  readonly fetch: GovernedFetch;
  readonly secrets: SecretReader;
  /** Destinations of a tool; the API is the first. */
  readonly destinationsOf: (tool: string) => readonly string[];
}

/** What an API answers that has no time for anybody. */
const TOO_MANY_REQUESTS = 429;

/** Somebody else's HTTP API that speaks JSON and takes a bearer token. */
export interface JsonApi extends ApiConnections {
  /** How errors call it, such as `the helpdesk`. */
  readonly title: string;
  /** The secret with its token; each tool declares it. */
  readonly secret: string;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  /** Made of checked arguments. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** Answers by which an API says that it has done nothing. Not 409: something like it has happened, or is about to. */
const DECLINED: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 410, 413, 415, 422, 429]);

/**
 * One request to an API under the call's own token and idempotency key.
 *
 * @throws ToolRefusal when it is certain that nothing was done
 * @throws Error otherwise; of a write, nobody knows then
 */
export async function ask<T extends z.ZodType>(
  api: JsonApi,
  tool: ToolDefinition,
  { method, path, body }: ApiRequest,
  shape: T,
  context: ToolContext,
): Promise<z.output<T>> {
  const { title, secret, fetch, secrets, destinationsOf } = api;
  const destinations = destinationsOf(tool.name);
  const token = await tokenOf(api, tool, context);
  const response = await fetch(
    `${destinations[0]}${path}`,
    {
      method,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(method === 'POST' ? { 'idempotency-key': context.idempotencyKey } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    },
    // a write is sent once: what came of it is looked up, so the API need not keep its word about keys
    { destinations, signal: context.signal },
  ).catch(declineUnlessSent);
  if (response.status === 401) {
    secrets.forget(tool, secret);
  }
  if (DECLINED.has(response.status)) {
    const isOut = response.status === TOO_MANY_REQUESTS;
    throw new ToolRefusal(`${title} declined with status ${response.status}`, isOut ? 'failed' : 'answered');
  }
  if (!response.ok) {
    throw new Error(`${title} answered with status ${response.status}`);
  }
  return parsed(await response.text(), token, title, shape);
}

/** As `ask`, where being declined says nothing about whether an earlier request had its effect. @throws Error */
export async function search<T extends z.ZodType>(
  ...parameters: Parameters<typeof ask<T>>
): Promise<z.output<T>> {
  try {
    return await ask(...parameters);
  } catch (error) {
    throw error instanceof ToolRefusal ? new Error(error.message) : error;
  }
}

/** Without its token a tool has not said anything to anybody. */
async function tokenOf(
  { title, secret, secrets }: JsonApi,
  tool: ToolDefinition,
  context: ToolContext,
): Promise<string> {
  try {
    return await secrets.read(tool, secret, context);
  } catch (error) {
    throw new ToolRefusal(`no token for ${title}: ${(error as Error).message}`, 'nothing');
  }
}

function declineUnlessSent(error: unknown): never {
  if (error instanceof EgressFailed && !error.sent) {
    throw new ToolRefusal(error.message, 'failed');
  }
  throw error instanceof EgressRefused && !error.sent ? new ToolRefusal(error.message, 'nothing') : error;
}

/** @throws Error that says nothing of what was answered: it may hold people's data */
function parsed<T extends z.ZodType>(text: string, token: string, title: string, shape: T): z.output<T> {
  // INVARIANT: what a tool answers goes on to models and transcripts, so the token must not be in it
  if (text.includes(token)) {
    throw new Error(`${title} repeated the token in its answer, which is not passed on`);
  }
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Error(`${title} answered no json`);
  }
  const result = shape.safeParse(answer);
  if (!result.success) {
    const fields = result.error.issues.map(({ path }) => path.join('.') || '(root)');
    throw new Error(`${title} answered another shape than expected: ${fields.join(', ')}`);
  }
  return result.data;
}
