import type { Command } from 'commander';
import type { Session } from './commands.ts';
import type { ExitCode } from './failure.ts';

export type Action = (session: Session) => Promise<ExitCode>;

/** Runs a command's action with what its options say. */
export type Act = (command: Command, action: Action, streaming?: boolean) => Promise<void>;
