import { buildSync } from 'esbuild';
import { PROJECT } from '../../infra/policy/paths.ts';

/**
 * Trino's grammar as dt-sql-parser (MIT) has it, which refuses what Trino's own would. Its package names folders where Node
 * wants files, so it is bundled before it is loaded. sqlglot would not do: it takes `SELEC a` for a column called so.
 */
export async function trinoErrors(): Promise<(sql: string) => readonly string[]> {
  const { outputFiles } = buildSync({
    stdin: { contents: "export { TrinoSQL } from 'dt-sql-parser/dist/parser/trino'", resolveDir: PROJECT },
    ...{ bundle: true, write: false, format: 'esm', platform: 'node' },
  });
  const source = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64');
  const { TrinoSQL } = await import(`data:text/javascript;base64,${source}`);
  const parser = new TrinoSQL();
  return (sql) =>
    parser
      .validate(sql)
      .map(
        ({ startLine, startColumn, message }: Record<string, unknown>) =>
          `${startLine}:${startColumn} ${message}`,
      );
}
