import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { ENV } from '../../../contracts/environment.ts';
import { LIMITS } from '../../../contracts/tables.ts';
import { environment } from '../../runtime/environment.ts';

type LimitItem = Readonly<Record<string, unknown>>;

/** Whether the update was made; if not, the item whose condition did not hold, undefined when there was none. */
export type Updated =
  | { readonly done: true; readonly item: LimitItem }
  | { readonly done: false; readonly found: LimitItem | undefined };

type Update = Required<Pick<UpdateCommandInput, 'UpdateExpression' | 'ConditionExpression'>> &
  Pick<UpdateCommandInput, 'ExpressionAttributeNames' | 'ExpressionAttributeValues'>;

/** One conditional update. What made it fail comes back with the failure, so that nobody has to read. */
export async function updateLimit(
  client: DynamoDBDocumentClient,
  key: string,
  update: Update,
): Promise<Updated> {
  try {
    const { Attributes = {} } = await client.send(
      new UpdateCommand({
        TableName: environment(ENV.limitsTable),
        Key: limitItemKey(key),
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        ...update,
      }),
    );
    return { done: true, item: Attributes };
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) {
      return { done: false, found: error.Item === undefined ? undefined : unmarshall(error.Item) };
    }
    throw error;
  }
}

export function limitItemKey(key: string): Record<string, string> {
  return { [LIMITS.partitionKey]: key };
}
