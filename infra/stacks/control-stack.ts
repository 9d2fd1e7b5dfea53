import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaFunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { ENV } from '../../contracts/environment.ts';
import { governedCallMachineName, workflowMachineName } from '../../contracts/names.ts';
import { providerOf } from '../../domain/budget/prices.ts';
import { explain, explainWildcard } from '../checks/explain.ts';
import * as budgetGrants from '../constructs/budget-grants.ts';
import { grantApplyGuardrail } from '../constructs/guardrail-grant.ts';
import { httpApi } from '../constructs/http-api.ts';
import * as grants from '../constructs/ledger-grants.ts';
import { logAlarms } from '../constructs/log-alarms.ts';
import { machine } from '../constructs/machine.ts';
import * as retentionGrants from '../constructs/retention-grants.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import { ASIDE, followStream } from '../constructs/stream-follower.ts';
import { workflowMachineArns } from '../constructs/workflow-machines.ts';
import type { Deployment } from '../countersign.ts';
import type { DocumentsStack } from './documents-stack.ts';
import type { ExamplesStack } from './examples-stack.ts';
import type { ShopStack } from './shop-stack.ts';
import type { ToolsStack } from './tools-stack.ts';

export interface ControlStackProps extends Deployment {
  readonly ledger: grants.Ledger;
  readonly shop: ShopStack;
  readonly documents: DocumentsStack;
  readonly examples: ExamplesStack;
  readonly tools: ToolsStack;
}

/** Functions of a run's own steps, for the workflows' machines to invoke. */
export interface RunSteps {
  readonly openRun: ServiceFunction;
  readonly plan: ServiceFunction;
  readonly countersign: ServiceFunction;
  readonly closeRun: ServiceFunction;
}

/** `us.` of `us.anthropic.claude...`: where a profile may send requests to. */
const PROFILE_REGIONS = /^(us|eu|apac|au|jp|global)\./;

/** Events tell of nearly every end at once; this is for the rest. */
const RECONCILIATION_MINUTES = 5;

/**
 * How long events are gathered into one object of the log. They are in the ledger already; each object costs a put, which
 * is dearer than everything else that a call does.
 */
const SEALING_SECONDS = 10;

/** At busy times objects are larger instead of more; far below what Lambda takes in a payload. */
const SEALED_AT_ONCE = 1000;

/** What decides and records. Holds no state: it can be deleted and deployed again. */
export class ControlStack extends Stack {
  readonly authorize: ServiceFunction;
  readonly governedCall: StateMachine;
  readonly runSteps: RunSteps;
  readonly api: ServiceFunction;

  constructor(scope: Construct, id: string, props: ControlStackProps) {
    super(scope, id, { description: 'countersign: decisions, runs, approvals and the API' });
    this.authorize = this.authorizeFunction(props);
    this.governedCall = machine(this, 'GovernedCall', {
      name: governedCallMachineName(props.prefix),
      definition: 'governed-call.asl.json',
      express: true,
      substitutions: { AuthorizeFunction: this.authorize.function.functionArn },
      invokes: [this.authorize, ...props.tools.executors.values()],
    });
    this.runSteps = this.runStepFunctions(props);
    this.api = this.apiFunction(props);
    httpApi(this, this.api);
    this.reconcileFunction(props);
    this.resumeFunction(props);
    this.logFunctions(props, this.retentionFunctions(props));
  }

  /** May read facts and write decisions. May not use any tool, nor become any agent. */
  private authorizeFunction({
    prefix,
    bundle,
    ledger,
    shop,
    documents,
    examples,
  }: ControlStackProps): ServiceFunction {
    const authorize = new ServiceFunction(this, 'Authorize', {
      folder: 'authorize',
      prefix,
      timeoutSeconds: 10,
      policyBundle: bundle,
      cedar: true,
    });
    grants.grantHoldForCalls(authorize, ledger);
    budgetGrants.grantLease(authorize, ledger);
    grants.grantReadProvenance(authorize, ledger);
    grants.grantCreateWarrants(authorize, ledger);
    grants.grantTakeLimits(authorize, ledger);
    grants.grantApprovals(authorize, ledger, ['GetItem', 'PutItem', 'UpdateItem']);
    grants.grantRequireBreakGlass(authorize, ledger);
    grants.grantAppendEvents(authorize, ledger);
    authorize.allow(
      ['dynamodb:GetItem'],
      [...Object.values(shop.tables), ...examples.factTables].map(({ tableArn }) => tableArn),
    );
    authorize.allow(['dynamodb:Query'], shop.indexArns);
    // HeadObject has no right of its own, and without that to list S3 does not say that an object is absent
    authorize.allow(['s3:ListBucket'], [documents.bucket.bucketArn]);
    const anyDocument = `${documents.exportValue(documents.bucket.bucketArn)}/*`;
    authorize.allow(['s3:GetObject'], [anyDocument]);
    explainWildcard(authorize.role, anyDocument, 'calls choose the document that facts are read of');
    return authorize;
  }

