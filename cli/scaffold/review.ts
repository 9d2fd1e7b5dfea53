import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Tests that hold reviewed lists which a new tool makes incomplete: of the tools of its namespace or, with a new
 * namespace, of all executors.
 *
 * @param tools - of the namespace before; undefined for a new one
 */
export function listsToReview(root: string, tools: ReadonlySet<string> | undefined): readonly string[] {
  const listed =
    tools === undefined
      ? globSync('functions/tools/*/handler.ts', { cwd: root }).map(
          (path) => `Execute${basename(dirname(path))}Role`,
        )
      : [...tools].map((tool) => `'${tool}': [`);
  return globSync('test/{infra,functions/tools}/**/*.ts', { cwd: root })
    .filter((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      return listed.every((each) => text.includes(each));
    })
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
}
