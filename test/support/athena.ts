import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { LedgerEvent } from '../../contracts/events.ts';
import { LEAF_MEMBER, LOG_KEYS, paddedNumber } from '../../contracts/log.ts';
import { PROJECT } from '../../infra/policy/paths.ts';
import { ofType, type Synthesized } from '../infra/synthesized.ts';

const PYTHON = join(PROJECT, '.local', 'venv', 'bin', 'python');

export type Row = Readonly<Record<string, unknown>>;

/** What Athena answers, but for states and pages. */
export interface AthenaAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  readonly scannedBytes: number;
}

/** The TableInput of the template, with the bucket's name in it. */
export function eventsTableOf(deployment: Synthesized): unknown {
  const [[, table] = []] = ofType(deployment, 'AWS::Glue::Table');
  const input = table?.Properties.TableInput;
  const location = `s3://audit/${LOG_KEYS.events}`;
  return { ...input, StorageDescriptor: { ...input.StorageDescriptor, Location: location } };
}

/**
 * Runs a query of Athena over a copy of the audit bucket, with DuckDB.
 *
 * @param executionParameters - as `StartQueryExecution` takes them: literals
 * @throws Error for what Athena would refuse, or DuckDB does
 */
export async function athena(
  { table, root }: { readonly table: unknown; readonly root: string },
  sql: string,
  executionParameters: readonly string[],
): Promise<AthenaAnswer> {
  const answer = await new Promise<string>((resolve, reject) => {
    const options = { maxBuffer: 2 ** 28 };
    const runner = join(import.meta.dirname, 'athena.py');
    const child = execFile(PYTHON, [runner], options, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`${error.message}\n${stderr}`)),
    );
    child.stdin?.end(JSON.stringify({ sql, executionParameters, table, root }));
  });
  const document = JSON.parse(answer);
  if (document.error !== undefined) {
    throw new Error(document.error);
  }
  return document;
}

/** Puts events into a folder as `checkpoint` puts them into the bucket: by day, in order, with their leaves. */
export function putEvents(root: string, events: readonly LedgerEvent[], from = 0): void {
  const leaves = events.map((event, index) => ({ ...event, [LEAF_MEMBER]: from + index }));
  for (const [day, ofDay] of Map.groupBy(leaves, ({ at }) => at.slice(0, 10))) {
    const file = join(root, LOG_KEYS.events, `dt=${day}`, `${paddedNumber(from)}.ndjson.gz`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, gzipSync(ofDay.map((each) => `${JSON.stringify(each)}\n`).join('')));
  }
}
