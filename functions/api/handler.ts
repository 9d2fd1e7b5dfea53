import { randomBytes } from 'node:crypto';
import { Router } from '@aws-lambda-powertools/event-handler/http';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { ROUTES } from '../../contracts/api.ts';
import type { BreakGlassView } from '../../contracts/break-glass.ts';
import { ENV } from '../../contracts/environment.ts';
import { logOrigin } from '../../contracts/names.ts';
import { manifestOf } from '../../domain/policy/manifest.ts';
import { countersigningPolicies } from '../adapters/countersigning.ts';
import { deployedDetector } from '../adapters/detectors/deployed.ts';
import { configuredDirectory } from '../adapters/directory.ts';
import { dynamoDb } from '../adapters/dynamodb.ts';
import { logBucket } from '../adapters/log/bucket.ts';
import { logSigner } from '../adapters/log/key.ts';
import { logTable } from '../adapters/log/table.ts';
import { deployedPolicyBundle } from '../adapters/policy-bundle.ts';
import { transcriptStore } from '../adapters/transcripts.ts';
import { placeOf } from '../runtime/arn.ts';
import { environment } from '../runtime/environment.ts';
import { lambdaHandler, telemetry, traced } from '../runtime/step.ts';
import { findTool, NAMESPACES } from '../tools/registry.ts';
import { decideApproval, getApproval, listApprovals } from './approvals.ts';
import { decideBreakGlass, listBreakGlass, openBreakGlass } from './break-glass.ts';
import { getBudgets, setCap } from './budgets.ts';
import { ApiFailure, answer, answerWithin, callerOf, failureAnswer, tenantOf } from './http.ts';
import { getReceipt, RECEIPT_LIMIT } from './receipt.ts';
import { resumeWorkflow } from './resume-workflow.ts';
import { erasePerson, holdRun } from './retention.ts';
import { getEvents, getRun } from './runs.ts';
import { startRun } from './start-run.ts';
import { listUnknownOutcomes, settleOutcome } from './unknown-outcomes.ts';

const bundle = deployedPolicyBundle();
const s3 = traced(new S3Client({}));
const auditBucket = environment(ENV.auditBucket);

const dependencies = {
  client: dynamoDb(),
  log: {
    bucket: logBucket(s3, auditBucket),
    table: logTable(dynamoDb(), environment(ENV.logTable)),
    // it may ask for the key and not sign
    signer: logSigner(
      traced(new KMSClient({})),
      environment(ENV.auditKey),
      logOrigin(auditBucket, environment(ENV.region)),
    ),
  },
  stepFunctions: traced(new SFNClient({})),
  transcripts: transcriptStore(s3, environment(ENV.transcriptsBucket)),
  bundle,
  directory: configuredDirectory(bundle.directory, bundle.slack),
  prefix: environment(ENV.prefix),
  recordedProvider: process.env[ENV.recordedProvider] === 'enabled',
  findTool,
  clock: () => new Date(),
  randomId: () => crypto.randomUUID(),
  detect: deployedDetector(),
  mayCountersign: countersigningPolicies(bundle),
  lambda: traced(new LambdaClient({})),
  erasePersonFunction: environment(ENV.erasePersonFunction),
  holdRunFunction: environment(ENV.holdRunFunction),
  randomKey: (bytes: number) => randomBytes(bytes).toString('base64url'),
};

const router = new Router();

/** `POST /runs/{id}` of API Gateway is method `POST` and path `/runs/:id` here. */
function route(name: keyof typeof ROUTES): { method: 'GET' | 'POST'; path: `/${string}` } {
  const [method, path = ''] = ROUTES[name].split(' ');
  return { method: method as 'GET' | 'POST', path: path.replaceAll(/\{(\w+)\}/g, ':$1') as `/${string}` };
}

router.route(async ({ req, params, event, context }) => {
  const place = placeOf(context.invokedFunctionArn);
  const { created, run } = await startRun(params.workflow ?? '', await req.text(), callerOf(event), {
    ...dependencies,
    place,
    traceHeader: process.env._X_AMZN_TRACE_ID,
  });
  telemetry.annotate({ tenant: run.tenant, runId: run.runId, workflow: run.workflow, agent: run.agent });
  return answer(created ? 201 : 200, run);
}, route('startRun'));

router.route(
  async ({ req, params }) => answer(200, await getRun(tenantOf(req), params.id ?? '', dependencies)),
  route('getRun'),
);

router.route(async ({ req, params }) => {
  const after = new URL(req.url).searchParams.get('after') ?? '';
  return answer(200, await getEvents(tenantOf(req), params.id ?? '', after, dependencies));
}, route('getEvents'));

router.route(
  async ({ req, params }) =>
    answerWithin(RECEIPT_LIMIT, await getReceipt(tenantOf(req), params.id ?? '', dependencies)),
  route('getReceipt'),
);

router.route(async ({ req }) => {
  const tenant = tenantOf(req);
  const [approvals, breakGlass] = await Promise.all([
    listApprovals(tenant, dependencies),
    listBreakGlass(tenant, dependencies),
  ]);
  return answer(200, { approvals, breakGlass });
}, route('listApprovals'));

