import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { RunRef } from '../../contracts/call.ts';
import { ENV } from '../../contracts/environment.ts';
import type { ErasedCounts } from '../../contracts/retention.ts';
import { erasureKey, personKey, RUNS, runOfKey } from '../../contracts/tables.ts';
import { NOBODY } from '../../domain/retention/erasure.ts';
import { environment } from '../runtime/environment.ts';
import { queryAll, type TransactItem } from './dynamodb.ts';
import { keyOf, type RunRecord } from './runs.ts';

/**
 * An erasure under way: the last thing in the ledger that knows whom it is about. It is deleted in the transaction with the event that
 * says that all is gone.
 */
export interface ErasureRecord extends ErasedCounts {
  readonly erasureId: string;
  readonly startedAt: string;
  /** Keyed digest of the person's id. */
  readonly person: string;
  readonly by: string;
  readonly note: string;
}

export interface PersonRef {
  readonly tenant: string;
  readonly userId: string;
}

const { personIndex, holdIndex, unfinishedIndex } = RUNS;

/** Runs of a person whose data was not erased, oldest first; eventually consistent. */
export async function runsOfPerson(
  client: DynamoDBDocumentClient,
  { tenant, userId }: PersonRef,
): Promise<RunRef[]> {
  const items = await queryAll(client, {
    TableName: environment(ENV.runsTable),
    IndexName: personIndex.name,
    KeyConditionExpression: '#person = :person',
    ExpressionAttributeNames: { '#person': personIndex.partitionKey },
    ExpressionAttributeValues: { ':person': personKey(tenant, userId) },
  });
  return items.map((item) => runOfKey(String(item[RUNS.partitionKey])));
}

export async function readErasure(
  client: DynamoDBDocumentClient,
  person: PersonRef,
): Promise<ErasureRecord | undefined> {
  const { Item } = await client.send(
    new GetCommand({
      TableName: environment(ENV.runsTable),
      Key: erasureItemKey(person),
      ConsistentRead: true,
    }),
  );
  return Item as ErasureRecord | undefined;
}

/** @throws ConditionalCheckFailedException when somebody else was quicker */
export async function putErasure(
  client: DynamoDBDocumentClient,
  person: PersonRef,
  record: ErasureRecord,
): Promise<void> {
  await client.send(
    new PutCommand({
      TableName: environment(ENV.runsTable),
      Item: { ...erasureItemKey(person), ...record },
      ConditionExpression: 'attribute_not_exists(#run)',
      ExpressionAttributeNames: { '#run': RUNS.partitionKey },
    }),
  );
}

/** INVARIANT: what is held is not erased, and what is being erased cannot be held any more. */
const NOTHING_HOLDS_IT = 'attribute_not_exists(heldSince) AND attribute_not_exists(#work)';
const NOTHING_IS_UNDER_WAY = '#status = :closed AND attribute_not_exists(#unfinished)';
const IS_THEIRS = '#person = :person';

/**
 * Says that the run's data is about to go, and what there is of it: a try that is broken off and repeated finds less.
 *
 * @returns what there was when it was first said
 * @throws ConditionalCheckFailedException when the run was held, or something of it is under way
 */
export async function beginErasing(
  client: DynamoDBDocumentClient,
  run: RunRef,
  userId: string,
  counts: ErasedCounts,
): Promise<ErasedCounts> {
  const { Attributes } = await client.send(
    new UpdateCommand({ ...beginErasingUpdate(run, userId, counts), ReturnValues: 'UPDATED_NEW' }),
  );
  return Attributes?.erasing as ErasedCounts;
}

export function beginErasingUpdate(run: RunRef, userId: string, counts: ErasedCounts) {
  return {
    TableName: environment(ENV.runsTable),
    Key: keyOf(run),
    UpdateExpression: 'SET erasing = if_not_exists(erasing, :counts)',
    ConditionExpression: [NOTHING_HOLDS_IT, NOTHING_IS_UNDER_WAY, IS_THEIRS].join(' AND '),
    ExpressionAttributeNames: {
      ...{ '#status': 'status', '#work': holdIndex.partitionKey },
      ...{ '#unfinished': unfinishedIndex.partitionKey, '#person': personIndex.partitionKey },
    },
    ExpressionAttributeValues: {
      ...{ ':counts': counts, ':closed': 'closed', ':person': personKey(run.tenant, userId) },
    },
  };
}

/**
 * Parts of a transaction: nobody's run from now on, and what has gone of it is counted, once.
 *
 * INVARIANT: the keys go last and with the name, so a run without them is one of which nothing else is left.
 */
export function endErasing(
  run: Pick<RunRecord, 'tenant' | 'runId'>,
  person: PersonRef,
  counts: ErasedCounts,
  at: string,
): Record<string, TransactItem> {
  const TableName = environment(ENV.runsTable);
  const members = Object.entries(counts);
  return {
    run: {
      Update: {
        TableName,
        Key: keyOf(run),
        UpdateExpression:
          'SET #user = :nobody, erasedAt = :at REMOVE #person, erasing, digestKey, provenanceKey, startedBy, asking',
        ConditionExpression: `attribute_exists(erasing) AND ${IS_THEIRS}`,
        ExpressionAttributeNames: { '#user': 'user', '#person': personIndex.partitionKey },
        ExpressionAttributeValues: {
          ...{ ':nobody': NOBODY, ':at': at, ':person': personKey(person.tenant, person.userId) },
        },
      },
    },
    erasure: {
      Update: {
        TableName,
        Key: erasureItemKey(person),
        UpdateExpression: `ADD ${members.map(([name]) => `#${name} :${name}`).join(', ')}`,
        ConditionExpression: 'attribute_exists(erasureId)',
        ExpressionAttributeNames: Object.fromEntries(members.map(([name]) => [`#${name}`, name])),
        ExpressionAttributeValues: Object.fromEntries(members.map(([name, value]) => [`:${name}`, value])),
      },
    },
  };
}

/** In the transaction with the event: whom it was about is known to nothing any more. */
export function endErasure(person: PersonRef, { erasureId, runs }: ErasureRecord): TransactItem {
  return {
    Delete: {
      TableName: environment(ENV.runsTable),
      Key: erasureItemKey(person),
      ConditionExpression: 'erasureId = :id AND runs = :runs',
      ExpressionAttributeValues: { ':id': erasureId, ':runs': runs },
    },
  };
}

function erasureItemKey({ tenant, userId }: PersonRef): Record<string, string> {
  return { [RUNS.partitionKey]: erasureKey(tenant, userId) };
}
