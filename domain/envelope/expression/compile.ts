import { cedarText } from '../../policy/cedar-text.ts';
import { decimalText } from '../../policy/decimal.ts';
import { type Meaning, meaningOf } from './names.ts';
import {
  type Comparison,
  type Expression,
  ExpressionError,
  type Literal,
  type Operand,
  type Operator,
  ORDERINGS,
  type Ordering,
  type Path,
} from './syntax.ts';
import { type CallTypes, nameOf } from './types.ts';

/**
 * Two conditions of Cedar for one expression. What is missing makes neither true, so whoever asks chooses the side on
 * which a missing value falls: a permit asks whether it holds, a question to people whether it fails.
 */
export interface CompiledExpression {
  /** True when everything that it needs is there, and it holds. */
  readonly holds: string;
  /** True when everything that it needs is there, and it does not hold. */
  readonly fails: string;
}

/**
 * @throws ExpressionError for a name that the tool's calls do not have, and for values that cannot be compared
 */
export function compileExpression(expression: Expression, types: CallTypes): CompiledExpression {
  switch (expression.kind) {
    case 'and': {
      const [left, right] = bothOf(expression, types);
      return { holds: `${left.holds} && ${right.holds}`, fails: `(${left.fails} || ${right.fails})` };
    }
    case 'or': {
      const [left, right] = bothOf(expression, types);
      return { holds: `(${left.holds} || ${right.holds})`, fails: `${left.fails} && ${right.fails}` };
    }
    case 'not': {
      const { holds, fails } = compileExpression(expression.operand, types);
      return { holds: fails, fails: holds };
    }
    case 'truth':
      return truth(expression.path, types);
    case 'comparison':
      return comparison(expression.comparison, types);
  }
}

function bothOf(
  { left, right }: Extract<Expression, { kind: 'and' | 'or' }>,
  types: CallTypes,
): [CompiledExpression, CompiledExpression] {
  return [compileExpression(left, types), compileExpression(right, types)];
}

function truth(path: Path, types: CallTypes): CompiledExpression {
  const { cedar, type, guards } = meaningOf(path, types);
  if (type.kind !== 'Bool') {
    throw new ExpressionError(
      path.column,
      `'${path.names.join('.')}' is ${nameOf(type)}, expected a comparison with it`,
    );
  }
  return guarded(guards, cedar, `!${cedar}`);
}

/** INVARIANT: a value that may be missing is asked for before it is read, wherever it is read. */
function guarded(guards: readonly string[], holds: string, fails: string): CompiledExpression {
  const all = (condition: string) =>
    guards.length === 0 ? condition : `(${[...new Set(guards), condition].join(' && ')})`;
  return { holds: all(holds), fails: all(fails) };
}

function comparison(written: Comparison, types: CallTypes): CompiledExpression {
  const { operator, left, right, column } = written;
  if (left.kind !== 'path') {
    if (right.kind !== 'path' || left.kind === 'list') {
      throw new ExpressionError(
        left.column,
        'expected something of the call, such as params.amount, to compare',
      );
    }
    return operator === 'in' || operator === 'not in'
      ? membership(right, left, operator === 'in', types)
      : comparison({ operator: turned(operator, column), left: right, right: left, column }, types);
  }
  if (operator === 'includes') {
    if (right.kind === 'list') {
      throw new ExpressionError(right.column, 'a list, expected one value: join several with and or or');
    }
    return membership(left, right, true, types);
  }
  if (operator === 'in' || operator === 'not in') {
    return right.kind === 'path'
      ? membership(right, left, operator === 'in', types)
      : isAmong(left, right, operator === 'in', types);
  }
  if (right.kind === 'list') {
    throw new ExpressionError(column, `'${operator}' with a list, expected in or not in`);
  }
  return compared(left, operator, right, column, types);
}

const TURNED: Readonly<Record<string, Operator>> = {
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
  '==': '==',
  '!=': '!=',
};

function turned(operator: Operator, column: number): Operator {
  const other = TURNED[operator];
  if (other === undefined) {
    throw new ExpressionError(column, `'${operator}' behind a value, expected a list of the call before it`);
  }
  return other;
}

/** `set includes value`, and `value in set`. */
function membership(
  set: Path,
  value: Path | Literal,
  positive: boolean,
  types: CallTypes,
): CompiledExpression {
  const whole = meaningOf(set, types);
  if (whole.type.kind !== 'Set') {
    throw new ExpressionError(
      set.column,
      `'${set.names.join('.')}' is ${nameOf(whole.type)}, expected a list of values`,
    );
  }
  const element: Meaning = { ...whole, type: whole.type.element };
  const one = comparedWith(value, element, types);
  const contains = `${whole.cedar}.contains(${one.cedar})`;
  const compiled = guarded([...whole.guards, ...one.guards], contains, `!${contains}`);
  return positive ? compiled : { holds: compiled.fails, fails: compiled.holds };
}

