import type { S3Client } from '@aws-sdk/client-s3';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { RunRef } from '../../contracts/call.ts';
import type { LedgerEvent } from '../../contracts/events.ts';
import type { HoldRunAnswer, HoldRunInput } from '../../contracts/retention.ts';
import { ledgerEvent } from '../../domain/audit/event.ts';
import { type Clock, timestamp } from '../../domain/time.ts';
import { ConditionsFailed, transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import * as holds from '../adapters/holds.ts';
import { eventItems, provenanceItems, transcriptVersions, warrantItems } from '../adapters/run-data.ts';
import { type RunRecord, readRun } from '../adapters/runs.ts';

export interface HoldDependencies {
  readonly client: DynamoDBDocumentClient;
  readonly s3: S3Client;
  readonly clock: Clock;
}

const RECORDING_TRIES = 3;

/**
 * Holds a run's data, or releases it: on record first, then object by object and item by item. Asked again for what is so already it
 * records nothing, and does whatever was left undone.
 */
export async function holdRun(input: HoldRunInput, dependencies: HoldDependencies): Promise<HoldRunAnswer> {
  const { client } = dependencies;
  const { tenant, runId, hold } = input;
  for (let attempt = 1; ; attempt += 1) {
    const run = await readRun(client, input);
    if (run === undefined) {
      return refused('unknown_run', `tenant '${tenant}' has no run '${runId}'`);
    }
    if (hold && (run.erasing !== undefined || run.erasedAt !== undefined)) {
      return refused('erased', `the data of run '${runId}' was erased, there is nothing to hold`);
    }
    if (!hold && run.holds === undefined) {
      return refused('not_held', `run '${runId}' was never held`);
    }
    if ((run.heldSince !== undefined) !== hold) {
      try {
        await record(run, input, dependencies);
      } catch (error) {
        if (!(error instanceof ConditionsFailed) || attempt === RECORDING_TRIES) {
          throw error;
        }
        continue;
      }
    }
    await carryOut(input, dependencies);
    return { held: hold };
  }
}

function refused(code: string, message: string): HoldRunAnswer {
  return { refused: { code, message } };
}

async function record(
  run: RunRecord,
  { by, note, hold }: HoldRunInput,
  { client, clock }: HoldDependencies,
): Promise<void> {
  const at = timestamp(clock);
  const body = { type: hold ? 'run.held' : 'run.released', by, note } as const;
  await transact(client, {
    run: holds.setHold(run, hold, at),
    event: appendEvent(ledgerEvent(run, `hold/${(run.holds ?? 0) + 1}`, at, body)),
  });
}

const AT_ONCE = 25;

/**
 * Does what is on record as to be done. A run that goes on is looked at again later, since it may write more: transcripts live for a day
 * at least, and this is done every hour.
 */
export async function carryOut(run: RunRef, { client, s3 }: HoldDependencies): Promise<void> {
  const record = await readRun(client, run);
  if (record?.holdWork === undefined) {
    return;
  }
  let hold = record.heldSince !== undefined;
  for (;;) {
    await carryOutOnce(record, hold, { client, s3 });
    // INVARIANT: of two that do the opposite at once, whichever is later leaves it as it is on record
    const isHeld = (await readRun(client, run))?.heldSince !== undefined;
    if (isHeld === hold) {
      break;
    }
    hold = isHeld;
  }
  // INVARIANT: as it was before anything was listed; what a run has written since is held the next time
  const isOver = record.status === 'closed' && record.unfinishedShard === undefined;
  if (!hold || isOver) {
    await holds.endHoldWork(client, run, hold ? 'hold' : 'release');
  }
}

async function carryOutOnce(
  run: RunRecord,
  hold: boolean,
  { client, s3 }: Pick<HoldDependencies, 'client' | 's3'>,
): Promise<void> {
  const events = await eventItems(client, run);
  const [warrants, names, versions] = await Promise.all([
    warrantItems(client, run),
    provenanceItems(
      client,
      run,
      events.map(({ item }) => item.event as LedgerEvent),
    ),
    transcriptVersions(s3, run),
  ]);
  const work = [
    ...versions.filter(({ isMarker }) => !isMarker).map((each) => () => holds.holdVersion(s3, each, hold)),
    ...[...events, ...warrants, ...names].map((each) => () => holds.holdItem(client, each, hold)),
  ];
  for (let from = 0; from < work.length; from += AT_ONCE) {
    await Promise.all(work.slice(from, from + AT_ONCE).map((each) => each()));
  }
}
