import { type Clause, type Expr, policyToText } from '@cedar-policy/cedar-wasm/nodejs';
import type { Path } from '../../domain/policy/partial.ts';

/** What is known of values that are not: answers only where it knows. */
export interface Known {
  /** Whether the value at a path equals a literal. */
  readonly equals: (path: Path, literal: unknown) => boolean | undefined;
  /** Type of a resource that is itself unknown. */
  readonly resourceType?: string | undefined;
}

type Node = Readonly<Record<string, unknown>>;
interface Pair {
  readonly left: Expr;
  readonly right: Expr;
}

const TRUE = { Value: true } as const satisfies Expr;
const FALSE = { Value: false } as const satisfies Expr;

/** What stands for a value that is not known, in requests and in what Cedar leaves of conditions. */
export function unknownValue(path: Path) {
  return { __extn: { fn: 'unknown', arg: JSON.stringify(path) } };
}

export function isTrue(expression: Expr): boolean {
  return 'Value' in expression && expression.Value === true;
}

export function isFalse(expression: Expr): boolean {
  return 'Value' in expression && expression.Value === false;
}

/**
 * An expression with all that is known put in, in the words of its policy again: what Cedar leaves is full of `true &&`.
 *
 * A condition with a part that decides it is decided here wherever that part stands. In Cedar a part before it might fail first;
 * what is open in it is of the type that the schema says, so that could only be a sum that overflows.
 */
export function simplified(expression: Expr, known: Known): Expr {
  const inner = mapped(expression, (each) => simplified(each, known));
  const [operator, operands] = operationOf(inner);
  switch (operator) {
    case '&&':
      return junction(operands, isFalse, isTrue, FALSE) ?? inner;
    case '||':
      return junction(operands, isTrue, isFalse, TRUE) ?? inner;
    case '!':
      return negated(operands.arg) ?? inner;
    case 'if-then-else':
      return chosen(operands as unknown as Choice) ?? inner;
    case '==':
      return truth(equality(operands, known)) ?? inner;
    case '!=':
      return truth(inverse(equality(operands, known))) ?? inner;
    case 'is': {
      const { left, entity_type } = operands as unknown as { left: Expr; entity_type: string };
      const isUnknownResource = pathOf(left)?.join() === 'resource' && known.resourceType !== undefined;
      return (isUnknownResource ? truth(entity_type === known.resourceType) : undefined) ?? inner;
    }
    default:
      return inner;
  }
}

/** Operator and operands; which of these there are depends on the operator. */
function operationOf(expression: Expr): readonly [operator: string, operands: Pair & { readonly arg: Expr }] {
  const [operation] = Object.entries(expression as Node);
  return operation as unknown as ReturnType<typeof operationOf>;
}

function junction(
  { left, right }: Pair,
  decides: (side: Expr) => boolean,
  isNeutral: (side: Expr) => boolean,
  decided: Expr,
): Expr | undefined {
  if (decides(left) || decides(right)) {
    return decided;
  }
  return isNeutral(left) ? right : isNeutral(right) ? left : undefined;
}

const INVERSES: Readonly<Record<string, string>> = {
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
  '==': '!=',
  '!=': '==',
};

/** Cedar itself writes `a >= b` as `!(a < b)`. */
function negated(inner: Expr): Expr | undefined {
  if ('Value' in inner) {
    return truth(!inner.Value);
  }
  const [operator, operands] = operationOf(inner);
  if (operator === '!') {
    return operands.arg;
  }
  const inverted = INVERSES[operator];
  return inverted === undefined ? undefined : ({ [inverted]: operands } as unknown as Expr);
}

interface Choice {
  readonly if: Expr;
  readonly then: Expr;
  readonly else: Expr;
}

function chosen({ if: condition, then, else: otherwise }: Choice): Expr | undefined {
  return isTrue(condition) ? then : isFalse(condition) ? otherwise : undefined;
}

function equality({ left, right }: Pair, known: Known): boolean | undefined {
  const one = pathOf(left) ?? pathOf(right);
  const literal = 'Value' in right ? right : 'Value' in left ? left : undefined;
  return one === undefined || literal === undefined ? undefined : known.equals(one, literal.Value);
}

