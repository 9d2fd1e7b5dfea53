import { didYouMean } from '../../nearest.ts';
import {
  type Comparison,
  type Expression,
  ExpressionError,
  type List,
  type Literal,
  type Operand,
  type Operator,
  type Path,
} from './syntax.ts';
import { type Token, tokensOf, WORDS } from './tokens.ts';

/** A rule on one page is read by people; and reading it must end. */
const MAXIMUM_LENGTH = 500;
const MAXIMUM_DEPTH = 20;

const SIGNS = ['<', '<=', '>', '>=', '==', '!='];

/**
 * Reads an expression, by precedence: `or`, `and`, `not`, comparisons.
 *
 * @throws ExpressionError with the column of what was not expected
 */
export function parseExpression(text: string): Expression {
  if (text.length > MAXIMUM_LENGTH) {
    throw new ExpressionError(
      1,
      `${text.length} characters, expected at most ${MAXIMUM_LENGTH}; several lines all have to hold`,
    );
  }
  const reader = readerOf(tokensOf(text));
  const expression = disjunction(reader, 0);
  const rest = reader.peek();
  if (rest.kind !== 'end') {
    const meant = rest.kind === 'name' ? `, expected and, or, or the end${didYouMean(rest.text, WORDS)}` : '';
    throw new ExpressionError(rest.column, `unexpected '${rest.text}'${meant}`);
  }
  return expression;
}

interface Reader {
  readonly peek: (ahead?: number) => Token;
  readonly next: () => Token;
  /** Takes the token if it is this. */
  readonly takes: (text: string) => boolean;
}

function readerOf(tokens: readonly Token[]): Reader {
  let position = 0;
  const peek = (ahead = 0) => tokens[Math.min(position + ahead, tokens.length - 1)] as Token;
  const next = () => {
    const token = peek();
    position += 1;
    return token;
  };
  const is = (token: Token, text: string) =>
    token.text === text && (token.kind === 'word' || token.kind === 'sign');
  return { peek, next, takes: (text) => is(peek(), text) && next() !== undefined };
}

function disjunction(reader: Reader, depth: number): Expression {
  if (depth > MAXIMUM_DEPTH) {
    throw new ExpressionError(reader.peek().column, `nested more than ${MAXIMUM_DEPTH} deep, simplify it`);
  }
  let left = conjunction(reader, depth);
  while (reader.takes('or')) {
    left = { kind: 'or', left, right: conjunction(reader, depth) };
  }
  return left;
}

function conjunction(reader: Reader, depth: number): Expression {
  let left = negation(reader, depth);
  while (reader.takes('and')) {
    left = { kind: 'and', left, right: negation(reader, depth) };
  }
  return left;
}

function negation(reader: Reader, depth: number): Expression {
  let negated = false;
  while (reader.takes('not')) {
    negated = !negated;
  }
  const operand = atom(reader, depth);
  return negated ? { kind: 'not', operand } : operand;
}

function atom(reader: Reader, depth: number): Expression {
  if (reader.takes('(')) {
    const inner = disjunction(reader, depth + 1);
    const closing = reader.next();
    if (closing.text !== ')') {
      throw new ExpressionError(closing.column, `${shown(closing)}, expected )`);
    }
    return inner;
  }
  const left = operand(reader);
  const { column } = reader.peek();
  const operator = operatorOf(reader);
  if (operator === undefined) {
    if (left.kind !== 'path') {
      throw new ExpressionError(
        column,
        `${shown(reader.peek())}, expected a comparison: <, <=, >, >=, ==, !=, in, not in, includes`,
      );
    }
    return { kind: 'truth', path: left };
  }
  const comparison: Comparison = { operator, left, right: operand(reader), column };
  return { kind: 'comparison', comparison };
}

function operatorOf(reader: Reader): Operator | undefined {
  const { kind, text } = reader.peek();
  if (kind === 'sign' && SIGNS.includes(text)) {
    return reader.next().text as Operator;
  }
  if (kind === 'word' && (text === 'in' || text === 'includes')) {
    return reader.next().text as Operator;
  }
  if (kind === 'word' && text === 'not' && reader.peek(1).text === 'in') {
    reader.next();
    reader.next();
    return 'not in';
  }
  return undefined;
}

function operand(reader: Reader): Operand {
  const token = reader.next();
  if (token.kind === 'name') {
    return path(reader, token);
  }
  return token.text === '[' && token.kind === 'sign' ? list(reader, token.column) : literal(token);
}

function path(reader: Reader, { text, column }: Token): Path {
  const names = [text];
  while (reader.takes('.')) {
    const name = reader.next();
    if (name.kind !== 'name') {
      throw new ExpressionError(name.column, `${shown(name)}, expected a name behind the point`);
    }
    names.push(name.text);
  }
  return { kind: 'path', names, column };
}

function list(reader: Reader, column: number): List {
  const items: Literal[] = [];
  if (reader.takes(']')) {
    throw new ExpressionError(column, 'an empty list, expected at least one value');
  }
  for (;;) {
    items.push(literal(reader.next()));
    const token = reader.next();
    if (token.text === ']') {
      return { kind: 'list', items, column };
    }
    if (token.text !== ',') {
      throw new ExpressionError(token.column, `${shown(token)}, expected , or ]`);
    }
  }
}

function literal(token: Token): Literal {
  const { kind, text, value, column } = token;
  if (kind === 'text') {
    return { kind: 'literal', value: value ?? '', column };
  }
  if (kind === 'number') {
    return { kind: 'literal', value: Number(text), column };
  }
  if (kind === 'word' && (text === 'true' || text === 'false')) {
    return { kind: 'literal', value: text === 'true', column };
  }
  const meant = kind === 'name' ? `, a text is written "${text}"` : '';
  throw new ExpressionError(column, `${shown(token)}, expected a value${meant}`);
}

function shown({ kind, text }: Token): string {
  return kind === 'end' ? 'the end' : `'${text}'`;
}
