import { randomUUID } from 'node:crypto';
import { after, before } from 'node:test';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../contracts/environment.ts';
import { LIMITS } from '../../contracts/tables.ts';
import { localClient } from '../../local/aws.ts';
import { createTable } from './ledger-tables.ts';

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
    await createTable(database, TableName, LIMITS);
  });
  after(() => database.send(new DeleteTableCommand({ TableName })));
  return DynamoDBDocumentClient.from(database, { marshallOptions: { removeUndefinedValues: true } });
}
