import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { verifierKeyLine } from '../../cli/audit/verifier-keys.ts';
import type { Receipt } from '../../contracts/api.ts';
import type { LedgerEvent } from '../../contracts/events.ts';
import { accountOf } from '../../domain/audit/receipt.ts';
import { type ProvableTree, proofOf } from '../../domain/audit/receipt-proof.ts';
import { runOf } from '../../domain/audit/run-account.ts';
import { canonicalJson } from '../../domain/call/canonical.ts';
import { checkpointText, type LogKey, rawPublicKey, signedNote } from '../../domain/log/note.ts';
import { EMPTY_EDGE, extended, type Hash, leafHash, rootOf } from '../../domain/log/tree.ts';
import {
  asked,
  closed,
  decided,
  eventsOfRun,
  executed,
  opened,
  RATES,
  requested,
  verdict,
} from './metered.ts';

export const PRICES = { version: '2026-11', ...RATES };
const ORIGIN = 'log.s3.us-east-1.amazonaws.com';

/** Events as the log has them: of this run and others in between. */
export interface MadeLog {
  readonly tree: ProvableTree;
  readonly leafOf: (event: LedgerEvent) => number | undefined;
  readonly origin: string;
  /** As `countersign audit key` prints it. */
  readonly keyLine: string;
}

const DEFAULT_KEYS = generateKeyPairSync('ed25519');

/**
 * A signed log in memory.
 *
 * @param entries - in their order; `undefined` for somebody else's
 */
export function madeLog(
  entries: readonly (LedgerEvent | undefined)[],
  privateKey: KeyObject = DEFAULT_KEYS.privateKey,
  origin = ORIGIN,
): MadeLog {
  const leaves = entries.map((event, index) =>
    leafHash(Buffer.from(event === undefined ? `somebody's ${index}` : canonicalJson(event))),
  );
  const { edge, tiles } = extended(EMPTY_EDGE, leaves);
  const der = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const key: LogKey = { name: origin, publicKey: rawPublicKey(der) };
  const text = checkpointText({ origin, size: entries.length, root: rootOf(edge) });
  const byPlace = new Map<string, readonly Hash[]>(
    tiles.map(({ level, index, hashes }) => [`${level}/${index}`, hashes]),
  );
  return {
    origin,
    keyLine: verifierKeyLine(origin, der),
    tree: {
      note: signedNote(text, key, sign(null, Buffer.from(text), privateKey)),
      size: entries.length,
      tiles: async (level, index) => byPlace.get(`${level}/${index}`) ?? [],
    },
    leafOf: (event) => {
      const leaf = entries.indexOf(event);
      return leaf < 0 ? undefined : leaf;
    },
  };
}

const CONTEXT = { mode: 'autonomous', user: { id: 'ines' }, resource: { status: 'pending' } };

/** A run with a read, a refusal, and a write that two people were asked about. */
export const RUN_EVENTS: readonly LedgerEvent[] = eventsOfRun(
  { workflow: 'desk', agent: 'desk' },
  ...[requested(), opened(), asked(40), decided('0001-00', 'shop.get_order', 'allow', { context: CONTEXT })],
  executed('0001-00', 2),
  decided('0001-01', 'shop.get_order', 'deny', { reasons: [{ code: 'no_permit', message: 'none permits' }] }),
  asked(50),
  decided('0002-00', 'shop.cancel', 'needs_approval', {
    ...{ policies: ['agents/desk/large'], approvalId: 'a', approverRole: 'manager', quorum: 2 },
  }),
  { type: 'approval.waiting', callId: '0002-00', approvalId: 'a', expiresAt: '2026-11-22T10:00:00.000Z' },
  { ...verdict('0002-00', 'maria'), state: 'waiting' } as ReturnType<typeof verdict>,
  verdict('0002-00', 'theo'),
  decided('0002-00', 'shop.cancel', 'allow', {
    ...{ policies: ['agents/desk/large'], approvalId: 'a', holdMicroDollars: 9 },
  }),
  {
    ...executed('0002-00', 3),
    ...{
      effects: ['orders/1'],
      changes: { 'orders/1': [{ field: 'status', from: 'pending', to: 'cancelled' }] },
    },
  } as ReturnType<typeof executed>,
  asked(60),
  { ...closed(), spentMicroDollars: 155, calls: 2 } as ReturnType<typeof closed>,
);

/** Among entries of others, over more than one tile. */
export function loggedAmongOthers(events: readonly LedgerEvent[], before = 250): MadeLog {
  const others = (count: number) => Array<undefined>(count).fill(undefined);
  const half = Math.floor(events.length / 2);
  return madeLog([
    ...others(before),
    ...events.slice(0, half),
    ...others(7),
    ...events.slice(half),
    ...others(20),
  ]);
}

export async function receiptIn(log: MadeLog, events: readonly LedgerEvent[] = RUN_EVENTS): Promise<Receipt> {
  const proof = await proofOf(events, log.origin, log.tree, log.leafOf);
  return { ...accountOf(runOf(events), events, PRICES), proof };
}
