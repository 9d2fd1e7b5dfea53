import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { z } from 'zod';
import type { ListedTool } from '../../../domain/tool/listing.ts';
import { type SessionFetchOptions, sessionFetch } from './session-fetch.ts';

/** The server broke the protocol. Thrown by a session; of a write that was asked, nobody knows then. */
export class ProtocolBroken extends Error {
  override readonly name = 'ProtocolBroken';
}

/** What a server answers to `tools/call`, as far as it is looked at. */
export const CallAnswer = z.object({
  content: z.array(z.looseObject({ type: z.string(), text: z.unknown().optional() })).default([]),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
  isError: z.boolean().default(false),
  _meta: z.record(z.string(), z.unknown()).default({}),
});
export type CallAnswer = z.output<typeof CallAnswer>;

const ToolsPage = z.object({
  tools: z.array(z.looseObject({ name: z.string() })),
  nextCursor: z.string().optional(),
});

/** One conversation with a server, for one call. */
export interface McpSession {
  readonly open: () => Promise<void>;
  /** What the server lists under this name now. */
  readonly listed: (name: string) => Promise<readonly ListedTool[]>;
  readonly call: (params: {
    readonly name: string;
    readonly arguments: Record<string, unknown>;
    readonly _meta: Record<string, unknown>;
  }) => Promise<CallAnswer>;
  /** Whether the call may have reached the server. */
  readonly wasAsked: () => boolean;
  /** Tells the server that the session is over, if there is time. Never throws. */
  readonly close: () => Promise<void>;
}

/** Of this client, for a server's logs. */
const CLIENT = { name: 'countersign', version: '1.0.0' };

/** A whole answer that nothing was read out of by now holds nothing. */
const READING_MILLISECONDS = 1000;

/** A server with more tools than fit on these is not one that somebody has reviewed. */
const MAXIMUM_PAGES = 10;

/** Answers are judged by the tools' own schemas; what a server says that they look like is compiled by nobody. */
const NO_VALIDATOR = {
  getValidator: () => {
    throw new Error('schemas of servers are not compiled');
  },
};

/** A session over Streamable HTTP by the official SDK, without any of the capabilities that a client may offer. */
export function mcpSession(url: string, options: Omit<SessionFetchOptions, 'onTraffic'>): McpSession {
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => {});
  let reading: NodeJS.Timeout | undefined;
  const { fetch, wasAsked } = sessionFetch({
    ...options,
    onTraffic: (underWay) => {
      clearTimeout(reading);
      if (underWay === 0) {
        reading = setTimeout(
          () => broken.reject(new ProtocolBroken('ended its answer without a result')),
          READING_MILLISECONDS,
        );
      }
    },
  });
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    fetch,
    requestInit: { headers: { authorization: `Bearer ${options.token}` } },
    // a stream that broke off is not resumed: what came of the call is for the tool's idempotency to say
    reconnectionOptions: {
      maxRetries: 0,
      initialReconnectionDelay: 0,
      maxReconnectionDelay: 0,
      reconnectionDelayGrowFactor: 1,
    },
  });
  const client = new Client(CLIENT, { capabilities: {}, jsonSchemaValidator: NO_VALIDATOR });
  // the SDK tells here what it could not read, and goes on waiting for what will not come
  client.onerror = broken.reject;

  async function unlessBroken<T>(asked: Promise<T>): Promise<T> {
    try {
      return await Promise.race([asked, broken.promise]);
    } finally {
      clearTimeout(reading);
    }
  }

  return {
    wasAsked,
    open: () => unlessBroken(client.connect(transport)),
    async listed(name) {
      const found: ListedTool[] = [];
      let cursor: string | undefined;
      for (let page = 1; page <= MAXIMUM_PAGES; page += 1) {
        const params = cursor === undefined ? {} : { cursor };
        const { tools, nextCursor } = await unlessBroken(
          client.request({ method: 'tools/list', params }, ToolsPage),
        );
        found.push(...tools.filter((tool) => tool.name === name));
        if (nextCursor === undefined) {
          return found;
        }
        cursor = nextCursor;
      }
      throw new ProtocolBroken(`lists its tools on more than ${MAXIMUM_PAGES} pages`);
    },
    call: (params) => unlessBroken(client.request({ method: 'tools/call', params }, CallAnswer)),
    async close() {
      await transport.terminateSession().catch(() => {});
      await client.close().catch(() => {});
      clearTimeout(reading);
    },
  };
}
