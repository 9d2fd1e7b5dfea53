import { TILE_WIDTH } from '../../contracts/log.ts';
import { type Delivered, type DeliveredLine, deliveredIn } from './batches.ts';
import { entriesInBundle } from './bundle.ts';
import { type LoggedEntry, loggedEntry } from './entry.ts';
import type { Findings } from './findings.ts';
import { HASH_BYTES, type Hash, hashOfLeaf } from './hashing.ts';
import type { Head } from './head.ts';
import { bundleName, eventsName, roundName } from './object-names.ts';
import type { Objects } from './objects.ts';
import type { Part } from './rounds.ts';
import { type Grown, grownBundles, grownTiles } from './shape.ts';
import type { ReadObject } from './store.ts';

/** A leaf, as most of its copies have it. */
export interface Leaf {
  readonly hash: Hash;
  /** Undefined when no copy of it is there, or it is none that could be an event. */
  readonly entry: LoggedEntry | undefined;
}

/** A part with all that is kept of it. */
export interface LoadedPart {
  readonly part: Part;
  /** Undefined when nothing says what one of them is. */
  readonly leaves: readonly (Leaf | undefined)[];
  /** Hashes of entries before the part that its first bundle has again. */
  readonly before: { readonly bundle: string; readonly hashes: readonly Hash[] };
  readonly tiles: ReadonlyMap<string, Buffer | undefined>;
  /** Lines for SQL by their keys. */
  readonly lines: ReadonlyMap<string, ReadObject | undefined>;
  readonly skipped: readonly DeliveredLine[];
}

/** Where an entry is looked for: the same bytes in a bundle and a batch, their hash in a tile. */
interface Copies {
  readonly leaf: number;
  readonly bundle: string;
  readonly inBundle: Buffer | undefined;
  readonly delivered: DeliveredLine | undefined;
  readonly inTile: Hash | undefined;
}

const NOTHING: Delivered = { lines: [], skipped: [], isWhole: false };

/**
 * Reads all of a part, and compares the copies of each entry. What two of three copies say goes on into the tree, so that what is
 * wrong in one place is told once and in its place.
 */
export async function loadedPart(
  part: Part,
  objects: Objects,
  head: Pick<Head, 'sizes'>,
  findings: Findings,
): Promise<LoadedPart> {
  const { from, to, round } = part;
  const grown = grownTiles(from, to);
  const [delivered, bundles, tiles] = await Promise.all([
    round === undefined ? NOTHING : deliveredIn(round, objects, findings),
    Promise.all(grownBundles(from, to).map((bundle) => readBundle(bundle, objects, findings))),
    Promise.all(grown.map(async ({ name }) => [name, (await objects.expect(name))?.bytes] as const)),
  ]);
  if (delivered.isWhole && delivered.lines.length !== to - from) {
    const message = `its batches give ${delivered.lines.length} entries, expected ${to - from}`;
    findings.problem('round_differs', message, { object: roundName(from), leaf: from });
  }
  const tileBytes = new Map(tiles);
  const leafTiles = new Map(
    grown.filter(({ level }) => level === 0).map(({ index, name }) => [index, tileBytes.get(name)]),
  );
  const isDelivered = delivered.lines.length === to - from && !delivered.lines.includes(undefined);
  const best = isDelivered
    ? bundles
    : await Promise.all(bundles.map((bundle) => orLaterBundle(bundle, to, head.sizes, objects)));
  const bundleOf = new Map(best.map((bundle) => [bundle.index, bundle]));
  const leaves = Array.from({ length: to - from }, (_, offset) => {
    const leaf = from + offset;
    const index = Math.floor(leaf / TILE_WIDTH);
    const at = leaf % TILE_WIDTH;
    const bundle = bundleOf.get(index);
    return agreed(
      {
        leaf,
        bundle: bundle?.name ?? '',
        inBundle: bundle?.entries?.[at],
        delivered: delivered.lines[offset],
        inTile: hashIn(leafTiles.get(index), at),
      },
      findings,
    );
  });
  const first = bundles[0];
  return {
    part,
    leaves,
    before: {
      bundle: first?.name ?? '',
      hashes: (first?.entries ?? []).slice(0, from % TILE_WIDTH).map(hashOfLeaf),
    },
    tiles: tileBytes,
    lines: await linesFor(from, leaves, objects),
    skipped: delivered.skipped,
  };
}

