import { ENV } from '../../../contracts/environment.ts';
import { deployedDestinations, deployedGuard } from '../../adapters/egress/deployed.ts';
import { secretReader, secretsClient } from '../../adapters/secrets.ts';
import { executor } from '../../execute/executor.ts';
import { environment } from '../../runtime/environment.ts';
import { helpdesk } from './definitions.ts';
import { helpdeskHandlers } from './handlers.ts';

export const handler = executor(
  helpdesk,
  helpdeskHandlers({
    fetch: deployedGuard(),
    secrets: secretReader({
      prefix: environment(ENV.prefix),
      clock: () => new Date(),
      clientFor: secretsClient,
    }),
    destinationsOf: deployedDestinations,
  }),
);
