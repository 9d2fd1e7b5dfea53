import { LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { localClient } from '../../local/aws.ts';
import type { LocalCloud } from '../../local/cloud.ts';

/** A function of the product as it is deployed. */
export interface DeployedFunction {
  /** Folder under `functions/` with hyphens, as in its logs and traces. */
  readonly service: string;
  readonly name: string;
  readonly megabytes: number;
  /** Whether Lambda logs the start and the end of each invocation. */
  readonly logsPlatform: boolean;
  /** Names that its log group may have. */
  readonly logGroups: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export async function deployedFunctions(cloud: LocalCloud): Promise<readonly DeployedFunction[]> {
  const client = new LambdaClient(localClient(cloud.endpoint));
  const found: DeployedFunction[] = [];
  for await (const { Functions = [] } of paginateListFunctions({ client }, {})) {
    for (const { FunctionName = '', MemorySize = 0, LoggingConfig, Environment } of Functions) {
      const environment = Environment?.Variables ?? {};
      const service = environment.POWERTOOLS_SERVICE_NAME;
      if (service !== undefined) {
        // the emulator writes to the group of the function's name whatever group the function has been given
        const logGroups = [...new Set([LoggingConfig?.LogGroup, `/aws/lambda/${FunctionName}`])];
        found.push({
          ...{ service, environment, name: FunctionName, megabytes: MemorySize },
          logsPlatform: LoggingConfig?.SystemLogLevel !== 'WARN',
          logGroups: logGroups.filter((group) => group !== undefined),
        });
      }
    }
  }
  return found;
}
