import { STSClient } from '@aws-sdk/client-sts';
import type { ExecuteResult, WarrantRef } from '../../contracts/call.ts';
import { ENV } from '../../contracts/environment.ts';
import type { ToolNamespace } from '../../domain/tool/definition.ts';
import type { LookUpHandler, ToolHandler } from '../../domain/tool/handler.ts';
import { deployedDetector } from '../adapters/detectors/deployed.ts';
import { dynamoDb } from '../adapters/dynamodb.ts';
import { environment } from '../runtime/environment.ts';
import { lambdaHandler, telemetry, traced } from '../runtime/step.ts';
import { execute } from './execute.ts';
import { limitReporter } from './limits.ts';

/** Handlers of a namespace by tool name. Their arguments are checked against each tool's own schema before the call. */
// biome-ignore lint/suspicious/noExplicitAny: the map holds handlers of different tools; execute parses the input first
export type ToolHandlers = Readonly<Record<string, ToolHandler<any> | LookUpHandler<any>>>;

/**
 * The Lambda handler of a tool namespace.
 *
 * @throws Error at start-up when a tool of the namespace has no handler, or one `by_lookup` cannot look up
 */
export function executor(namespace: ToolNamespace, handlers: ToolHandlers) {
  const missing = namespace.tools.find(({ name }) => !(name in handlers));
  if (missing !== undefined) {
    throw new Error(`tool '${missing.name}' has no handler, add one to the namespace's handlers`);
  }
  const blind = namespace.tools.find(
    ({ name, idempotency }) => idempotency === 'by_lookup' && !('lookUp' in (handlers[name] ?? {})),
  );
  if (blind !== undefined) {
    throw new Error(`tool '${blind.name}' is idempotent by_lookup, give its handler a lookUp`);
  }
  const client = dynamoDb();
  const clock = () => new Date();
  const dependencies = {
    client,
    sts: traced(new STSClient({})),
    namespace,
    handlers,
    sessions: new Map(),
    prefix: environment(ENV.prefix),
    clock,
    reportToLimits: limitReporter({ client, clock, random: Math.random }),
    detect: deployedDetector(),
  };
  return lambdaHandler(async (warrant: WarrantRef, { invokedFunctionArn }): Promise<ExecuteResult> => {
    telemetry.annotate({ tenant: warrant.tenant, runId: warrant.runId, decision: 'allow' });
    const { result, workflow, agent, tool } = await execute(warrant, {
      ...dependencies,
      functionArn: invokedFunctionArn,
    });
    telemetry.annotate({ workflow, agent, tool, status: result.status });
    const { callId, status, costMicroDollars } = result;
    telemetry.count({ outcomes: 1, costMicroDollars }, { workflow, tool, status }, { callId });
    return result;
  });
}
