import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { z } from 'zod';
import { EVENT_VERSION } from '../../contracts/events.ts';
import { type CommandFailure, usageFailure } from '../failure.ts';

/** A batch of events as it is in the audit bucket. */
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

const BATCH_ENDING = '.ndjson';
const PARTITION = /(?:^|[\\/])dt=(\d{4}-\d{2}-\d{2})(?:[\\/]|$)/;

/**
 * Batches in files and folders, and folders within those, in the order of their names; of folders named like the bucket's
 * partitions only those from a day on.
 *
 * @param firstDay - such as `2026-10-22`
 * @throws CommandFailure with exit code 2 for a path that cannot be read
 */
export function* batchesIn(paths: readonly string[], firstDay = ''): Generator<Batch> {
  for (const path of paths) {
    try {
      for (const file of filesUnder(resolve(path), firstDay)) {
        yield { name: file, text: readFileSync(file, 'utf8') };
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
    .filter(({ entry, full }) => entry.isDirectory() || full.endsWith(BATCH_ENDING))
    .filter(({ full }) => (PARTITION.exec(full)?.[1] ?? '9') >= firstDay)
    .sort((left, right) => (left.full < right.full ? -1 : 1))
    .flatMap(({ full }) => filesUnder(full, firstDay));
}
