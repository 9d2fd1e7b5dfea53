import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SavedQuery, savedQuery } from '../contracts/saved-queries.ts';
import { PROJECT } from './policy/paths.ts';

const QUERIES = join(PROJECT, 'queries');

/** Every file under `queries/`. @throws Error for one that does not say what it answers or takes */
export function savedQueries(): readonly SavedQuery[] {
  return readdirSync(QUERIES)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => savedQuery(file, readFileSync(join(QUERIES, file), 'utf8')));
}
