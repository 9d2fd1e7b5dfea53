import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { logOrigin } from '../../contracts/names.ts';
import { logBucket } from '../../functions/adapters/log/bucket.ts';
import { logSigner } from '../../functions/adapters/log/key.ts';
import { logTable } from '../../functions/adapters/log/table.ts';
import { integrate } from '../../functions/checkpoint/integrate.ts';
import { sideBySide } from '../../functions/runtime/side-by-side.ts';
import { seal } from '../../functions/seal/seal.ts';
import { countedClients, type LogClients, noUsage, type Usage } from './counted-clients.ts';
import { recordAt } from './events.ts';

/** How events come in. */
export interface Pace {
  readonly events: number;
  readonly eventsInABatch: number;
  /** Integrated whenever so many batches have come. @default as many as are in a full round */
  readonly batchesInARound?: number;
}

/** What it took. */
export interface Written {
  readonly events: number;
  readonly batches: number;
  readonly rounds: number;
  readonly sealing: Stretch;
  readonly integrating: Stretch;
  /** Resident after the largest round, bytes. */
  readonly peakBytes: number;
}

/** A part of the work. */
export interface Stretch {
  readonly seconds: number;
  /** Of this process, whoever answers requests apart. */
  readonly cpuSeconds: number;
  readonly usage: Usage;
}

/** Seals and integrates events by the product's own functions. Making the records is in no figure. */
export async function writeLog(clients: LogClients, pace: Pace): Promise<Written> {
  const { events, eventsInABatch, batchesInARound = Number.POSITIVE_INFINITY } = pace;
  const sealing = stretch();
  const integrating = stretch();
  const sealer = partsOf(countedClients(clients, sealing.usage));
  const integrator = partsOf(countedClients(clients, integrating.usage));
  const batches = Math.ceil(events / eventsInABatch);
  let rounds = 0;
  let peakBytes = 0;
  for (let first = 0; first < batches; ) {
    const last = Math.min(batches, first + Math.min(batchesInARound, EVENTS_AT_A_TIME / eventsInABatch));
    const records = Array.from({ length: last - first }, (_, offset) => {
      const from = (first + offset) * eventsInABatch;
      const count = Math.min(eventsInABatch, events - from);
      return Array.from({ length: count }, (_, index) => recordAt(from + index));
    });
    await sealing.during(() =>
      sideBySide(records, async (batch) => {
        await seal(batch, { ...sealer, putAside, clock: () => new Date() });
      }),
    );
    first = last;
    await integrating.during(async () => {
      for (let more = true; more; ) {
        const round = await integrate(integrator);
        more = round.more;
        rounds += round.entries > 0 ? 1 : 0;
        peakBytes = Math.max(peakBytes, process.memoryUsage().rss);
      }
    });
  }
  return { events, batches, rounds, sealing, integrating, peakBytes };
}

/** As many as a round takes, so that no more than that are in memory. */
const EVENTS_AT_A_TIME = 20_000;

function partsOf({ s3, database, kms, bucket, table, keyId }: LogClients) {
  return {
    bucket: logBucket(s3, bucket),
    table: logTable(database as DynamoDBDocumentClient, table),
    signer: logSigner(kms, keyId, logOrigin(bucket, 'us-east-1')),
  };
}

async function putAside(_record: unknown, why: string): Promise<void> {
  throw new Error(`an event of the bench was put aside: ${why}`);
}

function stretch() {
  const total = { seconds: 0, cpuSeconds: 0, usage: noUsage() };
  return Object.assign(total, {
    async during(work: () => Promise<void>): Promise<void> {
      const began = performance.now();
      const before = process.cpuUsage();
      await work();
      const { user, system } = process.cpuUsage(before);
      total.seconds += (performance.now() - began) / 1000;
      total.cpuSeconds += (user + system) / 1_000_000;
    },
  });
}
