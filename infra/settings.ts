import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { PROJECT } from './policy/paths.ts';

/** What a deployment may choose, from the context of `cdk.json` or `--context name=value`. */
export interface Settings {
  /** Begins the name of everything; another prefix is another deployment in the same account. */
  readonly prefix: string;
  /** Days for which nobody, the account's root among them, can delete an audit object. */
  readonly auditRetentionDays: number;
  /** Folder with everything that decides, absolute. */
  readonly policies: string;
  /** Whether runs may bring their own proposals. For tests and the local cloud. */
  readonly recordedProvider: boolean;
  /** Whether tools may reach servers on loopback, over plain HTTP. For tests on the local cloud, and refused elsewhere. */
  readonly permitLoopbackDestinations: boolean;
  /**
   * Slack's Web API, with a slash at the end: people are asked there as `policies/slack.yaml` says, and may answer there. @default
   * nobody is
   */
  readonly slackApiUrl?: string;
  /** Guardrail of Bedrock that scores texts beside the rules. @default none: the rules alone */
  readonly guardrail?: { readonly id: string; readonly version: string };
  /** SNS topic that alarms are sent to. @default none: they show in CloudWatch alone */
  readonly alarmTopicArn?: string;
}

/** Object Lock takes at most a hundred years. */
const MAXIMUM_RETENTION_DAYS = 36_500;

/**
 * @param environment - says where the deployment goes: the SDK's `AWS_ENDPOINT_URL`
 * @throws Error for a setting that cannot be meant, naming it
 */
export function settingsOf(
  app: App,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Settings {
  const prefix = String(app.node.tryGetContext('prefix'));
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(prefix)) {
    throw new Error(
      `context prefix '${prefix}': expected lower-case letters, digits and hyphens, at most 20 characters`,
    );
  }
  const auditRetentionDays = Number(app.node.tryGetContext('auditRetentionDays'));
  if (
    !Number.isInteger(auditRetentionDays) ||
    auditRetentionDays < 1 ||
    auditRetentionDays > MAXIMUM_RETENTION_DAYS
  ) {
    throw new Error(
      `context auditRetentionDays '${auditRetentionDays}': expected 1 to ${MAXIMUM_RETENTION_DAYS} days`,
    );
  }
  const policies = resolve(PROJECT, String(app.node.tryGetContext('policies')));
  if (!existsSync(join(policies, 'directory.yaml'))) {
    throw new Error(
      `context policies '${policies}': expected a folder like policies/, with a directory.yaml`,
    );
  }
  const permitLoopbackDestinations = truth(app, 'permitLoopbackDestinations');
  if (permitLoopbackDestinations && !isOnLoopback(environment.AWS_ENDPOINT_URL)) {
    throw new Error(
      'context permitLoopbackDestinations is true, expected false: only a local cloud may open loopback to tools',
    );
  }
  return {
    prefix,
    auditRetentionDays,
    policies,
    recordedProvider: truth(app, 'recordedProvider'),
    permitLoopbackDestinations,
    ...slackOf(app, permitLoopbackDestinations),
    ...guardrailOf(app),
    ...alarmTopicOf(app),
  };
}

function slackOf(app: App, permitLoopback: boolean): Pick<Settings, 'slackApiUrl'> {
  if (!truth(app, 'slack')) {
    return {};
  }
  const slackApiUrl = String(app.node.tryGetContext('slackApiUrl'));
  const { protocol, hostname, pathname } = URL.parse(slackApiUrl) ?? {};
  const isReached = protocol === 'https:' || (permitLoopback && hostname === '127.0.0.1');
  if (!isReached || pathname?.endsWith('/') !== true) {
    throw new Error(
      `context slackApiUrl '${slackApiUrl}': expected an address such as https://slack.com/api/`,
    );
  }
  return { slackApiUrl };
}

function guardrailOf(app: App): Pick<Settings, 'guardrail'> {
  const [id, version] = ['guardrailId', 'guardrailVersion'].map((name) =>
    String(app.node.tryGetContext(name) ?? ''),
  );
  if (id === '' && version === '') {
    return {};
  }
  if (!/^[a-z0-9]{1,64}$/.test(id ?? '')) {
    throw new Error(`context guardrailId '${id}': expected the id of a guardrail of this account and region`);
  }
  if (!/^[1-9]\d{0,7}$/.test(version ?? '')) {
    throw new Error(
      `context guardrailVersion '${version}': expected the number of a version, since a draft may change under decisions`,
    );
  }
  return { guardrail: { id: id ?? '', version: version ?? '' } };
}

function alarmTopicOf(app: App): Pick<Settings, 'alarmTopicArn'> {
  const alarmTopicArn = String(app.node.tryGetContext('alarmTopicArn') ?? '');
  if (alarmTopicArn === '') {
    return {};
  }
  if (!/^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+$/.test(alarmTopicArn)) {
    throw new Error(
      `context alarmTopicArn '${alarmTopicArn}': expected the arn of an sns topic of this region`,
    );
  }
  return { alarmTopicArn };
}

function truth(app: App, name: string): boolean {
  const value = String(app.node.tryGetContext(name));
  if (value !== 'true' && value !== 'false') {
    throw new Error(`context ${name} '${value}': expected true or false`);
  }
  return value === 'true';
}

/** Whether an emulator on this machine is what the CDK deploys to. */
function isOnLoopback(endpoint: string | undefined): boolean {
  return endpoint !== undefined && URL.parse(endpoint)?.hostname === '127.0.0.1';
}
