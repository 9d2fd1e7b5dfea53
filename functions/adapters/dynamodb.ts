import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  paginateQuery,
  type QueryCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { traced } from '../runtime/step.ts';

export type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** All items of a query, however many pages they come in. */
export async function queryAll(
  client: DynamoDBDocumentClient,
  query: QueryCommandInput,
): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  for await (const page of paginateQuery({ client }, query)) {
    items.push(...(page.Items ?? []));
  }
  return items;
}

export function dynamoDb(): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(traced(new DynamoDBClient({})), {
    marshallOptions: { removeUndefinedValues: true },
  });
}

/** Which parts of a transaction were refused because their condition did not hold. */
export class ConditionsFailed extends Error {
  override readonly name = 'ConditionsFailed';
  readonly parts: readonly string[];

  constructor(parts: readonly string[]) {
    super(`conditions failed: ${parts.join(', ')}`);
    this.parts = parts;
  }
}

/** Another transaction holds one of the items for a moment; these are few and short, so a few tries are plenty. */
const CONFLICT_TRIES = 8;
/** Of the first wait at most; each is anything up to its own most, so that those that collided do not collide again. */
const CONFLICT_DELAY_MILLISECONDS = 40;

/**
 * All of it or nothing.
 *
 * @param parts - the writes, each under a name that `ConditionsFailed` uses
 * @param random - at least 0, less than 1
 * @throws ConditionsFailed when a condition does not hold; repeated by the caller only after looking again
 */
export async function transact(
  client: DynamoDBDocumentClient,
  parts: Readonly<Record<string, TransactItem | undefined>>,
  random: () => number = Math.random,
): Promise<void> {
  const present = Object.entries(parts).filter(
    (part): part is [string, TransactItem] => part[1] !== undefined,
  );
  const command = new TransactWriteCommand({ TransactItems: present.map(([, item]) => item) });
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.send(command);
      return;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) {
        throw error;
      }
      const codes = error.CancellationReasons?.map(({ Code }) => Code ?? 'None') ?? [];
      const failed = present
        .map(([name]) => name)
        .filter((_, index) => codes[index] === 'ConditionalCheckFailed');
      if (failed.length > 0) {
        throw new ConditionsFailed(failed);
      }
      if (!codes.includes('TransactionConflict') || attempt === CONFLICT_TRIES) {
        throw error;
      }
      await new Promise((resume) => setTimeout(resume, CONFLICT_DELAY_MILLISECONDS * attempt * random()));
    }
  }
}
