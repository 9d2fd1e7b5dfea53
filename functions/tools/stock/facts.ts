import type { FactLoader } from '../../../domain/tool/facts.ts';
import { StockItemResource } from './definitions.ts';

/** Which product a call names, and nothing about it: the authorizer has no way out to the server. */
export const loadStockFacts: FactLoader = async ({ arguments: { product_id } }) => ({
  resource: { type: StockItemResource.name, id: String(product_id), attributes: {} },
  call: {},
});
