import type { Facts } from './definition.ts';

/** The reads that facts may use; backed by the authorizer's own read-only role. */
export interface FactReader {
  /** Strongly consistent. Undefined when there is no such item. */
  readonly get: (table: string, key: string) => Promise<Readonly<Record<string, unknown>> | undefined>;
  /** First item under the key of an index, eventually consistent. */
  readonly find: (
    table: string,
    index: { readonly name: string; readonly partitionKey: string },
    key: string,
  ) => Promise<Readonly<Record<string, unknown>> | undefined>;
}

export interface FactRequest {
  readonly tenant: string;
  readonly tool: string;
  /** Already parsed by the tool's input schema. */
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** One per namespace. Must not fail on a resource that does not exist: that is a fact too. */
export type FactLoader = (request: FactRequest, reader: FactReader) => Promise<Facts>;
