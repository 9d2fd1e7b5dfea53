import type { ApiError } from '../contracts/api.ts';

/** Exit codes of `countersign`. */
export const EXIT = { ok: 0, refused: 1, usage: 2, unreachable: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface FailureDetails {
  /** For programs: that of the API where it answered one. */
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly fields?: ApiError['error']['fields'];
}

/** Thrown wherever a command cannot do what was asked, caught by `main.ts`, which prints it. Nothing retries it. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly fields: NonNullable<FailureDetails['fields']>;

  constructor(message: string, { code, exitCode, fields = [] }: FailureDetails) {
    super(message);
    this.code = code;
    this.exitCode = exitCode;
    this.fields = fields;
  }
}

export function usageFailure(message: string): CommandFailure {
  return new CommandFailure(message, { code: 'usage', exitCode: EXIT.usage });
}

export function unreachableFailure(message: string): CommandFailure {
  return new CommandFailure(message, { code: 'unreachable', exitCode: EXIT.unreachable });
}

/** What a failure looks like with `--json`: the same shape as an error of the API. */
export function failureDocument({ code, message, fields }: CommandFailure): ApiError {
  return { error: { code, message, ...(fields.length === 0 ? {} : { fields }) } };
}

/** What a failure looks like for people: a line, and one for each bad field. */
export function failureLines({ message, fields }: CommandFailure): readonly string[] {
  return [message, ...fields.map((bad) => `  ${bad.field}: ${bad.message}`)];
}
