import type { Amount, ToolDefinition } from '../tool/definition.ts';
import { compileExpression } from './expression/compile.ts';
import { parseExpression } from './expression/parse.ts';
import { ExpressionError } from './expression/syntax.ts';
import type { CallTypes } from './expression/types.ts';

const CENTS_IN_A_DOLLAR = 100;

/** Where the amount is when the tool does not say. */
const BY_NAME: readonly Amount[] = [
  { argument: 'amount_usd', unit: 'usd' },
  { argument: 'amount_cents', unit: 'cents' },
];

/**
 * The condition of Cedar that a call moves at most so many dollars. A missing amount is not within it.
 *
 * @returns what is wrong instead: the tool says no amount, or one that cannot be compared
 */
export function amountLimit(
  tool: ToolDefinition,
  types: CallTypes,
  dollars: number,
): { readonly within: string } | { readonly message: string } {
  const amount =
    tool.amount ?? BY_NAME.find((each) => 'argument' in each && each.argument in tool.input.shape);
  if (amount === undefined) {
    return {
      message: `'${tool.name}' moves money but does not say how much, give its definition an amount: { argument or fact, unit }`,
    };
  }
  const path = 'argument' in amount ? ['arguments', amount.argument] : ['facts', amount.fact];
  const limit = amount.unit === 'cents' ? Math.floor(dollars * CENTS_IN_A_DOLLAR + 1e-6) : dollars;
  const condition = (value: number) =>
    compileExpression(parseExpression(`${path.join('.')} <= ${value}`), types).holds;
  try {
    return { within: asOne(condition(limit)) };
  } catch (error) {
    if (!(error instanceof ExpressionError)) {
      throw error;
    }
    // whole dollars are at most 99.5 when they are at most 99
    return Number.isInteger(limit)
      ? { message: error.message }
      : { within: asOne(condition(Math.floor(limit))) };
  }
}

function asOne(condition: string): string {
  return condition.startsWith('(') ? condition : `(${condition})`;
}
