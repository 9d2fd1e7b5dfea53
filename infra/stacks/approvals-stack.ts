import { Duration, Stack } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaFunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { ENV } from '../../contracts/environment.ts';
import { SLACK_SECRETS, type SlackSecret, slackSecretName } from '../../contracts/names.ts';
import { explain } from '../checks/explain.ts';
import * as grants from '../constructs/ledger-grants.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import { slackApi } from '../constructs/slack-api.ts';
import { followStream } from '../constructs/stream-follower.ts';
import { workflowMachineArns } from '../constructs/workflow-machines.ts';
import type { Deployment } from '../countersign.ts';

export interface ApprovalsStackProps extends Deployment {
  readonly ledger: grants.Ledger;
}

/** INVARIANT: less than a turn lasts (`functions/tell-people/board.ts`), so whoever has lost a turn is dead. */
const TELLING_SECONDS = 60;
/** Of what changes at once people are told together, and a digest has all of it. */
const GATHERING_SECONDS = 1;

/** What tells people that they are asked, and takes their answers from Slack. Holds no state. */
export class ApprovalsStack extends Stack {
  constructor(scope: Construct, id: string, props: ApprovalsStackProps) {
    super(scope, id, { description: 'countersign: asks people, in Slack where it is set up' });
    const { slackApiUrl } = props;
    const secrets = slackApiUrl === undefined ? undefined : this.secrets(props);
    if (slackApiUrl !== undefined && secrets !== undefined) {
      slackApi(this, this.interactionsFunction(props, slackApiUrl, secrets));
    }
    this.tellFunction(props, secrets?.get('bot-token'));
  }

  /**
   * Tells people, says that they can be reached, and ends waits that nobody has answered. It can neither approve nor change what is
   * asked or who, and wakes no machine as if somebody had approved.
   */
  private tellFunction(
    { prefix, bundle, ledger, slackApiUrl }: ApprovalsStackProps,
    botToken?: CfnSecret,
  ): void {
    if (slackApiUrl !== undefined && bundle.slack === undefined) {
      throw new Error('context slack is true, but policies/slack.yaml does not say where people are asked');
    }
    const tell = new ServiceFunction(this, 'TellPeople', {
      folder: 'tell-people',
      prefix,
      timeoutSeconds: TELLING_SECONDS,
      policyBundle: bundle,
      environment: slackApiUrl === undefined ? {} : { [ENV.slackApiUrl]: slackApiUrl },
    });
    grants.grantTellPeople(tell, ledger);
    grants.grantAppendEvents(tell, ledger);
    grants.grantOpenTokens(tell, ledger);
    tell.allow(
      ['states:SendTaskHeartbeat', 'states:SendTaskFailure'],
      workflowMachineArns(this, prefix, bundle),
    );
    if (botToken !== undefined) {
      tell.allow(['secretsmanager:GetSecretValue'], [botToken.ref]);
    }
    followStream(this, 'Tell', { follower: tell, table: ledger.approvals, gatherSeconds: GATHERING_SECONDS });
    new Rule(this, 'ApprovalsDue', {
      description: 'countersign: sees to approvals that are due',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunctionTarget(tell.function)],
    });
  }

  /** May take a verdict of somebody whom Slack vouches for. It can start no run, wake no machine and ask nobody. */
  private interactionsFunction(
    { prefix, bundle, ledger }: ApprovalsStackProps,
    slackApiUrl: string,
    secrets: ReadonlyMap<SlackSecret, CfnSecret>,
  ): ServiceFunction {
    const interactions = new ServiceFunction(this, 'SlackInteractions', {
      folder: 'slack-interactions',
      prefix,
      timeoutSeconds: 10,
      policyBundle: bundle,
      cedar: true,
      environment: { [ENV.slackApiUrl]: slackApiUrl },
    });
    grants.grantTakeVerdicts(interactions, ledger);
    interactions.allow(
      ['secretsmanager:GetSecretValue'],
      [...secrets.values()].map(({ ref }) => ref),
    );
    return interactions;
  }

  /** Empty: Slack issues the values, and somebody puts them here by hand, so none is ever in a template. */
  private secrets({ prefix }: ApprovalsStackProps): ReadonlyMap<SlackSecret, CfnSecret> {
    const secrets = new Map<SlackSecret, CfnSecret>();
    for (const secret of SLACK_SECRETS) {
      const built = new CfnSecret(this, `Slack-${secret}`, {
        name: slackSecretName(prefix, secret),
        description: `countersign: ${secret} of the Slack app`,
      });
      explain(built, 'AwsSolutions-SMG4', 'Slack issues the value; rotating is putting the next one');
      secrets.set(secret, built);
    }
    return secrets;
  }
}