router.route(
  async ({ req, params }) => answer(200, await getApproval(tenantOf(req), params.id ?? '', dependencies)),
  route('getApproval'),
);

router.route(async ({ req, params, event }) => {
  const approval = await decideApproval(params.id ?? '', await req.text(), callerOf(event), dependencies);
  telemetry.annotate({ tenant: approval.tenant, runId: approval.runId, workflow: approval.workflow });
  telemetry.count({ verdicts: 1 }, { workflow: approval.workflow, state: approval.state });
  return answer(200, approval);
}, route('decideApproval'));

router.route(async ({ params }) => {
  const manifest = manifestOf(params.agent ?? '', dependencies.bundle, NAMESPACES);
  if (manifest === undefined) {
    throw new ApiFailure(404, 'unknown_agent', `no workflow has an agent '${params.agent}'`);
  }
  return answer(200, manifest);
}, route('getManifest'));

router.route(
  async ({ req, event }) =>
    answer(201, told(await openBreakGlass(await req.text(), callerOf(event), dependencies))),
  route('openBreakGlass'),
);

router.route(
  async ({ req, params, event }) =>
    answer(
      200,
      told(await decideBreakGlass(params.id ?? '', await req.text(), callerOf(event), dependencies)),
    ),
  route('decideBreakGlass'),
);

/** Loud: whatever happens to privileged access is a metric and a warning. */
function told(grant: BreakGlassView): BreakGlassView {
  const { tenant, workflow, agent, grantId, state, incident, tools, openedBy, confirmedBy, closedBy } = grant;
  telemetry.annotate({ tenant, runId: grantId, workflow, agent });
  telemetry.count({ breakGlassChanges: 1 }, { workflow, state });
  const people = { openedBy, confirmedBy, closedBy };
  telemetry.warn(`break-glass ${state}`, { grantId, incident, tools, ...people, expiresAt: grant.expiresAt });
  return grant;
}

router.route(
  async ({ req }) => answer(200, { breakGlass: await listBreakGlass(tenantOf(req), dependencies) }),
  route('listBreakGlass'),
);

router.route(
  async ({ req }) => answer(200, { outcomes: await listUnknownOutcomes(tenantOf(req), dependencies) }),
  route('listUnknownOutcomes'),
);

router.route(async ({ req, params, event }) => {
  const call = { runId: params.id ?? '', callId: params.callId ?? '' };
  const settled = await settleOutcome(call, await req.text(), callerOf(event), dependencies);
  const { tenant, runId, tool, status } = settled;
  telemetry.annotate({ tenant, runId, tool, status });
  telemetry.count({ outcomesSettledByPeople: 1 }, { tool, status });
  telemetry.info('an unknown outcome was settled', { callId: settled.callId, by: settled.settled.by });
  return answer(200, settled);
}, route('settleOutcome'));

router.route(async ({ req }) => {
  const day = new URL(req.url).searchParams.get('day') ?? undefined;
  return answer(200, await getBudgets(tenantOf(req), day, dependencies));
}, route('getBudgets'));

router.route(async ({ req, params, event }) => {
  const run = await setCap(params.id ?? '', await req.text(), callerOf(event), dependencies);
  const { tenant, runId, workflow, agent, budget } = run;
  telemetry.annotate({ tenant, runId, workflow, agent });
  telemetry.warn("a run's cap was set", { capMicroDollars: budget?.capMicroDollars });
  return answer(200, run);
}, route('setCap'));

router.route(async ({ req, params, event }) => {
  const workflow = params.workflow ?? '';
  const { tenant, agent, ...pause } = await resumeWorkflow(
    workflow,
    await req.text(),
    callerOf(event),
    dependencies,
  );
  telemetry.annotate({ tenant, workflow, agent });
  telemetry.warn('a paused workflow was resumed', { ...pause });
  return answer(200, pause);
}, route('resumeWorkflow'));

router.route(async ({ req, params, event }) => {
  const id = decodeURIComponent(params.id ?? '');
  const erasure = await erasePerson(id, await req.text(), callerOf(event), dependencies);
  telemetry.info("a person's data is being erased", { ...erasure });
  return answer(200, erasure);
}, route('erasePerson'));

router.route(async ({ req, params, event }) => {
  const run = await holdRun(params.id ?? '', await req.text(), callerOf(event), dependencies);
  telemetry.annotate({ tenant: run.tenant, runId: run.runId, workflow: run.workflow, agent: run.agent });
  return answer(200, run);
}, route('holdRun'));

router.errorHandler(Error, async (error) => failureAnswer(error));

/** API Gateway leaves out what a request does not have, and so does the router expect; emulators send null. */
function withoutNulls(event: APIGatewayProxyEventV2): APIGatewayProxyEventV2 {
  const members = Object.entries(event).filter(([, member]) => member !== null);
  return Object.fromEntries(members) as unknown as APIGatewayProxyEventV2;
}

export const handler = lambdaHandler(
  (event: APIGatewayProxyEventV2, context: Context): Promise<APIGatewayProxyStructuredResultV2> =>
    router.resolve(withoutNulls(event), context),
);