function inverse(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}

function truth(value: boolean | undefined): Expr | undefined {
  return value === undefined ? undefined : value ? TRUE : FALSE;
}

/** The parts of a condition that must all hold. */
export function clausesOf(expression: Expr): readonly Expr[] {
  if ('&&' in expression) {
    const { left, right } = expression['&&'] as Pair;
    return [...clausesOf(left), ...clausesOf(right)];
  }
  return [expression];
}

/** All conditions of a policy as one. */
export function conditionOf(conditions: readonly Clause[]): Expr {
  const all = conditions.map(({ kind, body }): Expr => (kind === 'when' ? body : { '!': { arg: body } }));
  return all.reduce<Expr>((left, right) => ({ '&&': { left, right } }), TRUE);
}

/** As in a policy's text. @throws Error for what Cedar cannot write */
export function expressionText(expression: Expr): string {
  const answer = policyToText({
    effect: 'permit',
    principal: { op: 'All' },
    action: { op: 'All' },
    resource: { op: 'All' },
    conditions: [{ kind: 'when', body: withPaths(expression) }],
  });
  if (answer.type === 'failure') {
    throw new Error(answer.errors.map(({ message }) => message).join('; '));
  }
  return answer.text.replace(/^permit\(principal, action, resource\) when \{ /, '').replace(/ \};\s*$/, '');
}

/** Everything of the context and the resource that an expression looks at, such as `['context', 'user', 'id']`. */
export function pathsIn(expression: Expr): readonly Path[] {
  const whole = pathOf(expression) ?? lookedFor(expression);
  return whole === undefined ? childrenOf(expression).flatMap(pathsIn) : [whole];
}

function lookedFor(expression: Expr): Path | undefined {
  if (!('has' in expression)) {
    return undefined;
  }
  const { left, attr } = expression.has as { readonly left: Expr; readonly attr: string | readonly string[] };
  const path = pathOf(left);
  return path === undefined ? undefined : path.concat(attr);
}

/** Of `context.user.id`, known or not. */
function pathOf(expression: Expr): Path | undefined {
  if ('unknown' in expression) {
    const [{ Value }] = expression.unknown as unknown as [{ readonly Value: string }];
    // Cedar's own name for a resource that nobody named
    return Value === 'resource' ? [Value] : (JSON.parse(Value) as Path);
  }
  if ('Var' in expression) {
    return expression.Var === 'context' || expression.Var === 'resource' ? [expression.Var] : undefined;
  }
  if ('.' in expression) {
    const { left, attr } = expression['.'] as { readonly left: Expr; readonly attr: string };
    const path = pathOf(left);
    return path === undefined ? undefined : [...path, attr];
  }
  return undefined;
}

function withPaths(expression: Expr): Expr {
  if (!('unknown' in expression)) {
    return mapped(expression, withPaths);
  }
  const [variable, ...attributes] = pathOf(expression) as [string, ...string[]];
  return attributes.reduce<Expr>((left, attr) => ({ '.': { left, attr } }), { Var: variable } as Expr);
}

/** Literals have no parts: what is in them are values, not expressions. */
function isLeaf(expression: Expr): boolean {
  return 'Value' in expression || 'Var' in expression || 'unknown' in expression;
}

function childrenOf(expression: Expr): readonly Expr[] {
  const found: Expr[] = [];
  mapped(expression, (each) => {
    found.push(each);
    return each;
  });
  return found;
}

/** The expression with each of its parts replaced. */
function mapped(expression: Expr, replace: (part: Expr) => Expr): Expr {
  if (isLeaf(expression)) {
    return expression;
  }
  const [[operator, operands] = ['', undefined]] = Object.entries(expression as Node);
  const part = (value: unknown) => (isExpression(value) ? replace(value) : value);
  const members = (value: object) =>
    Object.fromEntries(Object.entries(value).map(([name, member]) => [name, part(member)]));
  const replaced = Array.isArray(operands)
    ? operands.map(part)
    : typeof operands === 'object' && operands !== null
      ? members(operands)
      : operands;
  return { [operator]: replaced } as unknown as Expr;
}

/** Names and patterns are none. */
function isExpression(value: unknown): value is Expr {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
