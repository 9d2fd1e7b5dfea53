import type { AuthorizeResult, CallRequest } from '../../contracts/call.ts';
import { ENV } from '../../contracts/environment.ts';
import { LIMIT_CODES } from '../../domain/limit/held.ts';
import { cedarEngine } from '../adapters/cedar.ts';
import { eligibleIn } from '../adapters/countersigning.ts';
import { configuredDirectory } from '../adapters/directory.ts';
import { dynamoDb } from '../adapters/dynamodb.ts';
import { deployedPolicyBundle } from '../adapters/policy-bundle.ts';
import { environment } from '../runtime/environment.ts';
import { lambdaHandler, telemetry } from '../runtime/step.ts';
import { authorize } from './authorize.ts';
import { callLimiter } from './limits.ts';
import { runContextReader } from './run-context.ts';

const bundle = deployedPolicyBundle();
const client = dynamoDb();
const clock = () => new Date();
const dependencies = {
  bundle,
  engine: cedarEngine(bundle),
  client,
  prefix: environment(ENV.prefix),
  clock,
  limiter: callLimiter({ client, clock }),
  runContext: runContextReader(client, bundle),
  eligible: eligibleIn(bundle, configuredDirectory(bundle.directory, bundle.slack)),
};

export const handler = lambdaHandler(async (request: CallRequest): Promise<AuthorizeResult> => {
  telemetry.annotate({ tenant: request.tenant, runId: request.runId });
  const { result, workflow, agent, tool, breakGlass } = await authorize(request, dependencies);
  telemetry.annotate({ workflow, agent, tool, decision: result.decision });
  const { callId, policies } = result;
  telemetry.count(
    { decisions: 1 },
    { workflow, decision: result.decision },
    { callId, policies: policies.join(' ') },
  );
  const limit = limitThatRefused(result);
  if (limit !== undefined) {
    telemetry.count({ limitRefusals: 1 }, { workflow, tool, code: limit });
  }
  if (breakGlass !== undefined && result.decision === 'allow') {
    telemetry.count({ breakGlassUses: 1 }, { workflow, tool });
    const { grantId, incident, confirmedBy } = breakGlass;
    telemetry.warn('break-glass used', { grantId, incident, confirmedBy, callId: request.callId });
  }
  return result;
});

/** Code of the limit, of a call that nothing else refused. */
function limitThatRefused(result: AuthorizeResult): string | undefined {
  const code = result.decision === 'deny' ? result.reasons[0]?.code : undefined;
  return LIMIT_CODES.find((limit) => limit === code);
}
