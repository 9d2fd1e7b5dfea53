/** An expression as written, before anything is known of what its names stand for. Columns count from 1. */
export type Expression =
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly operand: Expression }
  | { readonly kind: 'comparison'; readonly comparison: Comparison }
  /** A name that is true or false by itself. */
  | { readonly kind: 'truth'; readonly path: Path };

export interface Comparison {
  readonly operator: Operator;
  readonly left: Operand;
  readonly right: Operand;
  readonly column: number;
}

export const ORDERINGS = ['<', '<=', '>', '>='] as const;
export type Ordering = (typeof ORDERINGS)[number];
export type Operator = Ordering | '==' | '!=' | 'in' | 'not in' | 'includes';

export type Operand = Path | Literal | List;

/** `user.role` is `['user', 'role']`. */
export interface Path {
  readonly kind: 'path';
  readonly names: readonly string[];
  readonly column: number;
}

export interface Literal {
  readonly kind: 'literal';
  readonly value: string | number | boolean;
  readonly column: number;
}

export interface List {
  readonly kind: 'list';
  readonly items: readonly Literal[];
  readonly column: number;
}

/** Something is wrong with an expression, at a place in it. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly column: number;

  constructor(column: number, message: string) {
    super(message);
    this.column = column;
  }
}
