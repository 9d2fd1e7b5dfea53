import {
  IdempotentParameterMismatchException,
  TransactionCanceledException,
  TransactionInProgressException,
} from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, type TransactWriteCommandOutput } from '@aws-sdk/lib-dynamodb';
import { documentKey, FIRST_VERSION, SHOP_PARTITION_KEY } from '../../../contracts/shop.ts';
import type { ToolContext } from '../../../domain/tool/handler.ts';
import {
  itemBytes,
  READ_UNIT_MICRO_DOLLARS,
  transactionWriteUnits,
  WRITE_UNIT_MICRO_DOLLARS,
} from './costs.ts';
import type { Store, Stored } from './store.ts';

type Document = Readonly<Record<string, unknown>>;

/** One document to write, unless somebody else has written it since it was read. */
export interface Write {
  /** What the effect of the write is called, as `kind/id`. */
  readonly kind: string;
  readonly tableName: string;
  readonly id: string;
  /** Undefined for a document that must not be there yet. */
  readonly before: Stored<Document> | undefined;
  readonly document: Document;
  /** Keys of the table's indexes. @default none */
  readonly indexKeys?: Readonly<Record<string, string>>;
}

/**
 * `conflict`: nothing was written, because one of the documents has changed or is being changed. `repeated`: nothing
 * was written, because an earlier attempt at the call has used its token, with documents as they were then.
 */
export type WriteOutcome = 'written' | 'conflict' | 'repeated';

/** INVARIANT: a document is replaced only if it is still the one that the new one was computed from. */
const UNCHANGED = '#version = :expectedVersion';

/** INVARIANT: of two who create a document one does. */
const ABSENT = 'attribute_not_exists(#version)';

/** Why DynamoDB cancels a transaction that may succeed on newer documents. */
const CONFLICT_CODES: readonly unknown[] = ['ConditionalCheckFailed', 'TransactionConflict'];
const NO_REASON = 'None';

/**
 * Writes all of the documents or none.
 *
 * @param token - makes DynamoDB itself answer a repeated request without writing again; for one set of documents only
 * @throws what DynamoDB answers besides a conflict; whether the documents were written is then unknown
 */
export async function writeTogether(
  store: Store,
  writes: readonly Write[],
  token: string | undefined,
): Promise<WriteOutcome> {
  const { client, context } = store;
  const updates = writes.map((write) => update(write, context));
  const estimatedUnits = updates.reduce(
    (sum, { Key, ExpressionAttributeValues }) =>
      sum + transactionWriteUnits(itemBytes({ ...Key, ...ExpressionAttributeValues })),
    0,
  );
  const command = new TransactWriteCommand({
    TransactItems: updates.map((each) => ({ Update: each })),
    ...(token !== undefined && { ClientRequestToken: token }),
    ReturnConsumedCapacity: 'TOTAL',
  });
  try {
    const answer = await client.send(command, { abortSignal: context.signal });
    context.recordCost(transactionCost(answer, estimatedUnits));
    return 'written';
  } catch (error) {
    if (error instanceof IdempotentParameterMismatchException) {
      return 'repeated';
    }
    if (!isConflict(error)) {
      throw error;
    }
    // a cancelled transaction is charged like a written one, and says nothing of its capacity
    context.recordCost(estimatedUnits * WRITE_UNIT_MICRO_DOLLARS);
    return 'conflict';
  }
}

function update({ tableName, id, before, document, indexKeys }: Write, context: ToolContext) {
  const { tenant, runId, callId, idempotencyKey } = context;
  const attributes: Record<string, unknown> = {
    document,
    version: before === undefined ? FIRST_VERSION : before.version + 1,
    lastCall: { runId, callId, idempotencyKey },
    ...indexKeys,
  };
  const names = Object.keys(attributes);
  return {
    TableName: tableName,
    Key: { [SHOP_PARTITION_KEY]: documentKey(tenant, id) },
    UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
    ConditionExpression: before === undefined ? ABSENT : UNCHANGED,
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ...Object.fromEntries(names.map((name) => [`:${name}`, attributes[name]])),
      ...(before === undefined ? {} : { ':expectedVersion': before.version }),
    },
  };
}

/** Micro-dollars. A request that DynamoDB knew by its token already is charged as reads. */
function transactionCost(answer: TransactWriteCommandOutput, estimatedUnits: number): number {
  if (answer.ConsumedCapacity === undefined) {
    return estimatedUnits * WRITE_UNIT_MICRO_DOLLARS;
  }
  return answer.ConsumedCapacity.reduce((sum, { CapacityUnits = 0, ReadCapacityUnits = 0 }) => {
    const writeUnits = CapacityUnits - ReadCapacityUnits;
    return sum + ReadCapacityUnits * READ_UNIT_MICRO_DOLLARS + writeUnits * WRITE_UNIT_MICRO_DOLLARS;
  }, 0);
}

function isConflict(error: unknown): boolean {
  if (error instanceof TransactionInProgressException) {
    return true;
  }
  if (!(error instanceof TransactionCanceledException)) {
    return false;
  }
  const codes = (error.CancellationReasons ?? [])
    .map((reason) => reason.Code)
    .filter((code) => code !== NO_REASON);
  return codes.length > 0 && codes.every((code) => CONFLICT_CODES.includes(code));
}
