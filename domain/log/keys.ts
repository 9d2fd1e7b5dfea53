import { createHash } from 'node:crypto';
import type { LedgerEvent } from '../../contracts/events.ts';
import { LOG_KEYS, paddedNumber, TILE_WIDTH } from '../../contracts/log.ts';

const INDEX_DIGITS = 3;

/** `x001/x234/067` for 1234067, as tlog-tiles says. */
function tileIndex(index: number): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / INDEX_DIGITS) * INDEX_DIGITS, '0');
  return (groups.match(/\d{3}/g) ?? [])
    .map((group, at, all) => (at < all.length - 1 ? `x${group}` : group))
    .join('/');
}

function place(index: number, width: number): string {
  return `${tileIndex(index)}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** @param width - hashes in it, 256 for a full one */
export function tileKey(level: number, index: number, width: number): string {
  return `${LOG_KEYS.tiles}${level}/${place(index, width)}`;
}

/** @param width - entries in it, 256 for a full one */
export function bundleKey(index: number, width: number): string {
  return `${LOG_KEYS.tiles}entries/${place(index, width)}`;
}

export function roundKey(from: number): string {
  return `${LOG_KEYS.rounds}${paddedNumber(from)}.json`;
}

export function checkpointKey(size: number): string {
  return `${LOG_KEYS.checkpoints}${paddedNumber(size)}`;
}

/** @param day - such as `2026-11-29`, on which all its events happened */
export function eventsKey(day: string, from: number): string {
  return `${LOG_KEYS.events}dt=${day}/${paddedNumber(from)}.ndjson.gz`;
}

/** Hex digits of the content's SHA-256 in a key: 128 bits, so that two batches never share one. */
const DIGEST_LENGTH = 32;

/**
 * `batches/dt=2026-11-21/20261121T101500123Z-<digest>.ndjson.gz`: sorted by the time of the first event, and the same for the
 * same batch.
 *
 * @param lines - what is in it, before it is compressed
 */
export function batchKey(first: LedgerEvent, lines: string): string {
  const digest = createHash('sha256').update(lines).digest('hex').slice(0, DIGEST_LENGTH);
  const time = first.at.replaceAll(/[-:.]/g, '');
  return `${LOG_KEYS.batches}dt=${dayOfEvent(first)}/${time}-${digest}.ndjson.gz`;
}

export function dayOfEvent({ at }: Pick<LedgerEvent, 'at'>): string {
  return at.slice(0, 10);
}
