import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { CASE_FOLDERS, type CaseFolder, type ClaimedCase, PolicyCase } from '../../domain/policy/case.ts';
import { PolicyFilesInvalid } from './documents.ts';

/**
 * Every case of a folder with ALLOW, DENY and ASK in it, in the order of their files.
 *
 * @param folder - such as `policies/cases`
 * @throws PolicyFilesInvalid with every file that holds no case
 */
export function readCases(folder: string): readonly ClaimedCase[] {
  const problems: string[] = [];
  const cases = (Object.keys(CASE_FOLDERS) as CaseFolder[]).flatMap((name) =>
    filesOf(join(folder, name)).flatMap((file) => {
      const shown = relative(join(folder, '..'), file);
      const claim = basename(file, '.json').replaceAll('-', ' ');
      const read = readCase(file);
      if ('problems' in read) {
        problems.push(...read.problems.map((problem) => `${shown}: ${problem}`));
        return [];
      }
      return [{ folder: name, claim, file: shown, case: read.case }];
    }),
  );
  if (problems.length > 0) {
    throw new PolicyFilesInvalid(problems);
  }
  return cases;
}

/** One case of any file. */
export function readCase(
  file: string,
): { readonly case: PolicyCase } | { readonly problems: readonly string[] } {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return { problems: [(error as Error).message] };
  }
  const parsed = PolicyCase.safeParse(document);
  return parsed.success
    ? { case: parsed.data }
    : { problems: parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'case'}: ${message}`) };
}

function filesOf(folder: string): string[] {
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.json'))
        .sort()
        .map((name) => join(folder, name))
    : [];
}
