export type LocalCloudFailure =
  | 'MINISTACK_NOT_STARTED'
  | 'MINISTACK_STOPPED'
  | 'PROCESSES_LEFT'
  | 'DEPLOY_FAILED'
  | 'OUTPUT_MISSING'
  | 'DATA_FILE_UNREADABLE';

/** Exit code of every command here when the local cloud could not be brought up, or went away. */
export const EXIT_NO_CLOUD = 3;

/**
 * Thrown by the modules of the local cloud, caught by its commands, which print it and leave with `exitCode`.
 * Never retried: each message says what to do.
 */
export class LocalCloudError extends Error {
  override readonly name = 'LocalCloudError';
  readonly code: LocalCloudFailure;
  readonly exitCode: number;

  constructor(code: LocalCloudFailure, message: string, exitCode: number = EXIT_NO_CLOUD) {
    super(message);
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** The end of a log, indented, to be quoted in a message. */
export function lastLines(text: string, count = 15): string {
  const lines = text.trimEnd().split('\n').slice(-count);
  return lines.map((line) => `    ${line}`).join('\n');
}
