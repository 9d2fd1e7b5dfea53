import { Stack } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { SLACK_SECRETS, slackSecretName } from '../../contracts/names.ts';
import { explain } from '../checks/explain.ts';
import type { Ledger } from '../constructs/ledger-grants.ts';
import type { Deployment } from '../countersign.ts';

export interface ApprovalsStackProps extends Deployment {
  readonly ledger: Ledger;
}

/** What tells people that they are asked, and takes their answers from Slack. Holds no state. */
export class ApprovalsStack extends Stack {
  constructor(scope: Construct, id: string, props: ApprovalsStackProps) {
    super(scope, id, { description: 'countersign: asks people, in Slack where it is set up' });
    if (props.slackApiUrl !== undefined) {
      this.secrets(props);
    }
  }

  /** Empty: Slack issues the values, and somebody puts them here by hand, so none is ever in a template. */
  private secrets({ prefix }: ApprovalsStackProps): void {
    for (const secret of SLACK_SECRETS) {
      const built = new CfnSecret(this, `Slack-${secret}`, {
        name: slackSecretName(prefix, secret),
        description: `countersign: ${secret} of the Slack app`,
      });
      explain(built, 'AwsSolutions-SMG4', 'Slack issues the value; rotating is putting the next one');
    }
  }
}
