import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ENV } from '../../contracts/environment.ts';
import { countersigningPolicies } from '../adapters/countersigning.ts';
import { configuredDirectory } from '../adapters/directory.ts';
import { dynamoDb } from '../adapters/dynamodb.ts';
import { deployedPolicyBundle } from '../adapters/policy-bundle.ts';
import { slackWith } from '../adapters/slack/client.ts';
import { messageContext } from '../adapters/slack/context.ts';
import { slackSecrets } from '../adapters/slack/secrets.ts';
import { environment } from '../runtime/environment.ts';
import { lambdaHandler, traced } from '../runtime/step.ts';
import { type AnswerDependencies, answerTo } from './answer.ts';

/** Of each request to Slack; what is abandoned meanwhile does not wait for it. */
const SLACK_MILLISECONDS = 2000;

const clock = () => new Date();
const bundle = deployedPolicyBundle();
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

const dependencies: AnswerDependencies = {
  client: dynamoDb(),
  clock,
  bundle,
  secrets,
  directory: configuredDirectory(bundle.directory, bundle.slack),
  mayCountersign: countersigningPolicies(bundle),
  contextAt: (now) => messageContext(bundle, deployed, now),
  slack: slackWith({
    apiUrl: environment(ENV.slackApiUrl),
    secrets,
    timeoutMilliseconds: SLACK_MILLISECONDS,
  }),
};

export const handler = lambdaHandler((event: APIGatewayProxyEventV2) => answerTo(event, dependencies));
