import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { EXAMPLE_TABLES, type ExampleNamespace, exampleTableName } from '../../contracts/names.ts';
import { SHOP_PARTITION_KEY } from '../../contracts/shop.ts';
import type { Deployment } from '../countersign.ts';

/** Systems of record of the worked examples: a refund desk, an ERP and an inventory of services. */
export class ExamplesStack extends Stack {
  /** Those that facts are read from: what has been booked is the ERP's own business. */
  readonly factTables: readonly TableV2[];

  constructor(scope: Construct, id: string, { prefix }: Deployment) {
    super(scope, id, { description: 'countersign: tables of the worked examples' });
    const tables = (Object.keys(EXAMPLE_TABLES) as ExampleNamespace[]).flatMap((namespace) =>
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
    this.factTables = tables.filter(({ node }) => node.id !== 'erp-journal');
  }
}
