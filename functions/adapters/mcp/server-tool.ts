import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { McpError } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { fieldErrors } from '../../../domain/fields.ts';
import type { DependencySign } from '../../../domain/limit/breaker.ts';
import type { ToolDefinition } from '../../../domain/tool/definition.ts';
import { type ToolContext, ToolRefusal } from '../../../domain/tool/handler.ts';
import { changedMembers, type Listing } from '../../../domain/tool/listing.ts';
import { EgressFailed, EgressRefused } from '../egress/errors.ts';
import type { GovernedFetch } from '../egress/guard.ts';
import type { SecretReader } from '../secrets.ts';
import { type CallAnswer, type McpSession, mcpSession, ProtocolBroken } from './session.ts';
import { DEFAULT_SESSION_LIMITS, type SessionLimits, TokenRepeated } from './session-fetch.ts';

/** A server whose tools are tools here. */
export interface McpServer {
  /** In messages, such as `the stock server`. */
  readonly title: string;
  /** Of its endpoint, behind the first destination of the tool. */
  readonly path: string;
  /** The secret with the bearer token. */
  readonly secret: string;
  /** What somebody has reviewed. */
  readonly listing: Listing;
  readonly fetch: GovernedFetch;
  readonly secrets: SecretReader;
  readonly destinationsOf: (tool: string) => readonly string[];
  readonly limits?: SessionLimits;
}

export interface ServerCall<T extends z.ZodType> {
  /** Of the tool at the server. */
  readonly name: string;
  /** Checked. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Of what it answers in `structuredContent`. */
  readonly shape: T;
  /** Whether calling it twice does what calling it once does. */
  readonly repeatable: boolean;
  /** Reads the one text of an answer without `structuredContent`. @default such an answer is refused */
  readonly readText?: (text: string) => unknown;
}

/** Members of `_meta`: what a server may put on whatever the call leaves behind. */
const META = {
  runId: 'countersign/run-id',
  callId: 'countersign/call-id',
  idempotencyKey: 'countersign/idempotency-key',
} as const;

/** Member of `_meta` by which a server says, beside `isError`, that it has done nothing, and a code for why. */
const REFUSED = 'countersign/refused';
const RefusalCode = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/);

const TOO_MANY_REQUESTS = 429;

/** Statuses by which a server turns a message away before it looks at it; of these a session that is gone is 404. */
const DECLINED: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 413, 415, 429]);

/**
 * Errors of JSON-RPC that leave no doubt that nothing was run: no JSON, no request, no such method. Not -32602 for invalid
 * parameters: servers of the SDK have said so of a result that broke their own output schema, too.
 */
const NOT_RUN: ReadonlySet<number> = new Set([-32700, -32600, -32601]);

/**
 * Calls one tool of a server in a session of its own, if the server still lists it as it was reviewed.
 *
 * @throws ToolRefusal when it is certain that nothing was done
 * @throws Error otherwise; of a write, nobody knows then
 */
export async function callServerTool<T extends z.ZodType>(
  server: McpServer,
  tool: ToolDefinition,
  call: ServerCall<T>,
  context: ToolContext,
): Promise<z.output<T>> {
  const token = await tokenOf(server, tool, context);
  const destinations = server.destinationsOf(tool.name);
  const session = mcpSession(`${destinations[0]}${server.path}`, {
    fetch: server.fetch,
    destinations,
    token,
    signal: context.signal,
    repeatable: call.repeatable,
    limits: server.limits ?? DEFAULT_SESSION_LIMITS,
  });
  try {
    await session.open();
    await checkReviewed(server, session, call.name);
    const answer = await session.call({ name: call.name, arguments: call.arguments, _meta: metaOf(context) });
    return resultOf(server, call, answer);
  } catch (error) {
    if (error instanceof StreamableHTTPError && error.code === 401) {
      server.secrets.forget(tool, server.secret);
    }
    throw ended(server, session, error);
  } finally {
    await session.close();
  }
}

/** Without its token a tool has not said anything to anybody. */
async function tokenOf({ secrets, secret, title }: McpServer, tool: ToolDefinition, context: ToolContext) {
  try {
    return await secrets.read(tool, secret, context);
  } catch (error) {
    throw new ToolRefusal(`no token for ${title}: ${(error as Error).message}`, 'nothing');
  }
}

function metaOf({ runId, callId, idempotencyKey }: ToolContext): Record<string, string> {
  return { [META.runId]: runId, [META.callId]: callId, [META.idempotencyKey]: idempotencyKey };
}

