import type { ToolContext } from '../../../../domain/tool/handler.ts';
import type { McpServer } from '../../../../functions/adapters/mcp/server-tool.ts';
import { stockHandlers } from '../../../../functions/tools/stock/handlers.ts';
import listing from '../../../../functions/tools/stock/listing.json' with { type: 'json' };
import { guard } from '../egress/guards.ts';

export const TOKEN = 'token-0123456789';
export const KEY = 'key-0123456789abcdef';

/** Short, so that a test need not wait for a server that does not answer. */
const LIMITS = { preparationMilliseconds: 1000, callMilliseconds: 500, endMilliseconds: 300 };

/** The stock tools over a server on loopback, with what they recorded and forgot. */
export function stockTools(port: number, options: Partial<McpServer> = {}) {
  const effects: string[] = [];
  const forgotten: string[] = [];
  const server: McpServer = {
    title: 'the stock server',
    path: '/mcp',
    secret: 'api-token',
    listing,
    fetch: guard({}, { permittedAddresses: ['127.0.0.1'], permitHttp: true }),
    secrets: { read: async () => TOKEN, forget: (_, secret) => forgotten.push(secret) },
    destinationsOf: () => [`http://127.0.0.1:${port}`],
    limits: LIMITS,
    ...options,
  };
  const handlers = stockHandlers(server);
  const context = {
    tenant: 'acme',
    runId: 'run-1',
    callId: '0001-00',
    idempotencyKey: KEY,
    signal: new AbortController().signal,
    recordEffect: (effect: string) => effects.push(effect),
    recordCost: () => {},
  } as unknown as ToolContext;
  return {
    effects,
    forgotten,
    check: () => handlers['stock.check_stock']({ product_id: 'P-1' }, context),
    reserve: (quantity = 2, given = context) =>
      handlers['stock.reserve_stock'].run({ product_id: 'P-1', quantity }, given),
    lookUp: () => handlers['stock.reserve_stock'].lookUp({ product_id: 'P-1', quantity: 2 }, context),
    context,
    server,
  };
}
