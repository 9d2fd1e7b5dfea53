import type { z } from 'zod';
import type { LookUpHandler, ToolContext, ToolHandler } from '../../../domain/tool/handler.ts';
import { callServerTool, type McpServer } from '../../adapters/mcp/server-tool.ts';
import { checkStock, reserveStock, type StockTool } from './definitions.ts';
import { Availability, Reservation, Reservations } from './documents.ts';

/** By tool name; a tool without its handler does not compile. */
type StockHandlers = {
  readonly [T in StockTool as T['name']]: T extends { readonly idempotency: 'by_lookup' }
    ? LookUpHandler<T>
    : ToolHandler<T>;
};

export function stockHandlers(server: McpServer): StockHandlers {
  return {
    'stock.check_stock': (input, context) =>
      callServerTool(
        server,
        checkStock,
        { name: 'check_stock', arguments: input, shape: Availability, repeatable: true },
        context,
      ),

    'stock.reserve_stock': {
      run: async (input, context) => {
        const call = { name: 'reserve_stock', arguments: input, shape: Reservation, repeatable: false };
        return reserved(await callServerTool(server, reserveStock, call, context), context);
      },
      lookUp: async (_, context) => {
        const call = {
          name: 'find_reservation',
          arguments: { reservation_key: context.idempotencyKey },
          shape: Reservations,
          repeatable: true,
        };
        const { reservations } = await callServerTool(server, reserveStock, call, context);
        return reservations[0] && reserved(reservations[0], context);
      },
    },
  };
}

function reserved(reservation: z.output<typeof Reservation>, { recordEffect }: ToolContext) {
  recordEffect(`reservations/${reservation.reservation_id}`);
  return reservation;
}
