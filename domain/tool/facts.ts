/** What systems of record say about a call, read at decision time. Never from the model. */
export interface Facts {
  readonly resource: {
    readonly type: string;
    readonly id: string;
    readonly attributes: Readonly<Record<string, unknown>>;
  };
  /** Facts about this call rather than its resource, for example the amount that it would refund. */
  readonly call: Readonly<Record<string, unknown>>;
}

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
  /** What S3 says about the current version of an object, without its content. Undefined when there is none. */
  readonly head: (bucket: string, key: string) => Promise<ObjectHead | undefined>;
}

export interface ObjectHead {
  readonly version: string;
  readonly sizeBytes: number;
  /** Given by whoever wrote it; names in lower case. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface FactRequest {
  readonly tenant: string;
  readonly tool: string;
  /** Already parsed by the tool's input schema. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** When the call is decided, for facts such as how long somebody has been a customer. */
  readonly now: Date;
}

/** One per namespace. Must not fail on a resource that does not exist: that is a fact too. */
export type FactLoader = (request: FactRequest, reader: FactReader) => Promise<Facts>;
