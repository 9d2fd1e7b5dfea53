import { LOG_KEYS, paddedNumber, TILE_WIDTH } from '../../contracts/log.ts';

const INDEX_BASE = 1000;

/** `x001/x234/067` for 1234067: https://c2sp.org/tlog-tiles */
function indexPath(index: number): string {
  const last = String(index % INDEX_BASE).padStart(3, '0');
  const before = Math.floor(index / INDEX_BASE);
  return before === 0 ? last : `${indexPath(before).replace(/(\d{3})$/, 'x$1')}/${last}`;
}

function withWidth(path: string, width: number): string {
  return width === TILE_WIDTH ? path : `${path}.p/${width}`;
}

export function tileName(level: number, index: number, width: number): string {
  return withWidth(`${LOG_KEYS.tiles}${level}/${indexPath(index)}`, width);
}

export function bundleName(index: number, width: number): string {
  return withWidth(`${LOG_KEYS.tiles}entries/${indexPath(index)}`, width);
}

export function roundName(from: number): string {
  return `${LOG_KEYS.rounds}${paddedNumber(from)}.json`;
}

export function checkpointName(size: number): string {
  return `${LOG_KEYS.checkpoints}${paddedNumber(size)}`;
}

/** @param day - such as `2026-11-29` */
export function eventsName(day: string, from: number): string {
  return `${LOG_KEYS.events}dt=${day}/${paddedNumber(from)}.ndjson.gz`;
}

/** Number in the name of a round, a checkpoint or lines for SQL. */
const NUMBERED = {
  rounds: /^rounds\/(\d{16})\.json$/,
  checkpoints: /^checkpoints\/(\d{16})$/,
  events: /^events\/dt=\d{4}-\d{2}-\d{2}\/(\d{16})\.ndjson\.gz$/,
} as const;

/** @returns undefined for a name of another form */
export function numberIn(kind: keyof typeof NUMBERED, name: string): number | undefined {
  const digits = NUMBERED[kind].exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** What the name of a batch says of it. */
export interface BatchName {
  readonly day: string;
  /** Of its first event, ISO 8601 UTC. */
  readonly at: string;
  /** First half of the SHA-256 of its lines, hex. */
  readonly digest: string;
}

const BATCH =
  /^batches\/dt=(\d{4}-\d{2}-\d{2})\/(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(\d{3})Z-([0-9a-f]{32})\.ndjson\.gz$/;

export function batchNameIn(name: string): BatchName | undefined {
  const [, day, year, month, date, hours, minutes, seconds, milliseconds, digest] = BATCH.exec(name) ?? [];
  return day === undefined || digest === undefined
    ? undefined
    : { day, at: `${year}-${month}-${date}T${hours}:${minutes}:${seconds}.${milliseconds}Z`, digest };
}

const TILE = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/;

/** First leaf behind a tile or bundle, by its name; undefined for another name. */
export function endOfTile(name: string): number | undefined {
  const [, level = '', path = '', partial] = TILE.exec(name) ?? [];
  if (level === '') {
    return undefined;
  }
  const index = Number(path.replaceAll(/[x/]/g, ''));
  const span = level === 'entries' ? 1 : TILE_WIDTH ** Number(level);
  return (index * TILE_WIDTH + Number(partial ?? TILE_WIDTH)) * span;
}

/** Digest that the name of kept policies claims; undefined for another name. */
export function policiesDigestIn(name: string): string | undefined {
  return /^bundles\/([0-9a-f]{64})\.json$/.exec(name)?.[1];
}
