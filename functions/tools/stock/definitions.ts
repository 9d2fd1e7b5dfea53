import { z } from 'zod';
import { defineTool, type ResourceType, type ToolNamespace } from '../../../domain/tool/definition.ts';
import { Availability, productId, Reservation } from './documents.ts';

/** What a warehouse holds of a product. Without attributes: the authorizer cannot reach the server. */
export const StockItemResource = {
  name: 'StockItem',
  attributes: z.strictObject({}),
} satisfies ResourceType;

/** The secret with the bearer token. */
export const API_TOKEN = 'api-token';

const TIMEOUT_SECONDS = 30;

/** The origin is the deployment's: its context `stockOrigin`. */
const DESTINATIONS = ['deployment:stock'] as const;

/** The server bills no calls; what one costs is at most one read of its token. */
const MAXIMUM_COST_MICRO_DOLLARS = 5;

// descriptions and schemas are those of listing.json, which a test holds them to

export const checkStock = defineTool({
  name: 'stock.check_stock',
  description: 'How many pieces of a product are in the warehouse and not reserved.',
  input: z.strictObject({ product_id: productId }),
  output: Availability,
  effect: 'read',
  tier: 0,
  resource: StockItemResource.name,
  access: [],
  destinations: DESTINATIONS,
  secrets: [API_TOKEN],
  maximumCostMicroDollars: MAXIMUM_COST_MICRO_DOLLARS,
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['product_id'],
});

export const reserveStock = defineTool({
  name: 'stock.reserve_stock',
  description: 'Reserve pieces of a product for a customer, so that nobody else is sold them.',
  input: z.strictObject({
    product_id: productId,
    quantity: z.int().min(1).max(100).describe('How many pieces'),
  }),
  output: Reservation,
  effect: 'write',
  idempotency: 'by_lookup',
  tier: 1,
  resource: StockItemResource.name,
  access: [],
  destinations: DESTINATIONS,
  secrets: [API_TOKEN],
  maximumCostMicroDollars: MAXIMUM_COST_MICRO_DOLLARS,
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['product_id', 'quantity'],
  kinds: ['update'],
});

/** A warehouse behind somebody's MCP server: an example of tools that a server lists. */
export const stock = {
  name: 'stock',
  tableName: (_prefix: string, table: string): string => {
    throw new Error(`table '${table}': the stock tools have no tables`);
  },
  resources: [StockItemResource],
  tools: [checkStock, reserveStock],
} as const satisfies ToolNamespace;

/** Each of the tools, for tables that must not miss one. */
export type StockTool = (typeof stock.tools)[number];
