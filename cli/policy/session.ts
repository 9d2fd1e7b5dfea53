import { join, resolve } from 'node:path';
import type { Connection, ConnectionOptions } from '../connection.ts';
import type { Output } from '../output.ts';

/** What every command of the group works with. */
export interface PolicySession {
  readonly output: Output;
  readonly projectRoot: string;
  /** Tells how far a long read is; not with `--json`. */
  readonly progress: (text: string) => void;
  readonly connect: (options: ConnectionOptions) => Promise<Connection>;
}

/** The folder of policies that a command is about. */
export function rootOf(
  { projectRoot }: Pick<PolicySession, 'projectRoot'>,
  { root }: { readonly root?: string },
): string {
  return root === undefined ? join(projectRoot, 'policies') : resolve(root);
}
