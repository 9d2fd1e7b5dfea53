import { Stack } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { ENV } from '../../contracts/environment.ts';
import { SLACK_SECRETS, type SlackSecret, slackSecretName } from '../../contracts/names.ts';
import { explain } from '../checks/explain.ts';
import { grantTakeVerdicts, type Ledger } from '../constructs/ledger-grants.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import { slackApi } from '../constructs/slack-api.ts';
import type { Deployment } from '../countersign.ts';

export interface ApprovalsStackProps extends Deployment {
  readonly ledger: Ledger;
}

/** What tells people that they are asked, and takes their answers from Slack. Holds no state. */
export class ApprovalsStack extends Stack {
  constructor(scope: Construct, id: string, props: ApprovalsStackProps) {
    super(scope, id, { description: 'countersign: asks people, in Slack where it is set up' });
    const { slackApiUrl } = props;
    if (slackApiUrl !== undefined) {
      const secrets = this.secrets(props);
      slackApi(this, this.interactionsFunction(props, slackApiUrl, secrets));
    }
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
      environment: { [ENV.slackApiUrl]: slackApiUrl },
    });
    grantTakeVerdicts(interactions, ledger);
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
