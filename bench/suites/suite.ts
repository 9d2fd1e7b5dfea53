import type { LocalCloud } from '../../local/cloud.ts';

/**
 * Recorded tasks that can be run through a deployed governed path. Reads its files first, so that a missing one is told
 * before anything starts.
 *
 * @param folder - where the files are; the suite's own default when undefined
 * @throws Error naming the file that is missing
 */
export type Suite = (folder: string | undefined) => SuiteRun;

export type SuiteRun = (
  cloud: LocalCloud,
  selected: (index: number) => boolean,
  print: (line: string) => void,
) => Promise<{ readonly summary: object; readonly passed: boolean }>;

/** Recorded calls that are only decided. Reads its files, and throws naming one that is missing. */
export type DecidedSuite = (
  folder: string | undefined,
  print: (line: string) => void,
) => { readonly summary: object; readonly passed: boolean };

/** A suite with attacks as well, and policies that say what its text says. */
export interface AttackedSuite {
  /** Instead of files of `policies/`, by their path in it. */
  readonly policyFiles: Readonly<Record<string, string>>;
  readonly suite: Suite;
}