interface ReadBundle extends Grown {
  readonly entries: readonly Buffer[] | undefined;
}

async function readBundle(
  bundle: Grown,
  objects: Objects,
  { problem }: Pick<Findings, 'problem'>,
): Promise<ReadBundle> {
  const { name, index, width } = bundle;
  const place = { object: name, leaf: index * TILE_WIDTH };
  const found = await objects.expect(name);
  if (found === undefined) {
    problem('bundle_missing', `entries ${place.leaf} to ${place.leaf + width - 1} are in it`, place);
    return { ...bundle, entries: undefined };
  }
  const entries = entriesInBundle(found.bytes);
  if (entries?.length !== width) {
    const message = `${entries === undefined ? 'no bundle' : `${entries.length} entries`}, expected ${width} entries`;
    problem('bundle_unreadable', message, place);
  }
  return { ...bundle, entries: entries?.length === width ? entries : undefined };
}

/** A bundle that cannot be read is again in every later one of its index, as far as it goes. */
async function orLaterBundle(
  bundle: ReadBundle,
  to: number,
  sizes: readonly number[],
  objects: Objects,
): Promise<ReadBundle> {
  const start = bundle.index * TILE_WIDTH;
  const later = sizes.filter((size) => size > to && size < start + TILE_WIDTH).map((size) => size - start);
  for (const width of bundle.entries === undefined ? [...later, TILE_WIDTH] : []) {
    const name = bundleName(bundle.index, width);
    const found = await objects.store.get(name);
    const entries = found && entriesInBundle(found.bytes);
    if (entries?.length === width) {
      return { ...bundle, name, entries };
    }
  }
  return bundle;
}

function hashIn(tile: Buffer | undefined, at: number): Hash | undefined {
  const hash = tile?.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES);
  return hash?.length === HASH_BYTES ? hash : undefined;
}

/** What most copies say; where none agree, the bundle. */
function agreed(
  { leaf, bundle, inBundle, delivered, inTile }: Copies,
  findings: Pick<Findings, 'problem'>,
): Leaf | undefined {
  const ofBundle = inBundle && hashOfLeaf(inBundle);
  const isSame = inBundle !== undefined && delivered?.text.equals(inBundle) === true;
  const ofLine = isSame ? ofBundle : delivered && hashOfLeaf(delivered.text);
  const copies = [ofBundle, ofLine, inTile].filter((hash) => hash !== undefined);
  const hash = copies.find((each) => copies.filter((other) => other.equals(each)).length > 1) ?? copies[0];
  if (hash === undefined) {
    findings.problem('entry_lost', 'not even the hash of the entry is left', { object: bundle, leaf });
    return undefined;
  }
  if (ofBundle !== undefined && !ofBundle.equals(hash)) {
    findings.problem('entry_differs', 'the entry is another one in batch and tile', { object: bundle, leaf });
  }
  if (ofLine !== undefined && !ofLine.equals(hash)) {
    const { batch = '', index = 0 } = delivered ?? {};
    const message = 'the line is not the entry that the round makes of it';
    findings.problem('round_differs', message, { object: batch, line: index + 1, leaf });
  }
  const text = ofBundle?.equals(hash) ? inBundle : ofLine?.equals(hash) ? delivered?.text : undefined;
  if (text === undefined) {
    findings.problem('entry_lost', 'only the hash of the entry is left', { object: bundle, leaf });
  }
  return { hash, entry: text && loggedEntry(text, leaf, bundle, findings) };
}

async function linesFor(
  from: number,
  leaves: readonly (Leaf | undefined)[],
  objects: Objects,
): Promise<ReadonlyMap<string, ReadObject | undefined>> {
  const days = new Set(leaves.flatMap((leaf) => leaf?.entry?.day ?? []));
  const names = [...days].map((day) => eventsName(day, from));
  return new Map(await Promise.all(names.map(async (name) => [name, await objects.expect(name)] as const)));
}
