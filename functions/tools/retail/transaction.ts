import {
  IdempotentParameterMismatchException,
  TransactionCanceledException,
  TransactionInProgressException,
} from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, type TransactWriteCommandOutput } from '@aws-sdk/lib-dynamodb';
import {
  CUSTOMERS_BY_EMAIL,
  CUSTOMERS_BY_NAME_ZIP,
  documentKey,
  emailKey,
  nameZipKey,
  SHOP_PARTITION_KEY,
} from '../../../contracts/shop.ts';
import type { ToolContext } from '../../../domain/tool/handler.ts';
import {
  itemBytes,
  READ_UNIT_MICRO_DOLLARS,
  transactionWriteUnits,
  WRITE_UNIT_MICRO_DOLLARS,
} from './capacity.ts';
import type { Customer, Order } from './documents.ts';
import { type Store, type Stored, tableName } from './store.ts';

/** One document to replace, unless somebody else has written it since it was read. */
export type Write =
  | { readonly table: 'orders'; readonly before: Stored<Order>; readonly document: Order }
  | { readonly table: 'customers'; readonly before: Stored<Customer>; readonly document: Customer };

/**
 * `conflict`: nothing was written, because one of the documents has changed or is being changed. `repeated`: nothing
 * was written, because an earlier attempt at the call has used its token, with documents as they were then.
 */
export type WriteOutcome = 'written' | 'conflict' | 'repeated';

/** INVARIANT: a document is replaced only if it is still the one that the new one was computed from. */
const UNCHANGED = '#version = :expectedVersion';

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

export function documentIdOf(write: Write): string {
  return write.table === 'orders' ? write.document.order_id : write.document.user_id;
}

function update(write: Write, context: ToolContext) {
  const { tenant, runId, callId, idempotencyKey } = context;
  const attributes: Record<string, unknown> = {
    document: write.document,
    version: write.before.version + 1,
    lastCall: { runId, callId, idempotencyKey },
    ...(write.table === 'customers' && indexKeys(tenant, write.document)),
  };
  const names = Object.keys(attributes);
  return {
    TableName: tableName(write.table),
    Key: { [SHOP_PARTITION_KEY]: documentKey(tenant, documentIdOf(write)) },
    UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
    ConditionExpression: UNCHANGED,
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ...Object.fromEntries(names.map((name) => [`:${name}`, attributes[name]])),
      ':expectedVersion': write.before.version,
    },
  };
}

/** Keys under which a customer is found; they follow the document, because a new address has a new zip code. */
export function indexKeys(tenant: string, { email, name, address }: Customer): Record<string, string> {
  return {
    [CUSTOMERS_BY_EMAIL.partitionKey]: emailKey(tenant, email),
    [CUSTOMERS_BY_NAME_ZIP.partitionKey]: nameZipKey(tenant, name.first_name, name.last_name, address.zip),
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
