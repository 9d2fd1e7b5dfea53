import { type AttributeValue, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { ENV } from '../../contracts/environment.ts';
import { BUDGETS } from '../../contracts/tables.ts';
import { environment } from '../../functions/runtime/environment.ts';

/** A counter that had no room for what was to be taken, exactly as the transaction saw it that failed. Micro-dollars. */
export interface NoRoom {
  /** `<tenantDay>/<scope>`. */
  readonly counter: string;
  readonly committed: number;
  readonly taking: number;
  readonly cap: number;
}

/** Partition keys of marks, which stand in the counters' own stream and so in the order of their images. */
export const REFUSALS = 'bench#refusals';
export const CAPS = 'bench#caps';

/** A refusal, in the stream at or after the instant at which the day had no room. */
export interface RefusalMark {
  readonly runId: string;
  readonly callId: string;
  readonly without: readonly NoRoom[];
}

export interface WatchedLeases {
  readonly client: DynamoDBDocumentClient;
  /** Of the last transaction that found no room. */
  readonly without: () => readonly NoRoom[];
}

/** A client that hands on all it is sent, and keeps what counters held when a transaction failed at them. */
export function watchedLeases(client: DynamoDBDocumentClient): WatchedLeases {
  let without: readonly NoRoom[] = [];
  const send = async (command: { readonly input: object }) => {
    if (!(command instanceof TransactWriteCommand)) {
      return client.send(command as never);
    }
    const { input } = command;
    const TransactItems = input.TransactItems?.map((item) =>
      item.Update?.TableName === environment(ENV.budgetsTable)
        ? { Update: { ...item.Update, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const } }
        : item,
    );
    try {
      return await client.send(new TransactWriteCommand({ ...input, TransactItems }));
    } catch (error) {
      if (error instanceof TransactionCanceledException) {
        without = (error.CancellationReasons ?? []).flatMap(({ Code, Item }, index) =>
          Code === 'ConditionalCheckFailed' ? noRoom(TransactItems?.[index]?.Update, Item) : [],
        );
      }
      throw error;
    }
  };
  return {
    without: () => without,
    client: new Proxy(client, {
      get: (target, name) => (name === 'send' ? send : Reflect.get(target, name)),
    }),
  };
}

type Update = NonNullable<NonNullable<TransactWriteCommand['input']['TransactItems']>[number]['Update']>;

function noRoom(update: Update | undefined, item: Record<string, AttributeValue> | undefined): NoRoom[] {
  if (update?.TableName !== environment(ENV.budgetsTable)) {
    return [];
  }
  const { ':committed': taking, ':room': room } = update.ExpressionAttributeValues ?? {};
  const { committedMicroDollars: committed = 0 } = item === undefined ? {} : unmarshall(item);
  const counter = counterName(update.Key ?? {});
  return [{ counter, committed, taking: Number(taking), cap: Number(room) + Number(taking) }];
}

export function counterName(item: Readonly<Record<string, unknown>>): string {
  return `${item[BUDGETS.partitionKey]}/${item[BUDGETS.sortKey]}`;
}

/** Puts a mark into the stream of the counters. */
export async function mark(
  client: DynamoDBDocumentClient,
  kind: typeof REFUSALS | typeof CAPS,
  id: string,
  content: object,
): Promise<void> {
  const Item = { [BUDGETS.partitionKey]: kind, [BUDGETS.sortKey]: id, ...content };
  await client.send(new PutCommand({ TableName: environment(ENV.budgetsTable), Item }));
}
