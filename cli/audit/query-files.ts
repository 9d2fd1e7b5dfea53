import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type SavedQuery, savedQuery } from '../../contracts/saved-queries.ts';
import { usageFailure } from '../failure.ts';

/** The files that the deployment saves in Athena, so that what is asked is what was reviewed. */
const QUERIES = resolve(import.meta.dirname, '..', '..', 'queries');

export function queryFiles(): readonly SavedQuery[] {
  return readdirSync(QUERIES)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => savedQuery(file, readFileSync(join(QUERIES, file), 'utf8')));
}

/** @throws CommandFailure with exit code 2 for a name that no query has */
export function queryNamed(name: string): SavedQuery {
  const queries = queryFiles();
  const found = queries.find((query) => query.name === name);
  if (found === undefined) {
    throw usageFailure(
      `no saved query is called ${name}, expected one of ${queries.map((each) => each.name).join(', ')}`,
    );
  }
  return found;
}