/**
 * INVARIANT: what is called is what somebody has reviewed. A server may change at any time what a tool of the same name
 * does, and the only thing that it shows of it is what it lists.
 *
 * @throws ToolRefusal that names what has changed
 */
async function checkReviewed({ listing, title }: McpServer, session: McpSession, name: string) {
  const reviewed = listing.tools.find((tool) => tool.name === name);
  if (reviewed === undefined) {
    throw new ToolRefusal(`tool '${name}' is not in the reviewed listing of ${title}, review it first`);
  }
  const [current, ...more] = await session.listed(name);
  if (current === undefined || more.length > 0) {
    throw new ToolRefusal(
      `${title} lists tool '${name}' ${1 + more.length - (current ? 0 : 1)} times, expected once`,
    );
  }
  const changed = changedMembers(reviewed, current);
  if (changed.length > 0) {
    throw new ToolRefusal(
      `${title} has changed ${shown(changed)} of tool '${name}' since it was reviewed, review it and take its listing anew`,
    );
  }
}

const MAXIMUM_SHOWN = 8;

/** A server chooses the names of members beyond those of MCP: as much of them as tells where to look. */
function shown(members: readonly string[]): string {
  return members
    .slice(0, MAXIMUM_SHOWN)
    .map((member) => member.replaceAll(/[^\w$.-]/g, '?').slice(0, 40))
    .join(', ');
}

/** What the tool answered, as its shape. @throws ToolRefusal, Error that says nothing of what was answered */
function resultOf<T extends z.ZodType>(
  { title }: McpServer,
  { shape, readText }: ServerCall<T>,
  { content, structuredContent, isError, _meta }: CallAnswer,
): z.output<T> {
  if (isError) {
    // an error of a tool is any: that it was declined, or that it broke off half-way; only what is agreed on counts
    const refusal = RefusalCode.safeParse(_meta[REFUSED]);
    throw refusal.success
      ? new ToolRefusal(`${title} refused: ${refusal.data}`)
      : new Unusable('answered that the tool failed');
  }
  const [only, ...more] = content;
  const isText = only?.type === 'text' && typeof only.text === 'string' && more.length === 0;
  if (structuredContent === undefined && (readText === undefined || !isText)) {
    throw new Unusable('answered without structuredContent, expected what its listing promises');
  }
  const result = shape.safeParse(structuredContent ?? read(readText, String(only?.text)));
  if (!result.success) {
    const fields = fieldErrors(result.error).map(({ field }) => field);
    throw new Unusable(`answered another shape than expected: ${fields.join(', ')}`);
  }
  return result.data;
}

function read(readText: ServerCall<z.ZodType>['readText'], text: string): unknown {
  try {
    return readText?.(text);
  } catch {
    throw new Unusable('answered a text that cannot be read');
  }
}

/** An answer that is none of the tool's. Thrown and caught here. */
class Unusable extends Error {
  override readonly name = 'Unusable';
}

/** An error as the executor takes it: certain or not, and without a word that the server has chosen. */
function ended({ title }: McpServer, session: McpSession, error: unknown): Error {
  if (error instanceof ToolRefusal) {
    return error;
  }
  const message = messageOf(title, error);
  return session.wasAsked() && !isDeclined(error)
    ? new Error(message)
    : new ToolRefusal(message, signOf(error));
}

/** What it says of the server, whose breaker goes by it: a server that answers at all is there, unless it has no time. */
function signOf(error: unknown): DependencySign {
  if (error instanceof EgressRefused) {
    return 'nothing';
  }
  return isDeclined(error) && !(error instanceof StreamableHTTPError && error.code === TOO_MANY_REQUESTS)
    ? 'answered'
    : 'failed';
}

function isDeclined(error: unknown): boolean {
  return (
    (error instanceof StreamableHTTPError && DECLINED.has(error.code ?? 0)) ||
    (error instanceof McpError && NOT_RUN.has(error.code))
  );
}

function messageOf(title: string, error: unknown): string {
  if (error instanceof EgressFailed || error instanceof EgressRefused) {
    return error.message;
  }
  if (error instanceof Unusable || error instanceof ProtocolBroken || error instanceof TokenRepeated) {
    return `${title} ${error.message}`;
  }
  if (error instanceof StreamableHTTPError && (error.code ?? 0) > 0) {
    return `${title} answered with status ${error.code}`;
  }
  return error instanceof McpError
    ? `${title} answered with error ${error.code}`
    : `${title} broke the protocol, expected MCP over Streamable HTTP`;
}
