import { createHash } from 'node:crypto';
import { LOG_KEYS } from '../../contracts/log.ts';
import { linesOfBatch } from './batches.ts';
import type { Findings } from './findings.ts';
import type { Head } from './head.ts';
import { batchNameIn, endOfTile, numberIn, policiesDigestIn, roundName } from './object-names.ts';
import type { Objects } from './objects.ts';
import type { SeenEvents } from './seen-events.ts';
import type { ListedObject } from './store.ts';

/** A batch that is older than the newest in the log by more than this waits no more: somebody is called when any waits that long. */
const MOST_WAIT_MILLISECONDS = 600_000;

interface Inventory {
  readonly objects: Objects;
  readonly head: Head;
  readonly seen: SeenEvents;
  /** Time of the newest batch that is in the log. */
  readonly newestBatchAt: string;
  readonly findings: Pick<Findings, 'problem' | 'note'>;
}

/**
 * Looks at everything that is in the bucket, and names what the log does not ask for.
 *
 * @returns how many objects there are
 */
export async function inventory(of: Inventory): Promise<number> {
  const { objects, head, findings } = of;
  const isUnderWay = (await objects.store.get(roundName(head.size))) !== undefined;
  let count = 0;
  let growth = 0;
  for await (const listed of objects.store.list('')) {
    const { name } = listed;
    count += 1;
    checkVersions(listed, findings);
    if (objects.expected.get(name) !== undefined) {
      continue;
    }
    if (batchNameIn(name) !== undefined) {
      await checkStray(listed, of);
      continue;
    }
    const policies = policiesDigestIn(name);
    if (policies !== undefined) {
      await checkPolicies(name, policies, of);
      continue;
    }
    const end = endOf(name);
    const isYounger = listed.modifiedAtMilliseconds >= head.modifiedAtMilliseconds;
    if (end === undefined) {
      findings.problem('object_unknown', `${name} is nothing that a log has`, { object: name });
    } else if (end > head.size && isUnderWay && isYounger) {
      growth += 1;
    } else {
      findings.problem('object_surplus', `nothing up to ${head.size} entries asks for it`, { object: name });
    }
  }
  if (growth > 0) {
    const message = `${growth} objects are of a round under way, or of rounds after the checkpoint`;
    findings.note('growth', message, { object: roundName(head.size) });
  }
  return count;
}

/** Size of the log that an object is of at least; undefined when it is none of a log. */
function endOf(name: string): number | undefined {
  const checkpoint = numberIn('checkpoints', name);
  const from = numberIn('rounds', name) ?? numberIn('events', name);
  return checkpoint ?? (from === undefined ? endOfTile(name) : from + 1);
}

function checkVersions({ name, versions }: ListedObject, { problem }: Inventory['findings']): void {
  const { objects = 1, deleteMarkers = 0 } = versions ?? {};
  if (objects > 1 && name !== LOG_KEYS.checkpoint) {
    problem('object_overwritten', `it has ${objects} versions`, { object: name });
  }
  if (deleteMarkers > 0) {
    problem('object_deleted', `it has ${deleteMarkers} delete markers`, { object: name });
  }
}

/** Kept policies are no part of the tree: their name proves them, since decisions that are in it have the same digest. */
async function checkPolicies(
  name: string,
  digest: string,
  { objects, findings }: Pick<Inventory, 'objects' | 'findings'>,
): Promise<void> {
  const found = await objects.read(name);
  const is = createHash('sha256')
    .update(found?.bytes ?? '')
    .digest('hex');
  if (found !== undefined && is !== digest) {
    findings.problem('policies_differ', `their digest is ${is}`, { object: name });
  }
}

/** A batch in no round: all of it is in the log already, or it waits, or somebody has kept its events out. */
async function checkStray(
  { name, modifiedAtMilliseconds }: ListedObject,
  { objects, head, seen, newestBatchAt, findings }: Inventory,
): Promise<void> {
  const found = await objects.read(name);
  const lines = found && linesOfBatch(name, found.bytes, findings);
  const missing = (lines ?? [])
    .map(({ text, index }) => ({ index, inLog: seen.find(text) }))
    .filter(({ inLog }) => inLog !== 'it');
  const at = Date.parse(batchNameIn(name)?.at ?? '');
  const newest = newestBatchAt === '' ? 0 : Date.parse(newestBatchAt);
  const mayWait =
    modifiedAtMilliseconds >= head.modifiedAtMilliseconds || at >= newest - MOST_WAIT_MILLISECONDS;
  // another event of the same name than is in the log never becomes an entry
  const outside = missing.filter(({ inLog }) => inLog === 'another' || !mayWait);
  for (const { index } of outside) {
    findings.problem('event_outside_log', 'no round has made it an entry', { object: name, line: index + 1 });
  }
  if (missing.length > outside.length) {
    const message = `${missing.length - outside.length} events wait`;
    findings.note('batch_pending', message, { object: name });
  }
}
