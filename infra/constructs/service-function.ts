import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Aws, Duration, RemovalPolicy, Stage } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { buildSync } from 'esbuild';
import { ENV, type EnvironmentName } from '../../contracts/environment.ts';
import { POLICY_BUNDLE_FILE } from '../../contracts/names.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import { explain } from '../checks/explain.ts';
import { PROJECT } from '../policy/paths.ts';
import { BUNDLE_OPTIONS } from './bundle-options.ts';

export interface ServiceFunctionProps {
  /** Folder under `functions/`, for example `authorize`; its `handler.ts` exports `handler`. */
  readonly folder: string;
  readonly functionName?: string;
  readonly prefix: string;
  readonly timeoutSeconds: number;
  /** Put beside the code of functions that read it. @default none */
  readonly policyBundle?: PolicyBundle;
  /** Whether the function runs Cedar. @default false */
  readonly cedar?: boolean;
  readonly environment?: Readonly<Partial<Record<EnvironmentName, string>>>;
}

/** CPU grows with memory; at this size WASM and TLS start without a noticeable wait. */
const MEMORY_MEGABYTES = 1024;

/**
 * A Lambda function of the control plane with a role of its own that can, to begin with, only write its logs and
 * traces. Permissions come from the grants of whatever it uses.
 */
export class ServiceFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    const { folder, prefix, timeoutSeconds } = props;
    const logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(this.role);
    this.function = new LambdaFunction(this, 'Function', {
      ...(props.functionName === undefined ? {} : { functionName: props.functionName }),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(bundled(this, props)),
      role: this.role,
      memorySize: MEMORY_MEGABYTES,
      timeout: Duration.seconds(timeoutSeconds),
      tracing: Tracing.ACTIVE,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      // each start and end would be logged otherwise, which is as much as all that a call logs; metrics have the same
      systemLogLevelV2: SystemLogLevel.WARN,
      environment: {
        NODE_OPTIONS: '--enable-source-maps',
        POWERTOOLS_SERVICE_NAME: folder.replaceAll('/', '-'),
        [ENV.prefix]: prefix,
        [ENV.account]: Aws.ACCOUNT_ID,
        ...props.environment,
      },
    });
    explain(
      this.role,
      'AwsSolutions-IAM5[Resource::*]',
      'X-Ray takes segments for no resource in particular; every other statement names its resources',
    );
  }

  /** Lets the function do exactly these actions on exactly these resources. */
  allow(
    actions: readonly string[],
    resources: readonly string[],
    conditions?: Record<string, unknown>,
  ): void {
    this.role.addToPolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: [...actions],
        resources: [...resources],
        ...(conditions === undefined ? {} : { conditions }),
      }),
    );
  }
}

/**
 * Bundles a function, with the files that it reads beside the code.
 *
 * @returns folder of the bundle; equal sources give equal bytes, so an unchanged function is not deployed again
 */
function bundled(scope: Construct, { folder, policyBundle, cedar = false }: ServiceFunctionProps): string {
  const app = Stage.of(scope);
  if (app === undefined) {
    throw new Error(`${scope.node.path} is in no app`);
  }
  const outdir = join(app.outdir, 'functions', folder);
  mkdirSync(outdir, { recursive: true });
  buildSync({
    entryPoints: [join(PROJECT, 'functions', folder, 'handler.ts')],
    outfile: join(outdir, 'index.js'),
    ...BUNDLE_OPTIONS,
  });
  if (policyBundle !== undefined) {
    writeFileSync(join(outdir, POLICY_BUNDLE_FILE), JSON.stringify(policyBundle));
  }
  if (cedar) {
    const cedarFolder = join(createRequire(import.meta.url).resolve('@cedar-policy/cedar-wasm/nodejs'), '..');
    copyFileSync(join(cedarFolder, 'cedar_wasm_bg.wasm'), join(outdir, 'cedar_wasm_bg.wasm'));
  }
  return outdir;
}
