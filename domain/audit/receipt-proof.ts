import type { LedgerEvent } from '../../contracts/events.ts';
import { TILE_WIDTH } from '../../contracts/log.ts';
import type { ReceiptEntry, ReceiptProof } from '../../contracts/receipt.ts';
import { canonicalJson } from '../call/canonical.ts';
import { inclusionPath, type TileReader } from '../log/proof.ts';
import { leafHash } from '../log/tree.ts';
import { proofInWords } from './proof-in-words.ts';

/** A signed tree of the log, with the tiles below its root. */
export interface ProvableTree {
  /** The signed checkpoint. */
  readonly note: string;
  readonly size: number;
  readonly tiles: TileReader;
}

/**
 * What is at hand is not what the log has: somebody has changed an event outside the log, or the log's index. A receipt of it would
 * prove nothing, so there is none.
 */
export class EventsDiffer extends Error {
  override readonly name = 'EventsDiffer';
}

/**
 * Proves events of a run.
 *
 * @param tree - undefined as long as nothing was ever signed
 * @param leafOf - index in the log; undefined for an event that is not integrated yet
 * @throws EventsDiffer naming each event that is not the entry of its leaf
 */
export async function proofOf(
  events: readonly LedgerEvent[],
  key: string,
  tree: ProvableTree | undefined,
  leafOf: (event: LedgerEvent) => number | undefined,
): Promise<ReceiptProof> {
  const places = events.map((event) => ({ event, leaf: provableLeaf(leafOf(event), tree) }));
  const proven = places.filter(({ leaf }) => leaf !== undefined).length;
  const pending = events.length - proven;
  const shared = sharedHashes();
  const paths = tree === undefined ? [] : await Promise.all(places.map((place) => pathOf(place, tree)));
  const entries = places.map(({ event, leaf }, index): ReceiptEntry => {
    const path = paths[index];
    return leaf === undefined || path === undefined
      ? { event }
      : { event, leaf, path: path.map((hash) => shared.position(hash)) };
  });
  return {
    ...(tree === undefined ? {} : { checkpoint: tree.note }),
    key,
    pending,
    says: proofInWords(events.length, pending, tree?.size),
    entries,
    hashes: shared.all,
  };
}

/** The index is written before the checkpoint that has its leaves. */
function provableLeaf(leaf: number | undefined, tree: ProvableTree | undefined): number | undefined {
  return leaf !== undefined && tree !== undefined && leaf < tree.size ? leaf : undefined;
}

async function pathOf(
  { event, leaf }: { readonly event: LedgerEvent; readonly leaf: number | undefined },
  { size, tiles }: ProvableTree,
): Promise<readonly string[] | undefined> {
  if (leaf === undefined) {
    return undefined;
  }
  const hashes = await tiles(0, Math.floor(leaf / TILE_WIDTH));
  if (hashes[leaf % TILE_WIDTH]?.equals(leafHash(Buffer.from(canonicalJson(event)))) !== true) {
    throw new EventsDiffer(
      `event ${event.id} of ${event.at} is not entry ${leaf} of the log, expected the very one: it was changed since it was logged, or the index was; countersign audit verify tells about the log, --dir makes the receipt from it`,
    );
  }
  return (await inclusionPath(leaf, size, tiles)).map((hash) => hash.toString('base64'));
}

/** Paths of neighbours go over the same hashes: each is kept once. */
function sharedHashes() {
  const positions = new Map<string, number>();
  const all: string[] = [];
  return {
    all,
    position(hash: string): number {
      const known = positions.get(hash);
      if (known !== undefined) {
        return known;
      }
      positions.set(hash, all.length);
      return all.push(hash) - 1;
    },
  };
}
