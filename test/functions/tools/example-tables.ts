import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before } from 'node:test';
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../../contracts/environment.ts';
import { EXAMPLE_TABLES, type ExampleNamespace, exampleTableName } from '../../../contracts/names.ts';
import { documentKey, SHOP_PARTITION_KEY } from '../../../contracts/shop.ts';
import { factReader } from '../../../functions/adapters/facts.ts';
import { factLoaderOf } from '../../../functions/tools/registry.ts';
import { loadExamples } from '../../../local/examples/load.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from './retail/call-context.ts';

const ENDPOINT = process.env.COUNTERSIGN_LOCAL_ENDPOINT;
export const skip = ENDPOINT === undefined && 'COUNTERSIGN_LOCAL_ENDPOINT names no local DynamoDB';

/** When the sample is loaded and facts are read. */
export const NOW = new Date('2026-06-15T12:00:00Z');

/** The tables of one namespace, as infra makes them, for the tests of one suite; each tenant gets the sample. */
export function exampleTables<N extends ExampleNamespace>(namespace: N) {
  const prefix = `${namespace}-${randomBytes(4).toString('hex')}`;
  const client = new DynamoDBClient({
    ...(ENDPOINT !== undefined && { endpoint: ENDPOINT }),
    region: LOCAL_REGION,
    credentials: LOCAL_CREDENTIALS,
  });
  const documents = DynamoDBDocumentClient.from(client);
  const everyTable = (Object.keys(EXAMPLE_TABLES) as ExampleNamespace[]).flatMap((each) =>
    EXAMPLE_TABLES[each].map((table) => exampleTableName(prefix, each, table)),
  );
  const name = (table: string) => exampleTableName(prefix, namespace, table as never);
  let tenants = 0;

  before(async () => {
    process.env.AWS_ENDPOINT_URL = ENDPOINT;
    process.env.AWS_REGION = LOCAL_REGION;
    process.env[ENV.prefix] = prefix;
    for (const TableName of everyTable) {
      await client.send(
        new CreateTableCommand({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: SHOP_PARTITION_KEY, AttributeType: 'S' }],
          KeySchema: [{ AttributeName: SHOP_PARTITION_KEY, KeyType: 'HASH' }],
        }),
      );
    }
  });

  after(async () => {
    for (const TableName of everyTable) {
      await client.send(new DeleteTableCommand({ TableName }));
    }
    client.destroy();
  });

  async function find(table: string, tenant: string, id: string) {
    const Key = { [SHOP_PARTITION_KEY]: documentKey(tenant, id) };
    return (await documents.send(new GetCommand({ TableName: name(table), Key }))).Item;
  }

  async function read(table: string, tenant: string, id: string) {
    return (await find(table, tenant, id)) ?? assert.fail(`${table} holds no ${id}`);
  }

  return {
    /** A tenant of its own with the sample, so that no test sees what another one did. */
    freshTenant: async (): Promise<string> => {
      tenants += 1;
      const tenant = `tenant-${tenants}`;
      await loadExamples({ tenant, prefix, client, now: NOW });
      return tenant;
    },
    find,
    read,
    /** Changes members of a document as somebody who is no tool. */
    change: async (table: string, tenant: string, id: string, members: Record<string, unknown>) => {
      const item = await read(table, tenant, id);
      const document = { ...item.document, ...members };
      const Item = { ...item, document, version: item.version + 1 };
      await documents.send(new PutCommand({ TableName: name(table), Item }));
    },
    /** What the authorizer would read. */
    factsOf: (tenant: string, tool: string, args: Record<string, unknown>, now = NOW) =>
      factLoaderOf(tool)(
        { tenant, tool, arguments: args, now },
        factReader(documents, name, AbortSignal.timeout(5_000)),
      ),
  };
}
