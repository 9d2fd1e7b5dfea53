import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Receipt } from '../../contracts/api.ts';
import type { LedgerEvent } from '../../contracts/events.ts';
import type { ReceiptProof } from '../../contracts/receipt.ts';
import { eventPosition } from '../../contracts/tables.ts';
import { accountOf } from '../../domain/audit/receipt.ts';
import { EventsDiffer, proofOf } from '../../domain/audit/receipt-proof.ts';
import { UntrustedCheckpoint } from '../../domain/log/note.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import { grantOf } from '../../domain/policy/grant.ts';
import { eventsAfter } from '../adapters/events.ts';
import type { LogBucket } from '../adapters/log/bucket.ts';
import type { LogSigner } from '../adapters/log/key.ts';
import type { LogTable } from '../adapters/log/table.ts';
import { provenTree } from '../adapters/log/tree.ts';
import { runView } from '../adapters/runs.ts';
import { NAMESPACES } from '../tools/registry.ts';
import { type AnswerLimit, ApiFailure } from './http.ts';
import { existingRun } from './runs.ts';

export interface ReceiptDependencies {
  readonly client: DynamoDBDocumentClient;
  readonly bundle: Pick<PolicyBundle, 'digest' | 'envelopes' | 'policies' | 'destinations' | 'prices'>;
  readonly log: {
    readonly bucket: LogBucket;
    readonly table: Pick<LogTable, 'eventsOf'>;
    readonly signer: Pick<LogSigner, 'key'>;
  };
}

/** Lambda answers with 6 MB at most, all that is around the body included. */
export const RECEIPT_LIMIT: AnswerLimit = {
  bytes: 5_900_000,
  code: 'receipt_too_large',
  remedy: 'make it from a copy of the audit bucket with countersign receipt RUN --dir COPY',
};

/** @throws ApiFailure 404 when the tenant has no such run, 409 when its events are not those of the log */
export async function getReceipt(
  tenant: string,
  runId: string,
  { client, bundle, log }: ReceiptDependencies,
): Promise<Receipt> {
  const run = await existingRun(tenant, runId, { client });
  const { events } = await eventsAfter(client, { tenant, runId });
  const account = accountOf(runView(run, bundle.envelopes[run.workflow]), events, bundle.prices);
  const granted = grantOf(account, bundle, NAMESPACES);
  return {
    ...account,
    permission: { ...account.permission, ...(granted === undefined ? {} : { granted }) },
    proof: await provenInLog(events, { tenant, runId }, log),
  };
}

async function provenInLog(
  events: readonly LedgerEvent[],
  run: { readonly tenant: string; readonly runId: string },
  { bucket, table, signer }: ReceiptDependencies['log'],
): Promise<ReceiptProof> {
  const key = await signer.key();
  try {
    // before the index, which is written before the checkpoint: so nothing that is signed for is taken for pending
    const tree = await provenTree(bucket, key);
    const leaves = new Map((await table.eventsOf(run)).map(({ position, leaf }) => [position, leaf]));
    return await proofOf(
      events,
      key.name,
      tree && { note: tree.note, size: tree.checkpoint.size, tiles: tree.tiles },
      (event) => leaves.get(eventPosition(event)),
    );
  } catch (error) {
    if (error instanceof EventsDiffer || error instanceof UntrustedCheckpoint) {
      throw new ApiFailure(409, 'log_differs', error.message);
    }
    throw error;
  }
}