  private runStepFunctions({ prefix, bundle, ledger }: ControlStackProps): RunSteps {
    const openRun = new ServiceFunction(this, 'OpenRun', {
      folder: 'open-run',
      prefix,
      timeoutSeconds: 10,
      policyBundle: bundle,
    });
    grants.grantRuns(openRun, ledger, ['GetItem']);
    grants.grantUpdateRuns(openRun, ledger, 'openRun');
    budgetGrants.grantOpenLease(openRun, ledger);
    budgetGrants.grantSeeChanges(openRun, ledger);
    grants.grantAppendEvents(openRun, ledger);

    // a model may think for minutes
    const plan = new ServiceFunction(this, 'Plan', {
      folder: 'plan',
      prefix,
      timeoutSeconds: 300,
      policyBundle: bundle,
    });
    grants.grantRuns(plan, ledger, ['GetItem', 'ConditionCheckItem']);
    grants.grantUpdateRuns(plan, ledger, 'plan');
    budgetGrants.grantLease(plan, ledger);
    grants.grantAskAboutRuns(plan, ledger);
    grants.grantAppendEvents(plan, ledger);
    grants.grantTranscripts(plan, ledger);
    grants.grantCacheModelAnswers(plan, ledger);
    this.grantModels(plan, bundle);

    const countersign = new ServiceFunction(this, 'Countersign', {
      folder: 'countersign',
      prefix,
      timeoutSeconds: 10,
    });
    grants.grantUpdateRuns(countersign, ledger, 'countersign');
    grants.grantApprovals(countersign, ledger, ['GetItem', 'UpdateItem']);
    grants.grantSealTokens(countersign, ledger);
    grants.grantAppendEvents(countersign, ledger);

    const closeRun = new ServiceFunction(this, 'CloseRun', {
      folder: 'close-run',
      prefix,
      timeoutSeconds: 10,
      policyBundle: bundle,
    });
    grants.grantRuns(closeRun, ledger, ['GetItem']);
    grants.grantUpdateRuns(closeRun, ledger, 'closeRun');
    budgetGrants.grantLeaseAndPause(closeRun, ledger);
    grants.grantApprovals(closeRun, ledger, ['GetItem', 'UpdateItem']);
    grants.grantAppendEvents(closeRun, ledger);
    return { openRun, plan, countersign, closeRun };
  }

  private apiFunction({
    prefix,
    bundle,
    ledger,
    recordedProvider,
    ...settings
  }: ControlStackProps): ServiceFunction {
    const api = new ServiceFunction(this, 'Api', {
      folder: 'api',
      prefix,
      timeoutSeconds: 15,
      policyBundle: bundle,
      cedar: true,
      environment: recordedProvider ? { [ENV.recordedProvider]: 'enabled' } : {},
    });
    grants.grantRuns(api, ledger, ['GetItem']);
    grants.grantRequestRuns(api, ledger);
    grants.grantUpdateRuns(api, ledger, 'api');
    budgetGrants.grantReadBudgets(api, ledger);
    budgetGrants.grantResumeWorkflows(api, ledger);
    grants.grantApprovals(api, ledger, ['GetItem', 'UpdateItem']);
    grants.grantQueryWaitingApprovals(api, ledger);
    grants.grantDecideBreakGlass(api, ledger);
    grants.grantSettleUnknownOutcomes(api, ledger);
    grants.grantAppendEvents(api, ledger);
    grants.grantReadEvents(api, ledger);
    grants.grantProve(api, ledger);
    grants.grantBeginTranscripts(api, ledger);
    grants.grantKeepPrompts(api, ledger);
    grantApplyGuardrail(api, settings);
    api.allow(['states:StartExecution'], workflowMachineArns(this, prefix, bundle));
    return api;
  }

  /**
   * Erases and holds, each with rights of its own: what erases cannot lift a hold, and the API can do neither.
   *
   * @returns what holds
   */
  private retentionFunctions({ prefix, ledger }: ControlStackProps): ServiceFunction {
    const erasePerson = new ServiceFunction(this, 'ErasePerson', {
      folder: 'erase-person',
      prefix,
      timeoutSeconds: 14,
    });
    retentionGrants.grantErasePersons(erasePerson, ledger);
    const holdRun = new ServiceFunction(this, 'HoldRun', {
      folder: 'hold-run',
      prefix,
      timeoutSeconds: 300,
    });
    retentionGrants.grantHoldRuns(holdRun, ledger);
    new Rule(this, 'Holds', {
      description: 'countersign: holds what held runs have written since, and goes on with what broke off',
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [new LambdaFunctionTarget(holdRun.function)],
    });
    const functions = { erasePersonFunction: erasePerson, holdRunFunction: holdRun } as const;
    for (const [name, { function: invoked }] of Object.entries(functions)) {
      this.api.function.addEnvironment(ENV[name as keyof typeof functions], invoked.functionName);
      this.api.allow(['lambda:InvokeFunction'], [invoked.functionArn]);
    }
    return holdRun;
  }

