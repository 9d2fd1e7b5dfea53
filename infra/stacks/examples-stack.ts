import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { EXAMPLE_TABLES, type ExampleNamespace, exampleTableName } from '../../contracts/names.ts';
import { SHOP_PARTITION_KEY } from '../../contracts/shop.ts';
import type { Deployment } from '../countersign.ts';

/** Systems of record of the worked examples: a refund desk, an ERP and an inventory of services. */
export class ExamplesStack extends Stack {
  readonly tables: readonly TableV2[];

  constructor(scope: Construct, id: string, { prefix }: Deployment) {
    super(scope, id, { description: 'countersign: tables of the worked examples' });
    this.tables = (Object.keys(EXAMPLE_TABLES) as ExampleNamespace[]).flatMap((namespace) =>
      EXAMPLE_TABLES[namespace].map(
        (table) =>
          new TableV2(this, `${namespace}-${table}`, {
            tableName: exampleTableName(prefix, namespace, table),
            partitionKey: { name: SHOP_PARTITION_KEY, type: AttributeType.STRING },
            billing: Billing.onDemand(),
            pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
            removalPolicy: RemovalPolicy.DESTROY,
          }),
      ),
    );
  }
}
