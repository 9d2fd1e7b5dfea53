import { type CompiledExpression, compileExpression } from './expression/compile.ts';
import { parseExpression } from './expression/parse.ts';
import { ExpressionError } from './expression/syntax.ts';
import type { CallTypes } from './expression/types.ts';
import type { EnvelopeNote } from './normalise.ts';

/** @returns what is wrong with the expression, and where, when it does not compile */
export function compiledAt(
  path: EnvelopeNote['path'],
  text: string,
  types: CallTypes,
): CompiledExpression | EnvelopeNote {
  try {
    return compileExpression(parseExpression(text), types);
  } catch (error) {
    if (error instanceof ExpressionError) {
      return { path, message: `${path.join('.')}: column ${error.column} of '${text}': ${error.message}` };
    }
    throw error;
  }
}

/** Once, whether it has brackets around it or not. */
export function inBrackets(condition: string): string {
  return `(${condition.replace(/^\((.*)\)$/s, (whole, inner: string) => (isBalanced(inner) ? inner : whole))})`;
}

/** Whether no bracket closes that was not opened in it. */
function isBalanced(text: string): boolean {
  let depth = 0;
  // brackets inside texts do not count
  for (const character of text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')) {
    depth += character === '(' ? 1 : character === ')' ? -1 : 0;
    if (depth < 0) {
      return false;
    }
  }
  return true;
}
