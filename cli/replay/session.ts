import type { AwsServices, Connection, ConnectionOptions } from '../connection.ts';
import type { Output } from '../output.ts';

export interface ReplaySession {
  readonly output: Output;
  readonly projectRoot: string;
  readonly connect: (options: ConnectionOptions) => Promise<Connection>;
  readonly services: (options: ConnectionOptions) => AwsServices;
}

/** Where the events of a run are read. */
export interface RecordOptions extends ConnectionOptions {
  readonly tenant: string;
  /** A copy of the audit bucket. */
  readonly dir?: string;
  /** The audit bucket itself. @default the API */
  readonly bucket?: boolean;
  /** Of the bucket, such as `2026-11-01`. */
  readonly since?: string;
  readonly until?: string;
  /** File or folder of policies, in the place of the bundles that the log keeps. */
  readonly recorded?: string;
  /** Policies of now. @default those of this clone */
  readonly root?: string;
}
