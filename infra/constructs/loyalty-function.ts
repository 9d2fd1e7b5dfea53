import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, RemovalPolicy, Stage } from 'aws-cdk-lib';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { buildSync } from 'esbuild';
import { loyaltyFunctionName } from '../../contracts/names.ts';
import { explain } from '../checks/explain.ts';
import { PROJECT } from '../policy/paths.ts';
import { BUNDLE_OPTIONS } from './bundle-options.ts';

/** Shorter than the loyalty tools' own time, so that it has ended when an attempt counts as over. */
const TIMEOUT_SECONDS = 10;

const MEMORY_MEGABYTES = 256;

/**
 * The sample's existing system: a function with a table of its own that knows nothing of the control plane, and that the
 * control plane knows by its name only. Nobody but it may touch the table.
 */
export class LoyaltyFunction extends Construct {
  constructor(scope: Construct, id: string, { prefix }: { readonly prefix: string }) {
    super(scope, id);
    const name = loyaltyFunctionName(prefix);
    const table = new TableV2(this, 'Table', {
      tableName: name,
      partitionKey: { name: 'member', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    role.addToPolicy(
      new PolicyStatement({
        actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
        resources: [table.tableArn],
      }),
    );
    new LambdaFunction(this, 'Function', {
      functionName: name,
      description: 'the sample shop: loyalty points of its customers',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(this.bundled()),
      role,
      memorySize: MEMORY_MEGABYTES,
      timeout: Duration.seconds(TIMEOUT_SECONDS),
      tracing: Tracing.ACTIVE,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: { LOYALTY_TABLE: table.tableName },
    });
    explain(role, 'AwsSolutions-IAM5[Resource::*]', 'X-Ray takes segments for no resource in particular');
  }

  private bundled(): string {
    const outdir = join(Stage.of(this)?.outdir ?? '', 'functions', 'shop', 'loyalty');
    mkdirSync(outdir, { recursive: true });
    buildSync({
      entryPoints: [join(PROJECT, 'infra', 'shop', 'loyalty.mjs')],
      outfile: join(outdir, 'index.js'),
      ...BUNDLE_OPTIONS,
    });
    return outdir;
  }
}
