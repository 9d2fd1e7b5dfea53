import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { RunRef } from '../../contracts/call.ts';
import { ENV } from '../../contracts/environment.ts';
import type { LedgerEvent } from '../../contracts/events.ts';
import type { ErasePersonAnswer, ErasePersonInput } from '../../contracts/retention.ts';
import { ERASURE_PREFIX } from '../../contracts/tables.ts';
import { ledgerEvent } from '../../domain/audit/event.ts';
import { DIGEST_KEY_BYTES, keyedDigest } from '../../domain/audit/keyed-digest.ts';
import { erasureRefusal, NOTHING_ERASED, notErasable } from '../../domain/retention/erasure.ts';
import { type Clock, timestamp } from '../../domain/time.ts';
import { transact } from '../adapters/dynamodb.ts';
import * as erasures from '../adapters/erasures.ts';
import { appendEvent } from '../adapters/events.ts';
import {
  approvalKeys,
  deleteItem,
  deleteVersions,
  eventItems,
  provenanceItems,
  transcriptVersions,
  warrantItems,
} from '../adapters/run-data.ts';
import { type RunRecord, readRun } from '../adapters/runs.ts';
import { unknownWarrants } from '../adapters/warrants.ts';

export interface ErasureDependencies {
  readonly client: DynamoDBDocumentClient;
  readonly s3: S3Client;
  readonly clock: Clock;
  readonly randomId: () => string;
  /** Base64url. */
  readonly randomKey: (bytes: number) => string;
  /** Whether another run is begun; the next request goes on with what is left. */
  readonly hasTime: () => boolean;
}

/**
 * Erases what is kept of a person's runs in a tenant, run by run: all that is short-lived or keyed, and last the keys and the name. The log
 * and the ledger's events stay. Every step is safe to repeat, and what is done is not done twice.
 *
 * @returns `refused`, with nothing erased, while a run of the person is under way or held
 * @throws when something could not be erased; asked again it goes on there
 */
export async function erasePerson(
  input: ErasePersonInput,
  dependencies: ErasureDependencies,
): Promise<ErasePersonAnswer> {
  const { client, hasTime } = dependencies;
  const { tenant, userId } = input;
  const [found, before] = await Promise.all([
    erasures.runsOfPerson(client, input),
    erasures.readErasure(client, input),
  ]);
  const { runs, inTheWay } = await erasableRuns(found, input, client);
  if (runs.length === 0 && before === undefined) {
    const message = `tenant '${tenant}' has no run of '${userId}' whose data is there, expected the id that runs were started with`;
    return { refused: { code: 'unknown_person', message } };
  }
  if (inTheWay.length > 0) {
    return { refused: erasureRefusal(inTheWay) };
  }
  await begun(before, input, dependencies);
  let left = runs.length;
  for (const run of runs) {
    // one at least, so that asking again always comes to an end
    if (left < runs.length && !hasTime()) {
      break;
    }
    const refusal = await eraseRun(run, input, dependencies);
    if (refusal !== undefined) {
      return { refused: erasureRefusal([refusal]) };
    }
    left -= 1;
  }
  return answered(input, left, dependencies);
}

const READ_AT_ONCE = 25;

async function erasableRuns(
  found: readonly RunRef[],
  { tenant, userId }: ErasePersonInput,
  client: DynamoDBDocumentClient,
): Promise<{ readonly runs: readonly RunRecord[]; readonly inTheWay: readonly string[] }> {
  const unknown = (await unknownWarrants(client, tenant)).map(({ runId }) => runId);
  const runs: RunRecord[] = [];
  for (let from = 0; from < found.length; from += READ_AT_ONCE) {
    const read = await Promise.all(found.slice(from, from + READ_AT_ONCE).map((run) => readRun(client, run)));
    // the index may not have heard yet of a run that was erased a moment ago
    runs.push(...read.filter((run) => run?.user.id === userId).filter((run) => run !== undefined));
  }
  return { runs, inTheWay: runs.flatMap((run) => notErasable(run, unknown) ?? []) };
}

/** INVARIANT: before anything goes it is on record that it is to go, by whom and why. */
async function begun(
  before: erasures.ErasureRecord | undefined,
  { by, note, ...person }: ErasePersonInput,
  { client, clock, randomId, randomKey }: ErasureDependencies,
): Promise<void> {
  if (before !== undefined) {
    return;
  }
  try {
    await erasures.putErasure(client, person, {
      ...NOTHING_ERASED,
      erasureId: `${ERASURE_PREFIX}${randomId()}`,
      startedAt: timestamp(clock),
      // nobody keeps the key, so nobody can tell by this who it was
      person: keyedDigest(randomKey(DIGEST_KEY_BYTES), person.userId),
      ...{ by, note },
    });
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) {
      throw error;
    }
  }
}

/** @returns why nothing of it was erased; undefined when it was */
async function eraseRun(
  run: RunRecord,
  person: ErasePersonInput,
  { client, s3, clock }: ErasureDependencies,
): Promise<string | undefined> {
  const [items, warrants, versions] = await Promise.all([
    eventItems(client, run),
    warrantItems(client, run),
    transcriptVersions(s3, run),
  ]);
  const underWay = warrants.find(({ item }) => item.state === 'authorized' || item.state === 'executing');
  if (underWay !== undefined) {
    return `${run.runId} has call ${underWay.item.callId} under way`;
  }
  const events = items.map(({ item }) => item.event as LedgerEvent);
  const approvals = approvalKeys(run, events);
  const names = await provenanceItems(client, run, events);
  const transcripts = versions.filter(({ isMarker }) => !isMarker).length;
  const there = {
    runs: 1,
    transcripts,
    names: names.length,
    calls: warrants.length,
    approvals: approvals.length,
  };
  let counts = there;
  try {
    counts = { ...there, ...(await erasures.beginErasing(client, run, person.userId, there)) };
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) {
      return `${run.runId} was held or changed a moment ago`;
    }
    throw error;
  }
  await deleteVersions(s3, versions);
  for (const { table, key } of [...names, ...warrants]) {
    await deleteItem(client, table, key);
  }
  for (const key of approvals) {
    await deleteItem(client, ENV.approvalsTable, key);
  }
  await transact(client, erasures.endErasing(run, person, counts, timestamp(clock)));
  return undefined;
}

async function answered(
  person: ErasePersonInput,
  runsLeft: number,
  { client, clock }: ErasureDependencies,
): Promise<ErasePersonAnswer> {
  const record = await erasures.readErasure(client, person);
  if (record === undefined) {
    const message = 'somebody else has finished this erasure, its event is in the log';
    return { refused: { code: 'erased_already', message } };
  }
  const { erasureId, by, note, runs, transcripts, names, calls, approvals } = record;
  const counts = { runs, transcripts, names, calls, approvals };
  if (runsLeft === 0) {
    const source = { tenant: person.tenant, runId: erasureId, workflow: PLATFORM, agent: PLATFORM };
    const body = { type: 'person.erased', person: record.person, by, note, ...counts } as const;
    await transact(client, {
      erasure: erasures.endErasure(person, record),
      event: appendEvent(ledgerEvent(source, 'person/erased', timestamp(clock), body)),
    });
  }
  return { erasureId, finished: runsLeft === 0, runsLeft, ...counts };
}

/** Whose event it is: no workflow's. */
const PLATFORM = 'countersign';