  /** Finds what ended without an account: at the end of an execution, and now and then for what no event told. */
  private reconcileFunction({ prefix, bundle, ledger, tools }: ControlStackProps): void {
    const { closeRun } = this.runSteps;
    const reconcile = new ServiceFunction(this, 'Reconcile', {
      folder: 'reconcile',
      prefix,
      timeoutSeconds: 300,
      environment: { [ENV.closeRunFunction]: closeRun.function.functionName },
    });
    grants.grantRuns(reconcile, ledger, ['GetItem']);
    grants.grantUpdateRuns(reconcile, ledger, 'reconcile');
    budgetGrants.grantLease(reconcile, ledger);
    grants.grantQueryUnfinishedRuns(reconcile, ledger);
    grants.grantReadWarrants(reconcile, ledger);
    const invoked = [closeRun, ...tools.executors.values()];
    reconcile.allow(
      ['lambda:InvokeFunction'],
      invoked.map(({ function: { functionArn } }) => functionArn),
    );
    for (const workflow of Object.keys(bundle.envelopes)) {
      const machine = workflowMachineName(prefix, workflow);
      const executions = this.formatArn({
        service: 'states',
        resource: 'execution',
        resourceName: `${machine}:*`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });
      reconcile.allow(['states:DescribeExecution'], [executions]);
      explainWildcard(reconcile.role, executions, 'an execution is named by its run');
    }
    const target = new LambdaFunctionTarget(reconcile.function);
    new Rule(this, 'ExecutionEnded', {
      description: 'countersign: an execution of a workflow ended otherwise than well',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
          stateMachineArn: workflowMachineArns(this, prefix, bundle),
        },
      },
      targets: [target],
    });
    new Rule(this, 'Reconciliation', {
      description: 'countersign: looks for runs and calls that ended without an account',
      schedule: Schedule.rate(Duration.minutes(RECONCILIATION_MINUTES)),
      targets: [target],
    });
  }

  /** Wakes machines when people have decided. */
  private resumeFunction({ prefix, bundle, ledger }: ControlStackProps): void {
    const resume = new ServiceFunction(this, 'ResumeRun', {
      folder: 'resume-run',
      prefix,
      timeoutSeconds: 30,
    });
    grants.grantOpenTokens(resume, ledger);
    resume.allow(
      ['states:SendTaskSuccess', 'states:SendTaskFailure'],
      workflowMachineArns(this, prefix, bundle),
    );
    followStream(this, 'Resume', { follower: resume, table: ledger.approvals, gatherSeconds: 0 });
  }

  /** Copies every event into the log, keeps the policies that decided, and signs for it. */
  private logFunctions(
    { prefix, bundle, ledger, alarmTopicArn }: ControlStackProps,
    holdRun: ServiceFunction,
  ): void {
    const seal = new ServiceFunction(this, 'Seal', {
      folder: 'seal',
      prefix,
      timeoutSeconds: 60,
      policyBundle: bundle,
    });
    grants.grantSeal(seal, ledger);
    const unsealable = new Queue(this, 'Unsealable', ASIDE);
    explain(unsealable, 'AwsSolutions-SQS3', 'this is a queue that records are put aside in');
    seal.function.addEnvironment(ENV.unsealableQueue, unsealable.queueUrl);
    seal.allow(['sqs:SendMessage'], [unsealable.queueArn]);
    const undelivered = followStream(this, 'Seal', {
      follower: seal,
      table: ledger.events,
      batchSize: SEALED_AT_ONCE,
      gatherSeconds: SEALING_SECONDS,
    });
    const checkpoint = new ServiceFunction(this, 'Checkpoint', {
      folder: 'checkpoint',
      prefix,
      timeoutSeconds: 80,
    });
    grants.grantCheckpoint(checkpoint, ledger);
    new Rule(this, 'Checkpoints', {
      description: 'countersign: integrates what waits, and signs the log',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunctionTarget(checkpoint.function)],
    });
    logAlarms(this, { undelivered, unsealable, checkpoint, holdRun, alarmTopicArn });
  }

  /**
   * Every model with a price, since an open run goes on with those that it pinned when envelopes name others by now: a cross-region
   * inference profile, and its model in whichever region the profile sends the request to.
   */
  private grantModels(to: ServiceFunction, { prices }: Deployment['bundle']): void {
    const models = Object.keys(prices.models).filter((model) => providerOf(prices, model) === 'bedrock');
    for (const model of models) {
      const anyRegion = this.formatArn({
        service: 'bedrock',
        region: '*',
        account: '',
        resource: 'foundation-model',
        resourceName: model.replace(PROFILE_REGIONS, ''),
      });
      const profile = this.formatArn({
        service: 'bedrock',
        resource: 'inference-profile',
        resourceName: model,
      });
      to.allow(['bedrock:InvokeModel'], [profile, anyRegion]);
      explainWildcard(to.role, anyRegion, 'the inference profile chooses the region');
    }
  }
}
