import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { SHOP_TABLES, shopTableName } from '../../../../contracts/names.ts';
import {
  CUSTOMERS_BY_EMAIL,
  CUSTOMERS_BY_NAME_ZIP,
  PRODUCTS_BY_TENANT,
  SHOP_PARTITION_KEY,
} from '../../../../contracts/shop.ts';

interface Index {
  readonly name: string;
  readonly partitionKey: string;
  readonly projected?: readonly string[];
}

const INDEXES: Record<(typeof SHOP_TABLES)[number], readonly Index[]> = {
  customers: [CUSTOMERS_BY_EMAIL, CUSTOMERS_BY_NAME_ZIP],
  orders: [],
  products: [PRODUCTS_BY_TENANT],
};

/** Creates the shop's tables as infra does. */
export async function createShopTables(client: DynamoDBClient, prefix: string): Promise<void> {
  for (const table of SHOP_TABLES) {
    const indexes = INDEXES[table];
    const input: CreateTableCommandInput = {
      TableName: shopTableName(prefix, table),
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [SHOP_PARTITION_KEY, ...indexes.map((index) => index.partitionKey)].map(
        (name) => ({
          AttributeName: name,
          AttributeType: 'S',
        }),
      ),
      KeySchema: [{ AttributeName: SHOP_PARTITION_KEY, KeyType: 'HASH' }],
    };
    const secondary = indexes.map(({ name, partitionKey, projected }) => ({
      IndexName: name,
      KeySchema: [{ AttributeName: partitionKey, KeyType: 'HASH' as const }],
      Projection: projected
        ? { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: [...projected] }
        : { ProjectionType: 'KEYS_ONLY' as const },
    }));
    await client.send(
      new CreateTableCommand({
        ...input,
        ...(secondary.length > 0 && { GlobalSecondaryIndexes: secondary }),
      }),
    );
  }
}

export async function deleteShopTables(client: DynamoDBClient, prefix: string): Promise<void> {
  for (const table of SHOP_TABLES) {
    await client.send(new DeleteTableCommand({ TableName: shopTableName(prefix, table) }));
  }
}
