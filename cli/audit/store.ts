/** A log's objects, in the bucket or in a copy of it. */
export interface LogStore {
  /** Objects whose names begin so, in the order of their names. */
  readonly list: (prefix: string) => AsyncIterable<ListedObject>;
  /** @returns undefined when there is none */
  readonly get: (name: string) => Promise<ReadObject | undefined>;
}

export interface ListedObject {
  readonly name: string;
  readonly modifiedAtMilliseconds: number;
  /** Absent where versions are not known, as in a copy. */
  readonly versions?: { readonly objects: number; readonly deleteMarkers: number };
}

export interface ReadObject {
  readonly bytes: Buffer;
  readonly modifiedAtMilliseconds: number;
  /** Whether it is retained in compliance mode; absent where that is not known, as in a copy. */
  readonly isLocked?: boolean;
}
