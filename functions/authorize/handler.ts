import type { AuthorizeResult, CallRequest } from '../../contracts/call.ts';
import { ENV } from '../../contracts/environment.ts';
import { groupsOf } from '../../domain/policy/cedar-schema.ts';
import { cedarEngine } from '../adapters/cedar.ts';
import { dynamoDb } from '../adapters/dynamodb.ts';
import { deployedPolicyBundle } from '../adapters/policy-bundle.ts';
import { environment } from '../runtime/environment.ts';
import { lambdaHandler, telemetry } from '../runtime/step.ts';
import { findTool } from '../tools/registry.ts';
import { authorize } from './authorize.ts';

const bundle = deployedPolicyBundle();
const dependencies = {
  bundle,
  engine: cedarEngine(bundle, (action) => {
    const tool = findTool(action);
    return tool === undefined ? [] : groupsOf(tool);
  }),
  client: dynamoDb(),
  prefix: environment(ENV.prefix),
  clock: () => new Date(),
};

export const handler = lambdaHandler(async (request: CallRequest): Promise<AuthorizeResult> => {
  telemetry.annotate({ tenant: request.tenant, runId: request.runId });
  const { result, workflow, agent, tool, breakGlass } = await authorize(request, dependencies);
  telemetry.annotate({ workflow, agent, tool, decision: result.decision });
  telemetry.count({ decisions: 1 }, { workflow, decision: result.decision });
  telemetry.info('decided', { callId: request.callId, policies: result.policies });
  if (breakGlass !== undefined && result.decision === 'allow') {
    telemetry.count({ breakGlassUses: 1 }, { workflow, tool });
    const { grantId, incident, confirmedBy } = breakGlass;
    telemetry.warn('break-glass used', { grantId, incident, confirmedBy, callId: request.callId });
  }
  return result;
});
