import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

/** A message to the server, as it came. */
export interface Message {
  readonly http: string;
  readonly method: string | undefined;
  readonly params: Record<string, unknown>;
  readonly headers: IncomingMessage['headers'];
}

interface Reserved {
  readonly reservation_id: string;
  readonly product_id: string;
  readonly quantity: number;
  readonly meta: Readonly<Record<string, unknown>>;
}

/** What a test makes the server do otherwise than well. */
export interface Misconduct {
  /** Instead of the server's own answer to a message; true when it has answered, or never will. */
  readonly instead?: (message: Message, response: ServerResponse, id: unknown) => boolean | Promise<boolean>;
  /** After the server has done what it was asked, instead of its answer. */
  readonly afterEffect?: (response: ServerResponse) => void;
  /** What `reserve_stock` lists and answers otherwise. */
  readonly description?: string;
  readonly extraArgument?: boolean;
  readonly annotations?: { readonly destructiveHint: boolean };
  readonly answers?: () => CallToolResult;
  readonly without?: boolean;
}

export interface StockServer {
  readonly port: number;
  readonly got: Message[];
  readonly reserved: Reserved[];
  /** Sessions that were begun and not ended. */
  readonly open: () => number;
  misconduct: Misconduct;
  readonly close: () => Promise<void>;
}

const PRODUCT = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/)
  .describe('Id of the product, such as 1008292230');
const RESERVATION = { reservation_id: z.string(), product_id: z.string(), quantity: z.int().min(1) };

/** Pieces of every product. */
const PIECES = 12;

/** An MCP server of the official SDK over Streamable HTTP on loopback: somebody else's warehouse. */
export async function stockServer({
  port = 0,
  token,
}: {
  readonly port?: number;
  readonly token: string;
}): Promise<StockServer> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const state: StockServer = {
    port,
    got: [],
    reserved: [],
    open: () => sessions.size,
    misconduct: {},
    close: async () => {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };

  async function transportOf(session: unknown): Promise<StreamableHTTPServerTransport | undefined> {
    if (typeof session === 'string') {
      return sessions.get(session);
    }
    const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => {
        sessions.set(id, transport);
      },
      onsessionclosed: (id) => {
        sessions.delete(id);
      },
    });
    await warehouse(state).connect(transport as Parameters<McpServer['connect']>[0]);
    return transport;
  }

  const http = createServer(async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString();
    const body = text === '' ? {} : JSON.parse(text);
    const { method: verb = '', headers } = request;
    const message = { http: verb, method: body.method, params: body.params ?? {}, headers };
    state.got.push(message);
    if (headers.authorization !== `Bearer ${token}`) {
      response.writeHead(401).end();
      return;
    }
    const { instead, afterEffect } = state.misconduct;
    if (await instead?.(message, response, body.id)) {
      return;
    }
    const transport = await transportOf(headers['mcp-session-id']);
    if (transport === undefined) {
      response.writeHead(404).end();
      return;
    }
    if (afterEffect !== undefined && message.method === 'tools/call') {
      reserve(state, message.params.arguments as never, message.params._meta as never);
      afterEffect(response);
      return;
    }
    await transport.handleRequest(request, response, text === '' ? undefined : body);
  });
  http.listen(port, '127.0.0.1');
  await once(http, 'listening');
  return Object.assign(state, { port: (http.address() as AddressInfo).port });
}

function reserve(
  { reserved }: StockServer,
  wanted: { readonly product_id: string; readonly quantity: number },
  meta: Readonly<Record<string, unknown>> = {},
): CallToolResult {
  const taken = reserved.filter((each) => each.product_id === wanted.product_id);
  if (taken.reduce((sum, { quantity }) => sum + quantity, wanted.quantity) > PIECES) {
    const content = [{ type: 'text', text: `only ${PIECES} of ${wanted.product_id}` } as const];
    return { isError: true, content, _meta: { 'countersign/refused': 'not_enough' } };
  }
  const reservation = { reservation_id: `R-${reserved.length + 1}`, ...wanted };
  reserved.push({ ...reservation, meta });
  return structured(reservation);
}

function structured(value: Record<string, unknown>): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(value) }], structuredContent: value };
}

function warehouse(state: StockServer): McpServer {
  const { description, extraArgument, annotations, answers, without } = state.misconduct;
  const server = new McpServer({ name: 'warehouse', version: '3.1.0' });
  server.registerTool(
    'check_stock',
    {
      description: 'How many pieces of a product are in the warehouse and not reserved.',
      inputSchema: z.strictObject({ product_id: PRODUCT }),
      outputSchema: z.strictObject({ product_id: z.string(), available: z.int().min(0) }),
      annotations: { readOnlyHint: true },
    },
    ({ product_id }) => {
      const taken = state.reserved.filter((each) => each.product_id === product_id);
      const available = taken.reduce((left, { quantity }) => left - quantity, PIECES);
      return answers?.() ?? structured({ product_id, available });
    },
  );
  if (!without) {
    server.registerTool(
      'reserve_stock',
      {
        description:
          description ?? 'Reserve pieces of a product for a customer, so that nobody else is sold them.',
        inputSchema: z.strictObject({
          product_id: PRODUCT,
          quantity: z.int().min(1).max(100).describe('How many pieces'),
          ...(extraArgument ? { notes: z.string().optional() } : {}),
        }),
        outputSchema: z.strictObject(RESERVATION),
        annotations: annotations ?? { destructiveHint: false, idempotentHint: false },
      },
      ({ product_id, quantity }, { _meta }) => answers?.() ?? reserve(state, { product_id, quantity }, _meta),
    );
  }
  server.registerTool(
    'find_reservation',
    {
      description: 'Find what was reserved under a key.',
      inputSchema: z.strictObject({
        reservation_key: z.string().min(16).max(64).describe('Key under which something was reserved'),
      }),
      outputSchema: z.strictObject({ reservations: z.array(z.strictObject(RESERVATION)) }),
      annotations: { readOnlyHint: true },
    },
    ({ reservation_key }) => {
      const found = state.reserved.filter(
        ({ meta }) => meta['countersign/idempotency-key'] === reservation_key,
      );
      return structured({ reservations: found.map(({ meta: _, ...reservation }) => reservation) });
    },
  );
  return server;
}
