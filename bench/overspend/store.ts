import { randomBytes } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ENV, type EnvironmentName } from '../../contracts/environment.ts';
import { APPROVALS, BUDGETS, EVENTS, RUNS, WARRANTS } from '../../contracts/tables.ts';
import { localClient } from '../../local/aws.ts';

interface Keys {
  readonly partitionKey: string;
  readonly sortKey?: string;
}

interface Table extends Keys {
  readonly variable: EnvironmentName;
  /** The end of its name, as in a deployment. */
  readonly name: string;
  readonly index?: Keys & { readonly name: string };
  readonly hasStream?: boolean;
}

const TABLES: readonly Table[] = [
  {
    ...{ variable: ENV.runsTable, name: 'Runs', partitionKey: RUNS.partitionKey },
    ...{ index: RUNS.unfinishedIndex, hasStream: true },
  },
  { ...BUDGETS, variable: ENV.budgetsTable, name: 'Budgets', hasStream: true },
  { ...WARRANTS, variable: ENV.warrantsTable, name: 'Warrants', index: WARRANTS.unknownIndex },
  { ...EVENTS, variable: ENV.eventsTable, name: 'Events' },
  { partitionKey: APPROVALS.partitionKey, variable: ENV.approvalsTable, name: 'Approvals' },
];

/** The tables that money passes through, in an emulator of DynamoDB. */
export interface Store {
  readonly endpoint: string;
  readonly client: DynamoDBDocumentClient;
  /** By which the adapters find the tables. */
  readonly tables: Readonly<Partial<Record<EnvironmentName, string>>>;
  readonly streams: readonly string[];
}

export function clientOf(endpoint: string): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient(localClient(endpoint)), {
    marshallOptions: { removeUndefinedValues: true },
  });
}

/** New tables, which the adapters in this process use from now on. */
export async function createStore(endpoint: string): Promise<Store> {
  const prefix = `overspend-${randomBytes(3).toString('hex')}`;
  const client = clientOf(endpoint);
  const tables: Partial<Record<EnvironmentName, string>> = {};
  const streams: string[] = [];
  for (const table of TABLES) {
    const TableName = `${prefix}-${table.name}`;
    const stream = await createTable(client, TableName, table);
    tables[table.variable] = TableName;
    streams.push(...(stream === undefined ? [] : [stream]));
  }
  Object.assign(process.env, tables);
  return { endpoint, client, tables, streams };
}

/** @returns the ARN of its stream */
async function createTable(
  client: DynamoDBDocumentClient,
  TableName: string,
  { index, hasStream = false, ...keys }: Table,
): Promise<string | undefined> {
  const attributes = [keys, index].flatMap((each) => [each?.partitionKey, each?.sortKey]);
  const { TableDescription } = await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [...new Set(attributes)]
        .filter((name) => name !== undefined)
        .map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: schemaOf(keys),
      ...(hasStream && { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' } }),
      ...(index && {
        GlobalSecondaryIndexes: [
          { IndexName: index.name, KeySchema: schemaOf(index), Projection: { ProjectionType: 'KEYS_ONLY' } },
        ],
      }),
    }),
  );
  return TableDescription?.LatestStreamArn;
}

function schemaOf({ partitionKey, sortKey }: Keys) {
  return [
    { AttributeName: partitionKey, KeyType: 'HASH' as const },
    ...(sortKey === undefined ? [] : [{ AttributeName: sortKey, KeyType: 'RANGE' as const }]),
  ];
}
