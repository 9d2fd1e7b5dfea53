import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutObjectLegalHoldCommand, type S3Client } from '@aws-sdk/client-s3';
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { RunRef } from '../../contracts/call.ts';
import { ENV } from '../../contracts/environment.ts';
import { HELD_TIME_TO_LIVE, HOLD_WORK, RUNS, runOfKey, WARRANTS } from '../../contracts/tables.ts';
import { environment } from '../runtime/environment.ts';
import { queryAll, type TransactItem } from './dynamodb.ts';
import type { LedgerItem, TranscriptVersion } from './run-data.ts';
import { keyOf, type RunRecord } from './runs.ts';

const { holdIndex } = RUNS;

/** INVARIANT: what is being erased cannot be held any more. */
const NOTHING_ERASES_IT = 'attribute_not_exists(erasing)';

/** In the transaction with its event, once. @param at - ISO 8601 UTC */
export function setHold(run: RunRecord, hold: boolean, at: string): TransactItem {
  return {
    Update: {
      TableName: environment(ENV.runsTable),
      Key: keyOf(run),
      UpdateExpression: `SET #work = :work${hold ? ', heldSince = :at' : ''} ADD holds :one${hold ? '' : ' REMOVE heldSince'}`,
      ConditionExpression: hold
        ? `attribute_not_exists(heldSince) AND attribute_exists(#run) AND ${NOTHING_ERASES_IT}`
        : 'attribute_exists(heldSince)',
      ExpressionAttributeNames: {
        '#work': holdIndex.partitionKey,
        ...(hold ? { '#run': RUNS.partitionKey } : {}),
      },
      ExpressionAttributeValues: {
        ...{ ':work': hold ? 'hold' : 'release', ':one': 1 },
        ...(hold ? { ':at': at } : {}),
      },
    },
  };
}

/** All of it was done, unless somebody has wanted the opposite meanwhile. */
export async function endHoldWork(
  client: DynamoDBDocumentClient,
  run: RunRef,
  work: (typeof HOLD_WORK)[number],
): Promise<void> {
  await unlessConditionFailed(client.send(new UpdateCommand(endHoldWorkUpdate(run, work))));
}

export function endHoldWorkUpdate(run: RunRef, work: (typeof HOLD_WORK)[number]) {
  return {
    TableName: environment(ENV.runsTable),
    Key: keyOf(run),
    UpdateExpression: 'REMOVE #work',
    ConditionExpression: '#work = :work',
    ExpressionAttributeNames: { '#work': holdIndex.partitionKey },
    ExpressionAttributeValues: { ':work': work },
  };
}

/** Runs of which something is still to be held or released. Eventually consistent. */
export async function runsWithHoldWork(client: DynamoDBDocumentClient): Promise<RunRef[]> {
  const found = await Promise.all(
    HOLD_WORK.map((work) =>
      queryAll(client, {
        TableName: environment(ENV.runsTable),
        IndexName: holdIndex.name,
        KeyConditionExpression: '#work = :work',
        ExpressionAttributeNames: { '#work': holdIndex.partitionKey },
        ExpressionAttributeValues: { ':work': work },
      }),
    ),
  );
  return found.flat().map((item) => runOfKey(String(item[RUNS.partitionKey])));
}

/** S3 lets nobody delete a version under legal hold, its own lifecycle included. */
export async function holdVersion(
  s3: S3Client,
  { identifier: { Key, VersionId } }: TranscriptVersion,
  hold: boolean,
): Promise<void> {
  await s3.send(
    new PutObjectLegalHoldCommand({
      ...{ Bucket: environment(ENV.transcriptsBucket), Key, VersionId },
      LegalHold: { Status: hold ? 'ON' : 'OFF' },
    }),
  );
}

/** Takes the item's time to live away, or gives it back as it was. */
export async function holdItem(
  client: DynamoDBDocumentClient,
  { table, key, item }: LedgerItem,
  hold: boolean,
): Promise<void> {
  const [from, to] = hold ? [TIME_TO_LIVE, HELD_TIME_TO_LIVE] : [HELD_TIME_TO_LIVE, TIME_TO_LIVE];
  if (item[from] === undefined) {
    return;
  }
  // INVARIANT: a call whose outcome is unknown does not vanish before somebody has settled it
  const waits = !hold && item[WARRANTS.unknownIndex.partitionKey] !== undefined;
  await unlessConditionFailed(
    client.send(
      new UpdateCommand({
        TableName: environment(table),
        Key: key,
        UpdateExpression: waits ? 'REMOVE #from' : 'SET #to = #from REMOVE #from',
        ConditionExpression: 'attribute_exists(#from)',
        ExpressionAttributeNames: waits ? { '#from': from } : { '#from': from, '#to': to },
      }),
    ),
  );
}

/** The same in every table of which items are held. */
const TIME_TO_LIVE = WARRANTS.timeToLive;

async function unlessConditionFailed(sent: Promise<unknown>): Promise<void> {
  try {
    await sent;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) {
      throw error;
    }
  }
}
