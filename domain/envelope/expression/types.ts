/** A type of Cedar's schema, as far as expressions can name it. */
export type ValueType =
  | { readonly kind: 'Long' | 'String' | 'Bool' | 'decimal' | 'other' }
  | { readonly kind: 'Set'; readonly element: ValueType }
  | RecordType;

export interface RecordType {
  readonly kind: 'Record';
  readonly members: ReadonlyMap<string, { readonly type: ValueType; readonly required: boolean }>;
}

/** What can be said of the calls of one tool: the types of its Cedar action. */
export interface CallTypes {
  readonly tool: string;
  readonly context: RecordType;
  readonly resource: { readonly name: string; readonly attributes: RecordType };
}

export const EMPTY_RECORD: RecordType = { kind: 'Record', members: new Map() };

/** In words of whoever writes a rule. */
export function nameOf(type: ValueType): string {
  const names = {
    Long: 'a whole number',
    decimal: 'a number',
    String: 'a text',
    Bool: 'true or false',
    Set: 'a list',
    Record: 'a group of values',
    other: 'something that cannot be compared',
  };
  return names[type.kind];
}