/** `value in ["a", "b"]`. */
function isAmong(
  path: Path,
  list: Extract<Operand, { kind: 'list' | 'literal' }>,
  positive: boolean,
  types: CallTypes,
): CompiledExpression {
  if (list.kind === 'literal') {
    throw new ExpressionError(list.column, 'one value, expected a list such as ["a", "b"]');
  }
  const meaning = meaningOf(path, types);
  const isSet = meaning.type.kind === 'Set';
  if (isSet && meaning.isOneOf !== true) {
    throw new ExpressionError(path.column, `'${path.names.join('.')}' is a list, expected includes`);
  }
  const one = meaning.type.kind === 'Set' ? { ...meaning, type: meaning.type.element } : meaning;
  const values = list.items.map((item) => comparedWith(item, one, types).cedar).join(', ');
  const among = isSet
    ? `${meaning.cedar}.containsAny([${values}])`
    : `[${values}].contains(${meaning.cedar})`;
  const compiled = guarded(meaning.guards, among, `!${among}`);
  return positive ? compiled : { holds: compiled.fails, fails: compiled.holds };
}

function compared(
  path: Path,
  operator: Exclude<Operator, 'in' | 'not in' | 'includes'>,
  right: Path | Literal,
  column: number,
  types: CallTypes,
): CompiledExpression {
  const meaning = meaningOf(path, types);
  if (meaning.isOneOf === true && (operator === '==' || operator === '!=')) {
    return membership(path, right, operator === '==', types);
  }
  const { type } = meaning;
  const isOrdering = ORDERINGS.some((each) => each === operator);
  if (type.kind === 'Record' || type.kind === 'other' || type.kind === 'Set') {
    const hint = type.kind === 'Set' ? ', expected includes' : '';
    throw new ExpressionError(path.column, `'${path.names.join('.')}' is ${nameOf(type)}${hint}`);
  }
  if (isOrdering && type.kind !== 'Long' && type.kind !== 'decimal') {
    throw new ExpressionError(
      column,
      `'${operator}' with ${nameOf(type)} ('${path.names.join('.')}'), expected a number, or == or !=`,
    );
  }
  const value = comparedWith(right, meaning, types);
  const relation = (each: string) =>
    type.kind === 'decimal' && each in METHODS
      ? `${meaning.cedar}.${METHODS[each as Ordering]}(${value.cedar})`
      : `${meaning.cedar} ${each} ${value.cedar}`;
  return guarded([...meaning.guards, ...value.guards], relation(operator), relation(OPPOSITES[operator]));
}

const METHODS = {
  '<': 'lessThan',
  '<=': 'lessThanOrEqual',
  '>': 'greaterThan',
  '>=': 'greaterThanOrEqual',
} as const;

const OPPOSITES = { '<': '>=', '<=': '>', '>': '<=', '>=': '<', '==': '!=', '!=': '==' } as const;

/** What something is compared with, in Cedar. @throws ExpressionError when it is of another type */
function comparedWith(
  value: Path | Literal,
  wanted: Meaning,
  types: CallTypes,
): Pick<Meaning, 'cedar' | 'guards'> {
  if (value.kind === 'literal') {
    return { cedar: literalText(value, wanted), guards: [] };
  }
  const meaning = meaningOf(value, types);
  if (meaning.type.kind !== wanted.type.kind || meaning.scale !== wanted.scale || meaning.isOneOf) {
    throw new ExpressionError(
      value.column,
      `'${value.names.join('.')}' is ${nameOf(meaning.type)}, compared with ${nameOf(wanted.type)}`,
    );
  }
  return meaning;
}

function literalText({ value, column }: Literal, { type, scale }: Meaning): string {
  const wrong = (expected: string) => new ExpressionError(column, `${JSON.stringify(value)}: ${expected}`);
  switch (type.kind) {
    case 'String':
      if (typeof value !== 'string') {
        throw wrong(`expected a text, "${value}"`);
      }
      return cedarText(value);
    case 'Bool':
      if (typeof value !== 'boolean') {
        throw wrong('expected true or false');
      }
      return String(value);
    case 'Long':
      return wholeText(value, scale, wrong);
    case 'decimal': {
      const text = typeof value === 'number' ? decimalText(value) : undefined;
      if (text === undefined) {
        throw wrong('expected a number of at most four decimal places');
      }
      return `decimal("${text}")`;
    }
    default:
      throw wrong(`it is compared with ${nameOf(type)}`);
  }
}

/** Rounding what was multiplied takes away what binary fractions add: 0.07 * 100 is not 7. */
function wholeText(
  value: Literal['value'],
  scale: number,
  wrong: (expected: string) => ExpressionError,
): string {
  const whole = typeof value === 'number' ? Math.round(value * scale) : Number.NaN;
  if (!Number.isSafeInteger(whole) || whole / scale !== value) {
    throw wrong(
      scale === 1
        ? 'expected a whole number'
        : `expected a number in whole 1/${scale}, as precise as what it is compared with`,
    );
  }
  if (scale === 1000 && (whole < 0 || whole > scale)) {
    throw wrong('expected a score from 0 to 1');
  }
  return String(whole);
}
