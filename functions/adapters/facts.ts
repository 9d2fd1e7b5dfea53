import { type DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { FactReader } from '../../domain/tool/facts.ts';

/**
 * Reads for facts, under the authorizer's own read-only role.
 *
 * @param tableName - deployed name of a namespace's table
 */
export function factReader(client: DynamoDBDocumentClient, tableName: (table: string) => string): FactReader {
  return {
    async get(table, key) {
      const { Item } = await client.send(
        new GetCommand({ TableName: tableName(table), Key: { id: key }, ConsistentRead: true }),
      );
      return Item;
    },
    async find(table, index, key) {
      const { Items } = await client.send(
        new QueryCommand({
          TableName: tableName(table),
          IndexName: index.name,
          KeyConditionExpression: '#key = :key',
          ExpressionAttributeNames: { '#key': index.partitionKey },
          ExpressionAttributeValues: { ':key': key },
          Limit: 1,
        }),
      );
      return Items?.[0];
    },
  };
}
