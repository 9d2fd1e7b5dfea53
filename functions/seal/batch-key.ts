import { createHash } from 'node:crypto';
import type { LedgerEvent } from '../../contracts/events.ts';

/** Hex digits of the content's SHA-256 in a key: 128 bits, so that two batches never share one. */
const DIGEST_LENGTH = 32;

/**
 * `events/dt=2026-11-21/20261121T101500123Z-<digest>.ndjson`: partitioned by day for Athena, sorted by time, and the
 * same for the same batch.
 *
 * @param events - at least one
 */
export function batchKey(events: readonly LedgerEvent[], body: string): string {
  const at = events[0]?.at ?? '';
  const digest = createHash('sha256').update(body).digest('hex').slice(0, DIGEST_LENGTH);
  return `events/dt=${at.slice(0, 10)}/${at.replaceAll(/[-:.]/g, '')}-${digest}.ndjson`;
}
