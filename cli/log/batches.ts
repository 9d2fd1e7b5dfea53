import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { z } from 'zod';
import { EVENT_VERSION } from '../../contracts/events.ts';
import { LOG_KEYS } from '../../contracts/log.ts';
import { type CommandFailure, usageFailure } from '../failure.ts';

/** Events that were integrated at once and happened on one day, as the audit bucket has them for SQL. */
export interface Batch {
  /** File or key, for messages. */
  readonly name: string;
  readonly text: string;
}

export type Batches = Iterable<Batch> | AsyncIterable<Batch>;

/** What a line of a batch holds; of a known version, and not looked at any further. */
export interface LoggedDocument {
  readonly document: { readonly type?: unknown; readonly v?: unknown };
  /** File and line, for messages. */
  readonly where: string;
}

/** @throws CommandFailure with exit code 2, file and line, for what is no event of a version that is known here */
export async function* documentsIn(batches: Batches): AsyncGenerator<LoggedDocument> {
  for await (const { name, text } of batches) {
    for (const [index, line] of text.split('\n').entries()) {
      if (line.trim() !== '') {
        const where = `${name}:${index + 1}`;
        yield { document: documentOf(line, where), where };
      }
    }
  }
}

function documentOf(line: string, where: string): LoggedDocument['document'] {
  let document: LoggedDocument['document'] | null;
  try {
    document = JSON.parse(line);
  } catch (error) {
    throw usageFailure(`${where}: ${(error as Error).message}; expected one event a line`);
  }
  if (document?.v !== EVENT_VERSION) {
    throw usageFailure(`${where}: an event of version ${document?.v}, expected ${EVENT_VERSION}`);
  }
  return document;
}

/** What is said of an event that has not the shape of its type. */
export function misread(where: string, { issues }: z.ZodError): CommandFailure {
  const wrong = issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  return usageFailure(`${where}: ${wrong.join('; ')}`);
}

const GZIP = Buffer.of(0x1f, 0x8b);

/** @param bytes - as they are kept, compressed or not */
export function textOf(bytes: Buffer): string {
  return (bytes.subarray(0, GZIP.length).equals(GZIP) ? gunzipSync(bytes) : bytes).toString();
}

const BATCH_ENDINGS = ['.ndjson', '.ndjson.gz'];
const PARTITION = /(?:^|[\\/])dt=(\d{4}-\d{2}-\d{2})(?:[\\/]|$)/;

/**
 * Batches in files and folders, and folders within those, in the order of their names; of a copy of the whole bucket those that
 * it has for SQL, and of folders named like its partitions only those from a day on.
 *
 * @param firstDay - such as `2026-10-22`
 * @throws CommandFailure with exit code 2 for a path that cannot be read
 */
export function* batchesIn(paths: readonly string[], firstDay = ''): Generator<Batch> {
  for (const path of paths) {
    try {
      const events = join(path, LOG_KEYS.events);
      for (const file of filesUnder(resolve(existsSync(events) ? events : path), firstDay)) {
        yield { name: file, text: textOf(readFileSync(file)) };
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) {
        throw error;
      }
      throw usageFailure(`${path} cannot be read: ${(error as Error).message}`);
    }
  }
}

function filesUnder(path: string, firstDay: string): readonly string[] {
  if (!statSync(path).isDirectory()) {
    return [path];
  }
  return readdirSync(path, { withFileTypes: true })
    .map((entry) => ({ entry, full: join(path, entry.name) }))
    .filter(({ entry, full }) => entry.isDirectory() || BATCH_ENDINGS.some((ending) => full.endsWith(ending)))
    .filter(({ full }) => (PARTITION.exec(full)?.[1] ?? '9') >= firstDay)
    .sort((left, right) => (left.full < right.full ? -1 : 1))
    .flatMap(({ full }) => filesUnder(full, firstDay));
}
