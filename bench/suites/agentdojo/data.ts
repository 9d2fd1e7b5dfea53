import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** JSON Schema as far as the files use it. */
export interface ParameterSchema {
  readonly type?: string;
  readonly anyOf?: readonly ParameterSchema[];
  readonly items?: ParameterSchema;
  readonly $ref?: string;
}

export interface SuiteTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: {
    readonly properties?: Readonly<Record<string, ParameterSchema>>;
    readonly required?: readonly string[];
  };
  readonly effect: 'read' | 'write';
  /** Words of what it does, joined by `+`. */
  readonly kind: string;
  /** It can carry data to another party. */
  readonly egress: boolean;
  /** Arguments that name the counterparty or the target. */
  readonly key_args: readonly string[];
  /** Third parties can write into what it answers. */
  readonly untrusted_output: boolean;
}

export interface SuiteCall {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
}

export interface SuiteTask {
  readonly id: string;
  readonly prompt: string;
  readonly calls: readonly SuiteCall[];
  /** Position of the first call whose answer can hold an attacker's text. */
  readonly first_tainted_call?: number | null;
  /** What a real agent does where the recorded calls are shorthand. */
  readonly alt_calls?: { readonly calls: readonly SuiteCall[] };
}

export interface Injection {
  readonly id: string;
  /** What the attacker's text asks for. */
  readonly goal: string;
  readonly calls: readonly SuiteCall[];
}

export interface SuiteFile {
  readonly tools: readonly SuiteTool[];
  readonly tasks: readonly SuiteTask[];
  readonly injections: readonly Injection[];
  readonly environment: {
    /** What systems of record say, for policies to consult. */
    readonly policy_facts: Readonly<Record<string, unknown>>;
    readonly state: Readonly<Record<string, unknown>>;
  };
}

const DEFAULT_FOLDER = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'data');

/** @throws Error naming the file that is missing */
export function readSuiteFile(suite: string, folder: string = DEFAULT_FOLDER): SuiteFile {
  return JSON.parse(readFileSync(join(folder, `agentdojo-${suite}.json`), 'utf8')) as SuiteFile;
}

export function recordedRunsFile(folder: string = DEFAULT_FOLDER): string {
  return join(folder, 'agentdojo-runs.jsonl');
}
