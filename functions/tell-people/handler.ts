import { KMSClient } from '@aws-sdk/client-kms';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { ENV } from '../../contracts/environment.ts';
import { timestamp } from '../../domain/time.ts';
import type { ApprovalRecord } from '../adapters/approvals.ts';
import { dynamoDb } from '../adapters/dynamodb.ts';
import { deployedPolicyBundle } from '../adapters/policy-bundle.ts';
import { slackWith } from '../adapters/slack/client.ts';
import { messageContext } from '../adapters/slack/context.ts';
import { slackSecrets } from '../adapters/slack/secrets.ts';
import { tokenOpener } from '../adapters/task-tokens.ts';
import { environment } from '../runtime/environment.ts';
import { lambdaHandler, telemetry, traced } from '../runtime/step.ts';
import type { SlackTelling, TellingDependencies } from './dependencies.ts';
import { type Due, dueBefore } from './queries.ts';
import { isToBeSeenTo, tellPeople } from './tell-people.ts';

/** Of each request; whoever waits longer holds up the rest of the minute. */
const SLACK_MILLISECONDS = 5000;
/** Nothing is begun when less is left: a request to Slack, what is recorded of it, and some room. */
const LAST_MILLISECONDS = 15_000;

const clock = () => new Date();
const slack = slackTelling();
const dependencies = {
  client: dynamoDb(),
  stepFunctions: traced(new SFNClient({})),
  openToken: tokenOpener(traced(new KMSClient({}))),
  clock,
  random: Math.random,
  ...(slack === undefined ? {} : { slack }),
} satisfies Omit<TellingDependencies, 'hasTime'>;

/**
 * Tells people that they are asked, and keeps it true. Fed by the stream of the approvals table, and woken each minute for what is due.
 * Whatever it is given, it reads afresh and does what is missing, so anything may be given to it again.
 */
export const handler = lambdaHandler(
  async (event: Partial<DynamoDBStreamEvent>, context: Context): Promise<DynamoDBBatchResponse> => {
    const now = timestamp(clock);
    const hasTime = () => context.getRemainingTimeInMillis() > LAST_MILLISECONDS;
    const { Records } = event;
    if (Records === undefined) {
      const dues = await dueBefore(dependencies.client, now);
      const left = await tellPeople(dues, { ...dependencies, hasTime });
      telemetry.info('saw to what was due', { dues: dues.length, left: left.length });
      return { batchItemFailures: [] };
    }
    const changed = new Map(Records.flatMap((record) => approvalIn(record)).map((each) => [each.key, each]));
    const dues = [...changed.values()].filter(({ approval }) => isToBeSeenTo(approval, now));
    const left = await tellPeople(
      dues.map(({ due }) => due),
      { ...dependencies, hasTime },
    );
    // the stream begins again at the first of them
    const first = Records.find((record) =>
      approvalIn(record).some(({ due }) => left.some((each) => isSame(each, due))),
    );
    const itemIdentifier = first?.dynamodb?.SequenceNumber;
    return { batchItemFailures: itemIdentifier === undefined ? [] : [{ itemIdentifier }] };
  },
);

interface Changed {
  readonly key: string;
  readonly due: Due;
  readonly approval: ApprovalRecord;
}

/** Nothing for a tenant's board. */
function approvalIn({ dynamodb }: DynamoDBRecord): readonly Changed[] {
  const image = dynamodb?.NewImage;
  if (image?.approvalId === undefined) {
    return [];
  }
  const approval = unmarshall(image as Parameters<typeof unmarshall>[0]) as ApprovalRecord;
  const { tenant, approvalId } = approval;
  return [{ key: `${tenant} ${approvalId}`, due: { tenant, approvalId }, approval }];
}

function isSame(left: Due, right: Due): boolean {
  return left.tenant === right.tenant && left.approvalId === right.approvalId;
}

/** @returns undefined where people are asked in the queue alone */
function slackTelling(): SlackTelling | undefined {
  const apiUrl = process.env[ENV.slackApiUrl];
  if (apiUrl === undefined || apiUrl === '') {
    return undefined;
  }
  const bundle = deployedPolicyBundle();
  if (bundle.slack === undefined) {
    throw new Error(`${ENV.slackApiUrl} is set, but policies/slack.yaml does not say where people are asked`);
  }
  const deployed = {
    prefix: environment(ENV.prefix),
    account: environment(ENV.account),
    region: environment(ENV.region),
  };
  const secrets = slackSecrets({
    prefix: deployed.prefix,
    clock,
    client: traced(new SecretsManagerClient({})),
  });
  return {
    call: slackWith({ apiUrl, secrets, timeoutMilliseconds: SLACK_MILLISECONDS }),
    settings: bundle.slack,
    contextAt: (now) => messageContext(bundle, deployed, now),
  };
}
