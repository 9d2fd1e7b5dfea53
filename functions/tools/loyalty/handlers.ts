import { loyaltyFunctionName } from '../../../contracts/names.ts';
import type { ToolHandler } from '../../../domain/tool/handler.ts';
import type { InvokeFunction } from '../../adapters/existing-function.ts';
import { addPoints, getPoints, type LoyaltyTool } from './definitions.ts';
import { Balance } from './documents.ts';

/** By tool name; a tool without its handler does not compile. */
type LoyaltyHandlers = { readonly [T in LoyaltyTool as T['name']]: ToolHandler<T> };

export function loyaltyHandlers(prefix: string, invoke: InvokeFunction): LoyaltyHandlers {
  const functionName = loyaltyFunctionName(prefix);
  return {
    'loyalty.get_points': (input, context) =>
      invoke(
        getPoints,
        { functionName, payload: { operation: 'get_points', ...input }, shape: Balance },
        context,
      ),

    'loyalty.add_points': async (input, context) => {
      const payload = { operation: 'add_points', ...input };
      const balance = await invoke(addPoints, { functionName, payload, shape: Balance }, context);
      context.recordEffect(`members/${balance.member_id}`);
      return balance;
    },
  };
}
