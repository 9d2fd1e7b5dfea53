import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { ListedObject, LogStore } from '../../cli/audit/store.ts';
import type { LedgerEvent } from '../../contracts/events.ts';
import { LOG_KEYS } from '../../contracts/log.ts';
import { eventPosition, runKey } from '../../contracts/tables.ts';
import { canonicalJson } from '../../domain/call/canonical.ts';
import { batchKey } from '../../domain/log/keys.ts';
import { checkpointText, type LogKey, rawPublicKey, signedNote } from '../../domain/log/note.ts';
import type { Hash } from '../../domain/log/tree.ts';
import { type LogBucket, LogConflict } from '../../functions/adapters/log/bucket.ts';
import type { LogTable } from '../../functions/adapters/log/table.ts';
import { integrate } from '../../functions/checkpoint/integrate.ts';

export const ORIGIN = 'audit.s3.us-east-1.amazonaws.com';

/** An object as a test may change it. */
export interface KeptObject {
  readonly bytes: Buffer;
  readonly modifiedAtMilliseconds: number;
  readonly versions?: ListedObject['versions'];
  readonly isLocked?: boolean;
}

export type KeptObjects = Map<string, KeptObject>;

/** A key of the log, with everything that it signs. */
export interface TestKey {
  readonly key: LogKey;
  readonly der: Buffer;
  readonly note: (size: number, root: Hash, origin?: string) => string;
}

export function testKey(): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const der = publicKey.export({ format: 'der', type: 'spki' });
  const key = { name: ORIGIN, publicKey: rawPublicKey(der) };
  return {
    key,
    der,
    note: (size, root, origin = ORIGIN) => signed(checkpointText({ origin, size, root }), key, privateKey),
  };
}

function signed(text: string, key: LogKey, privateKey: KeyObject): string {
  return signedNote(text, key, sign(null, Buffer.from(text), privateKey));
}

/**
 * A log as the product's own code writes it, in memory. Each object is a second younger than the one before.
 *
 * @param forgets - which events it has had, as nothing that the product does makes it
 */
export function memoryLog(signer: TestKey = testKey(), { forgets = false } = {}) {
  const objects: KeptObjects = new Map();
  const pending = new Map<string, string>();
  const index = new Map<string, { position: string; leaf: number }[]>();
  let now = Date.parse('2026-11-29T12:00:00.000Z');
  const put = (name: string, bytes: Buffer) => {
    now += 1000;
    objects.set(name, { bytes, modifiedAtMilliseconds: now });
  };
  const compress = (form: string) => form === 'bundle' || form === 'lines';
  const get: LogBucket['get'] = async (name, form) => {
    const found = objects.get(name)?.bytes;
    return found !== undefined && compress(form) ? gunzipSync(found) : found;
  };
  const bucket: LogBucket = {
    get,
    async putOnce(name, form, body) {
      const there = await get(name, form);
      if (there === undefined) {
        put(name, compress(form) ? gzipSync(body) : Buffer.from(body));
      } else if (!there.equals(Buffer.from(body))) {
        throw new LogConflict(name);
      }
      return there === undefined;
    },
    putIfAbsent: () => assert.fail('the log itself keeps no policies'),
    async readCheckpoint() {
      const note = objects.get(LOG_KEYS.checkpoint)?.bytes.toString();
      return note === undefined ? undefined : { note, version: note };
    },
    async moveCheckpoint(note) {
      put(LOG_KEYS.checkpoint, Buffer.from(note));
      return true;
    },
  };
  const table: LogTable = {
    addPending: async ({ key, sealedAt }) => void pending.set(key, sealedAt),
    pending: async (limit) =>
      [...pending]
        .sort()
        .slice(0, limit)
        .map(([key, sealedAt]) => ({ key, sealedAt })),
    async removePending(keys) {
      for (const key of keys) {
        pending.delete(key);
      }
    },
    eventsOf: async (run) => (forgets ? [] : (index.get(runKey(run)) ?? [])),
    async index(entries) {
      for (const { event, leaf } of entries) {
        index.set(runKey(event), [
          ...(index.get(runKey(event)) ?? []),
          { position: eventPosition(event), leaf },
        ]);
      }
    },
  };
  const parts = {
    bucket,
    table,
    signer: {
      key: async () => signer.key,
      sign: async (size: number, root: Hash) => signer.note(size, root),
    },
  };
  return {
    objects,
    parts,
    /** A batch as it was delivered, of lines that may be anything. */
    async deliver(lines: readonly string[], first: Pick<LedgerEvent, 'at'>): Promise<string> {
      const text = lines.map((line) => `${line}\n`).join('');
      const name = batchKey(first as LedgerEvent, text);
      await bucket.putOnce(name, 'lines', text);
      await table.addPending({ key: name, sealedAt: first.at });
      return name;
    },
    /** Batches of so many events, and a round of each few. */
    async add(events: readonly LedgerEvent[], inBatch = 7, inRound = Number.POSITIVE_INFINITY) {
      for (let from = 0; from < events.length; from += inBatch) {
        const batch = events.slice(from, from + inBatch);
        await this.deliver(batch.map(canonicalJson), batch[0] as LedgerEvent);
        if (pending.size >= inRound) {
          await integrate(parts);
        }
      }
      await this.integrateAll();
    },
    async integrateAll() {
      while ((await integrate(parts)).more) {
        // until nothing waits
      }
    },
  };
}

/** Objects as the verifier reads them. */
export function memoryStore(objects: ReadonlyMap<string, KeptObject>): LogStore {
  return {
    async *list(prefix) {
      for (const [name, object] of [...objects].sort(([left], [right]) => (left < right ? -1 : 1))) {
        if (name.startsWith(prefix)) {
          yield { name, ...object };
        }
      }
    },
    get: async (name) => objects.get(name),
  };
}
