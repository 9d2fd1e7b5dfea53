import type { Expr } from '@cedar-policy/cedar-wasm/nodejs';

/** Whether a change lets a condition hold for more requests, for fewer, or for others. */
export type Reach = 'wider' | 'narrower' | 'other';

export interface ExpressionMutant {
  readonly expression: Expr;
  /** What was done, such as `removed`. */
  readonly change: string;
  /** The part of the expression that it was done to. */
  readonly clause: Expr;
  readonly reach: Reach;
}

type Body = Readonly<Record<string, unknown>> | readonly unknown[];

/** Members of operators that hold expressions; what else they hold are names, types and patterns. */
const OPERANDS = ['left', 'right', 'arg', 'if', 'then', 'else', 'in'];
/** The same comparison with its boundary on the other side. */
const BOUNDARIES: Readonly<Record<string, readonly [operator: string, Reach]>> = {
  '<': ['<=', 'wider'],
  '<=': ['<', 'narrower'],
  '>': ['>=', 'wider'],
  '>=': ['>', 'narrower'],
  lessThan: ['lessThanOrEqual', 'wider'],
  lessThanOrEqual: ['lessThan', 'narrower'],
  greaterThan: ['greaterThanOrEqual', 'wider'],
  greaterThanOrEqual: ['greaterThan', 'narrower'],
  containsAll: ['containsAny', 'wider'],
  containsAny: ['containsAll', 'narrower'],
  '==': ['!=', 'other'],
  '!=': ['==', 'other'],
};
/** Cedar's decimals have four digits after the point. */
const DECIMAL_DIGITS = 4;

/** Every expression that differs from the given one in one place. */
export function expressionMutants(expression: Expr, reach: Reach = 'wider'): ExpressionMutant[] {
  const [operator, body] = partsOf(expression);
  const within = operandsOf(operator, body).flatMap(([name, operand]) =>
    expressionMutants(operand, reachWithin(operator, name, reach)).map((mutant) => ({
      ...mutant,
      expression: { [operator]: replaced(body, name, mutant.expression) } as Expr,
    })),
  );
  return [...mutantsHere(operator, body, expression, reach), ...within];
}

function mutantsHere(operator: string, body: Body, clause: Expr, reach: Reach): ExpressionMutant[] {
  const { left, right, arg, then, else: otherwise } = body as Readonly<Record<string, Expr>>;
  const boundary = BOUNDARIES[operator];
  const instead = (expression: unknown, change: string, changed: Reach = 'other'): ExpressionMutant => ({
    ...{ expression: expression as Expr, change, clause },
    reach: reach === 'narrower' ? opposite(changed) : reach === 'other' ? 'other' : changed,
  });
  switch (operator) {
    case '&&':
    case '||': {
      const removed = operator === '&&' ? 'wider' : 'narrower';
      return [
        { ...instead(right, 'removed', removed), clause: left as Expr },
        { ...instead(left, 'removed', removed), clause: right as Expr },
      ];
    }
    case '!':
      return [instead(arg, 'no longer negated')];
    case 'if-then-else':
      return [instead(then, 'always the first branch'), instead(otherwise, 'always the second branch')];
    case 'Set':
      return without(body as readonly unknown[]).map((left) => instead({ Set: left }, 'an element dropped'));
    case 'like': {
      const { pattern } = body as { readonly pattern: readonly unknown[] };
      return pattern.flatMap((part, index) =>
        part === 'Wildcard'
          ? [instead({ like: { left, pattern: pattern.toSpliced(index, 1) } }, 'a wildcard dropped')]
          : [],
      );
    }
    case 'Value':
      return values(body).map(([value, change]) => instead({ Value: value }, change));
    case 'decimal':
      return decimals(body).map((text) => instead({ decimal: [{ Value: text }] }, `${text} instead of`));
    default:
      return boundary === undefined
        ? []
        : [instead({ [boundary[0]]: body }, `'${boundary[0]}' in place of '${operator}'`, boundary[1])];
  }
}

/** Of a constant: one more, one less, one element less, the other of two. */
function values(value: unknown): (readonly [value: unknown, change: string])[] {
  if (Array.isArray(value)) {
    return without(value).map((left) => [left, 'an element dropped']);
  }
  if (typeof value === 'boolean') {
    return [[!value, `${!value} instead of`]];
  }
  return Number.isSafeInteger(value)
    ? [Number(value) + 1, Number(value) - 1].map((near) => [near, `${near} instead of`])
    : [];
}

function decimals(body: Body): string[] {
  const text = (body as readonly { readonly Value?: unknown }[])[0]?.Value;
  const step = 1 / 10 ** DECIMAL_DIGITS;
  return typeof text === 'string'
    ? [Number(text) + step, Number(text) - step].map((near) => near.toFixed(DECIMAL_DIGITS))
    : [];
}

function without<Value>(values: readonly Value[]): Value[][] {
  return values.map((_, index) => values.toSpliced(index, 1));
}

/** Cedar's JSON has one member an expression: the operator and what it is applied to. */
function partsOf(expression: Expr): readonly [operator: string, body: Body] {
  const [parts] = Object.entries(expression) as [string, Body][];
  if (parts === undefined) {
    throw new Error('an expression without an operator');
  }
  return parts;
}

function operandsOf(operator: string, body: Body): (readonly [name: string, operand: Expr])[] {
  if (operator === 'Value' || typeof body !== 'object' || body === null) {
    return [];
  }
  const isList = Array.isArray(body) || operator === 'Record';
  return Object.entries(body).filter(([name]) => isList || OPERANDS.includes(name)) as [string, Expr][];
}

function replaced(body: Body, name: string, operand: Expr): Body {
  return Array.isArray(body) ? body.with(Number(name), operand) : { ...body, [name]: operand };
}

function reachWithin(operator: string, name: string, reach: Reach): Reach {
  switch (operator) {
    case '&&':
    case '||':
      return reach;
    case '!':
      return opposite(reach);
    case 'if-then-else':
      return name === 'if' ? 'other' : reach;
    default:
      return 'other';
  }
}

export function opposite(reach: Reach): Reach {
  return reach === 'other' ? 'other' : reach === 'wider' ? 'narrower' : 'wider';
}
