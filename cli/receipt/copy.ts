import type { Receipt } from '../../contracts/api.ts';
import { EVENT_VERSION, type LedgerEvent } from '../../contracts/events.ts';
import { LEAF_MEMBER } from '../../contracts/log.ts';
import type { ReceiptPrices } from '../../contracts/receipt.ts';
import { eventPosition } from '../../contracts/tables.ts';
import { accountOf } from '../../domain/audit/receipt.ts';
import { EventsDiffer, proofOf } from '../../domain/audit/receipt-proof.ts';
import { runOf } from '../../domain/audit/run-account.ts';
import { pricesFile } from '../../infra/policy/documents.ts';
import { CommandFailure, EXIT, usageFailure } from '../failure.ts';
import { batchesIn } from '../log/batches.ts';
import { copiedTree } from './copied-tree.ts';

export interface CopyOptions {
  /** Copy of the audit bucket, or of its `events/`, `tile/` and `checkpoint`. */
  readonly dir: string;
  /** Folder of policies that has the prices. */
  readonly root: string;
  readonly tenant: string;
}

/**
 * The receipt of a run from a copy of the bucket alone: what the API makes, but for what the log does not have.
 *
 * @throws CommandFailure with exit code 2 for a copy or prices that cannot be read, 1 when the copy does not fit together
 */
export async function receiptFromCopy(runId: string, { dir, root, tenant }: CopyOptions): Promise<Receipt> {
  const prices = pricesIn(root);
  const leaves = eventsOfRun(dir, tenant, runId);
  const events = [...leaves.keys()].sort((left, right) =>
    eventPosition(left) < eventPosition(right) ? -1 : 1,
  );
  if (events.length === 0) {
    throw usageFailure(
      `${dir} has no events of run '${runId}' of tenant '${tenant}', expected lines under events/; check --tenant and that the copy is complete`,
    );
  }
  try {
    const tree = copiedTree(dir);
    const proof = await proofOf(events, tree.origin, tree, (event) => leaves.get(event));
    return { ...accountOf(runOf(events), events, prices), proof };
  } catch (error) {
    if (error instanceof EventsDiffer) {
      throw new CommandFailure(error.message, { code: 'log_differs', exitCode: EXIT.refused });
    }
    throw error;
  }
}

/** Events with their leaves. */
function eventsOfRun(dir: string, tenant: string, runId: string): ReadonlyMap<LedgerEvent, number> {
  const found = new Map<LedgerEvent, number>();
  // most lines of a log are of other runs, and are not worth parsing
  const mark = JSON.stringify(runId);
  for (const { name, text } of batchesIn([dir])) {
    for (const [index, line] of text.split('\n').entries()) {
      if (line.includes(mark)) {
        const { [LEAF_MEMBER]: leaf, ...event } = parsedLine(line, `${name}:${index + 1}`);
        if (event.tenant === tenant && event.runId === runId) {
          found.set(event as LedgerEvent, leaf);
        }
      }
    }
  }
  return found;
}

function parsedLine(line: string, where: string): LedgerEvent & { readonly [LEAF_MEMBER]: number } {
  let parsed: (LedgerEvent & { readonly [LEAF_MEMBER]: number }) | null;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    throw usageFailure(`${where}: ${(error as Error).message}; expected one event a line`);
  }
  if (parsed?.v !== EVENT_VERSION || !Number.isSafeInteger(parsed[LEAF_MEMBER])) {
    throw usageFailure(
      `${where}: an event of version ${parsed?.v} at leaf ${parsed?.[LEAF_MEMBER]}, expected version ${EVENT_VERSION} and a number`,
    );
  }
  return parsed;
}

function pricesIn(root: string): ReceiptPrices {
  try {
    const { value, problems } = pricesFile(root);
    if (value === undefined) {
      throw usageFailure(`${root}: ${problems.join('; ')}`);
    }
    return value;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) {
      throw error;
    }
    throw usageFailure(`${root} has no prices: ${(error as Error).message}; expected a folder of policies`);
  }
}
