import { randomBytes } from 'node:crypto';
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { ENV, type EnvironmentName } from '../../contracts/environment.ts';
import {
  APPROVALS,
  BREAK_GLASS,
  BUDGETS,
  CACHE,
  EVENTS,
  LIMITS,
  LOG,
  PROVENANCE,
  RUNS,
  WARRANTS,
} from '../../contracts/tables.ts';
import { localClient } from '../../local/aws.ts';
import { validEvent } from './valid-event.ts';

interface Keys {
  readonly partitionKey: string;
  readonly sortKey?: string;
}

type Index = Keys & { readonly name: string };

const TABLES: readonly (readonly [EnvironmentName, Keys, ...Index[]])[] = [
  [ENV.runsTable, { partitionKey: RUNS.partitionKey }, RUNS.personIndex, RUNS.holdIndex],
  [ENV.warrantsTable, WARRANTS, WARRANTS.unknownIndex],
  [ENV.eventsTable, EVENTS],
  [ENV.approvalsTable, APPROVALS, APPROVALS.waitingIndex, APPROVALS.dueIndex],
  [ENV.breakGlassTable, BREAK_GLASS],
  [ENV.limitsTable, LIMITS],
  [ENV.provenanceTable, PROVENANCE],
  [ENV.budgetsTable, BUDGETS],
  [ENV.cacheTable, CACHE],
  [ENV.logTable, LOG],
];

/** Endpoint of the emulator that `npm test` has started. */
const ENDPOINT = process.env.COUNTERSIGN_LOCAL_ENDPOINT;
/** Reason to skip tests that need it. */
export const noLedger = ENDPOINT === undefined && 'COUNTERSIGN_LOCAL_ENDPOINT names no local DynamoDB';

/** The ledger's tables with names of their own, and the environment that functions find them by. */
export async function ledgerTables(): Promise<AsyncDisposable & { readonly client: DynamoDBDocumentClient }> {
  const prefix = `ledger-${randomBytes(4).toString('hex')}`;
  const client = new DynamoDBClient(localClient(ENDPOINT ?? ''));
  const names: string[] = [];
  for (const [variable, keys, ...indexes] of TABLES) {
    const TableName = `${prefix}-${variable.toLowerCase()}`;
    await createTable(client, TableName, keys, ...indexes);
    process.env[variable] = TableName;
    names.push(TableName);
  }
  return {
    client: withValidEvents(
      DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } }),
    ),
    [Symbol.asyncDispose]: async () => {
      for (const TableName of names) {
        await client.send(new DeleteTableCommand({ TableName }));
      }
      client.destroy();
    },
  };
}

/** Refuses to write an event that breaks its schema, so that every test of what writes some is one of the schema too. */
function withValidEvents(client: DynamoDBDocumentClient): DynamoDBDocumentClient {
  client.middlewareStack.add(
    (next) => (args) => {
      const { TransactItems = [] } = args.input as TransactWriteCommandInput;
      for (const { Put } of TransactItems) {
        const event = Put?.TableName === process.env[ENV.eventsTable] ? Put?.Item?.event : undefined;
        if (event !== undefined) {
          validEvent(JSON.parse(JSON.stringify(event)));
        }
      }
      return next(args);
    },
    { step: 'initialize', priority: 'high', name: 'validEvents' },
  );
  return client;
}

/** All keys are text. */
export async function createTable(
  client: DynamoDBClient,
  TableName: string,
  keys: Keys,
  ...indexes: readonly Index[]
): Promise<void> {
  const attributes = [keys, ...indexes].flatMap((each) => [each.partitionKey, each.sortKey]);
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [...new Set(attributes)]
        .filter((name) => name !== undefined)
        .map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: schemaOf(keys),
      ...(indexes.length > 0 && {
        GlobalSecondaryIndexes: indexes.map((index) => ({
          IndexName: index.name,
          KeySchema: schemaOf(index),
          Projection: { ProjectionType: 'ALL' as const },
        })),
      }),
    }),
  );
}

function schemaOf({ partitionKey, sortKey }: Keys) {
  return [
    { AttributeName: partitionKey, KeyType: 'HASH' as const },
    ...(sortKey === undefined ? [] : [{ AttributeName: sortKey, KeyType: 'RANGE' as const }]),
  ];
}
