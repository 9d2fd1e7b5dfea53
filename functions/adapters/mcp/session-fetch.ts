import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import { EgressFailed, EgressRefused } from '../egress/errors.ts';
import type { GovernedFetch } from '../egress/guard.ts';

export interface SessionLimits {
  /** Of each request that prepares the call. Four of them, the call and the end fit into a tool's half minute. */
  readonly preparationMilliseconds: number;
  /** Of the request that calls the tool. */
  readonly callMilliseconds: number;
  /** Of the request that ends the session. */
  readonly endMilliseconds: number;
}

export const DEFAULT_SESSION_LIMITS: SessionLimits = {
  preparationMilliseconds: 4000,
  callMilliseconds: 12_000,
  endMilliseconds: 1000,
};

export interface SessionFetchOptions {
  readonly fetch: GovernedFetch;
  readonly destinations: readonly string[];
  readonly token: string;
  /** Aborted when the tool's time is over. */
  readonly signal: AbortSignal;
  /** Whether calling the tool twice does what calling it once does. */
  readonly repeatable: boolean;
  readonly limits: SessionLimits;
  /** Told how many messages are without their whole answer, whenever that changes. */
  readonly onTraffic: (underWay: number) => void;
}

/** A session takes five; a server that asks back again and again gets no more than these. */
const MAXIMUM_REQUESTS = 16;

/** What an MCP client sends its messages with, and whether the one that calls the tool may have reached the server. */
export interface SessionFetch {
  readonly fetch: FetchLike;
  readonly wasAsked: () => boolean;
}

/** The egress guard as the SDK wants its `fetch`: every message goes to a destination of the tool, or nowhere. */
export function sessionFetch(options: SessionFetchOptions): SessionFetch {
  const { token, limits, repeatable, destinations } = options;
  let requests = 0;
  let underWay = 0;
  let asked = false;
  const fetch: FetchLike = async (url, { method = 'GET', headers, body, signal } = {}) => {
    // a stream of the server's own would outlive the call; 405 is how a server says that it has none
    if (method === 'GET') {
      return new Response(null, { status: 405 });
    }
    requests += 1;
    if (requests > MAXIMUM_REQUESTS) {
      throw new Error(`more than ${MAXIMUM_REQUESTS} messages in one session`);
    }
    const isCall = method === 'POST' && isToolCall(String(body));
    asked ||= isCall;
    underWay += 1;
    options.onTraffic(underWay);
    try {
      const response = await options.fetch(
        String(url),
        {
          method,
          headers: Object.fromEntries(new Headers(headers)),
          ...(typeof body === 'string' ? { body } : {}),
        },
        {
          destinations,
          signal: signal ? AbortSignal.any([options.signal, signal]) : options.signal,
          // what comes before the call changes nothing, and what a call has changed must not be changed twice
          idempotent: !isCall || repeatable,
          totalMilliseconds: isCall
            ? limits.callMilliseconds
            : method === 'DELETE'
              ? limits.endMilliseconds
              : limits.preparationMilliseconds,
        },
      );
      const text = await response.text();
      // INVARIANT: what a tool answers goes on to models and transcripts, so the token must not be in it
      if (text.includes(token)) {
        throw new TokenRepeated('repeated the token in its answer, which is not passed on');
      }
      return new Response(text === '' ? null : text, { status: response.status, headers: response.headers });
    } catch (error) {
      if (isCall && (error instanceof EgressFailed || error instanceof EgressRefused)) {
        asked = error.sent;
      }
      throw error;
    } finally {
      underWay -= 1;
      options.onTraffic(underWay);
    }
  };
  return { fetch, wasAsked: () => asked };
}

/** The server put the token where it would be passed on. Thrown here, and told as what the server did; never retried. */
export class TokenRepeated extends Error {
  override readonly name = 'TokenRepeated';
}

function isToolCall(body: string): boolean {
  return JSON.parse(body).method === 'tools/call';
}
