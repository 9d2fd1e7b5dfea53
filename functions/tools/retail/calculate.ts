import { ToolRefusal } from '../../../domain/tool/handler.ts';
import { roundToHundredths } from './money.ts';

/** What an expression may consist of; anything else is refused before it is read. */
const ALLOWED = /^[0-9+\-*/(). ]*$/;
const TOKEN = /(?:\d+\.?\d*|\.\d+)|[-+*/()]/g;

interface Token {
  readonly text: string;
  /** Counts from 1. */
  readonly position: number;
}

/** The tokens not read yet. */
interface Reader {
  readonly peek: () => Token | undefined;
  readonly next: () => Token | undefined;
}

/**
 * Value of an expression of numbers, `+ - * /` and parentheses, rounded to two decimals: `'10.0'`, `'8276.23'`.
 *
 * @throws ToolRefusal when it is no such expression, divides by zero or leaves the range of a number.
 */
export function calculated(expression: string): string {
  if (!ALLOWED.test(expression)) {
    throw new ToolRefusal('Invalid characters in expression');
  }
  const reader = readerOf(expression);
  const value = readSum(reader);
  const rest = reader.peek();
  if (rest !== undefined) {
    throw unexpected(rest, 'an operator or the end');
  }
  if (!Number.isFinite(value)) {
    throw new ToolRefusal('the result is too large for a number, use smaller operands');
  }
  return formatted(roundToHundredths(value));
}

function readerOf(expression: string): Reader {
  const tokens = [...expression.matchAll(TOKEN)].map((match) => ({
    text: match[0],
    position: match.index + 1,
  }));
  const characters = tokens.reduce((sum, token) => sum + token.text.length, 0);
  if (characters < expression.replaceAll(' ', '').length) {
    throw new ToolRefusal("'.' without a digit in expression, expected numbers such as 1.5");
  }
  let index = 0;
  return { peek: () => tokens[index], next: () => tokens[index++] };
}

function readSum(reader: Reader): number {
  let value = readProduct(reader);
  for (let operator = takeIf(reader, '+-'); operator !== undefined; operator = takeIf(reader, '+-')) {
    const operand = readProduct(reader);
    value = operator === '+' ? value + operand : value - operand;
  }
  return value;
}

function readProduct(reader: Reader): number {
  let value = readFactor(reader);
  for (let operator = takeIf(reader, '*/'); operator !== undefined; operator = takeIf(reader, '*/')) {
    const operand = readFactor(reader);
    if (operator === '/' && operand === 0) {
      throw new ToolRefusal('division by zero');
    }
    value = operator === '*' ? value * operand : value / operand;
  }
  return value;
}

function readFactor(reader: Reader): number {
  const sign = takeIf(reader, '+-');
  if (sign !== undefined) {
    const operand = readFactor(reader);
    return sign === '-' ? -operand : operand;
  }
  const token = reader.next();
  if (token?.text === '(') {
    const value = readSum(reader);
    const closing = reader.next();
    if (closing?.text !== ')') {
      throw unexpected(closing, "')'");
    }
    return value;
  }
  const value = Number(token?.text);
  if (Number.isNaN(value)) {
    throw unexpected(token, "a number or '('");
  }
  return value;
}

function takeIf(reader: Reader, operators: string): string | undefined {
  const token = reader.peek();
  return token !== undefined && operators.includes(token.text) ? reader.next()?.text : undefined;
}

function unexpected(token: Token | undefined, expected: string): ToolRefusal {
  const got =
    token === undefined ? 'unexpected end of expression' : `unexpected '${token.text}' at ${token.position}`;
  return new ToolRefusal(`${got}, expected ${expected}`);
}

/** From here on Python writes floats with an exponent. */
const EXPONENT_FROM = 1e16;

/** As Python writes a float, because that is what recorded results hold: always with a point or an exponent. */
function formatted(value: number): string {
  const text = Math.abs(value) >= EXPONENT_FROM ? value.toExponential() : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
