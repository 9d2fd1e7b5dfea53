import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  type GlobalSecondaryIndexPropsV2,
  ProjectionType,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { type ShopTable, shopTableName } from '../../contracts/names.ts';
import {
  CUSTOMERS_BY_EMAIL,
  CUSTOMERS_BY_NAME_ZIP,
  PRODUCTS_BY_TENANT,
  SHOP_PARTITION_KEY,
} from '../../contracts/shop.ts';
import { LoyaltyFunction } from '../constructs/loyalty-function.ts';
import type { Deployment } from '../countersign.ts';

/** The sample's system of record: a small shop. Stands for whatever your agents work on. */
export class ShopStack extends Stack {
  readonly tables: Readonly<Record<ShopTable, TableV2>>;
  readonly indexArns: readonly string[];

  constructor(scope: Construct, id: string, { prefix }: Deployment) {
    super(scope, id, { description: 'countersign: tables of the sample shop' });
    new LoyaltyFunction(this, 'Loyalty', { prefix });
    const table = (name: ShopTable, indexes: GlobalSecondaryIndexPropsV2[] = []) =>
      new TableV2(this, name, {
        tableName: shopTableName(prefix, name),
        partitionKey: { name: SHOP_PARTITION_KEY, type: AttributeType.STRING },
        billing: Billing.onDemand(),
        pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
        removalPolicy: RemovalPolicy.DESTROY,
        globalSecondaryIndexes: indexes,
      });
    this.tables = {
      customers: table('customers', [keysOnly(CUSTOMERS_BY_EMAIL), keysOnly(CUSTOMERS_BY_NAME_ZIP)]),
      orders: table('orders'),
      products: table('products', [
        {
          ...index(PRODUCTS_BY_TENANT),
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: [...PRODUCTS_BY_TENANT.projected],
        },
      ]),
    };
    const { customers, products } = this.tables;
    this.indexArns = [
      `${customers.tableArn}/index/${CUSTOMERS_BY_EMAIL.name}`,
      `${customers.tableArn}/index/${CUSTOMERS_BY_NAME_ZIP.name}`,
      `${products.tableArn}/index/${PRODUCTS_BY_TENANT.name}`,
    ];
  }
}

function index({ name, partitionKey }: { readonly name: string; readonly partitionKey: string }) {
  return { indexName: name, partitionKey: { name: partitionKey, type: AttributeType.STRING } };
}

function keysOnly(described: {
  readonly name: string;
  readonly partitionKey: string;
}): GlobalSecondaryIndexPropsV2 {
  return { ...index(described), projectionType: ProjectionType.KEYS_ONLY };
}
