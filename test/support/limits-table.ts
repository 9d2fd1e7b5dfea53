import { randomUUID } from 'node:crypto';
import { after, before } from 'node:test';
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../contracts/environment.ts';
import { LIMITS } from '../../contracts/tables.ts';
import { localClient } from '../../local/aws.ts';

/** A table of limits of its own in the local cloud, for the tests of a file; the adapters are told of it as infra would. */
export function limitsTable(): DynamoDBDocumentClient {
  const endpoint = process.env.COUNTERSIGN_LOCAL_ENDPOINT;
  if (endpoint === undefined) {
    throw new Error('COUNTERSIGN_LOCAL_ENDPOINT is not set, run these tests with npm test');
  }
  const database = new DynamoDBClient(localClient(endpoint));
  const TableName = `limits-${randomUUID()}`;
  before(async () => {
    process.env[ENV.limitsTable] = TableName;
    await database.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: LIMITS.partitionKey, AttributeType: 'S' }],
        KeySchema: [{ AttributeName: LIMITS.partitionKey, KeyType: 'HASH' }],
      }),
    );
  });
  after(() => database.send(new DeleteTableCommand({ TableName })));
  return DynamoDBDocumentClient.from(database, { marshallOptions: { removeUndefinedValues: true } });
}
