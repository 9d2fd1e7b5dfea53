import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readShopFile, type ShopDocuments } from '../../../local/shop/load.ts';

export interface RecordedCall {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly effect: 'read' | 'write';
  readonly result?: unknown;
  /** `ValueError: <message>` when the recorded call failed. */
  readonly error?: string;
}

export interface Task {
  readonly id: string;
  readonly user_id: string;
  readonly calls: readonly RecordedCall[];
}

/** Calls for a customer that break one clause of the policy text. */
export interface Attack extends Task {
  /** The clause, such as `R4 cancel reason is one of the two allowed`. */
  readonly rule: string;
}

export interface Recordings {
  readonly tasks: readonly Task[];
  readonly injections: readonly Attack[];
}

/** Where the suites' files are. */
export const DATA = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'data');

export const RECORDINGS_FILE = 'tau-retail.json';

export function readRecordings(folder: string): Recordings {
  return JSON.parse(readFileSync(join(folder, RECORDINGS_FILE), 'utf8'));
}

/** The whole database, as it is before every task. */
export function readDatabase(folder: string): Promise<ShopDocuments> {
  return readShopFile(join(folder, 'tau-retail-db.json'));
}
