import { ENV } from '../../../contracts/environment.ts';
import { deployedDestinations, deployedGuard } from '../../adapters/egress/deployed.ts';
import { secretReader, secretsClient } from '../../adapters/secrets.ts';
import { executor } from '../../execute/executor.ts';
import { environment } from '../../runtime/environment.ts';
import { API_TOKEN, stock } from './definitions.ts';
import { stockHandlers } from './handlers.ts';
import listing from './listing.json' with { type: 'json' };

export const handler = executor(
  stock,
  stockHandlers({
    title: 'the stock server',
    path: '/mcp',
    secret: API_TOKEN,
    listing,
    fetch: deployedGuard(),
    secrets: secretReader({
      prefix: environment(ENV.prefix),
      clock: () => new Date(),
      clientFor: secretsClient,
    }),
    destinationsOf: deployedDestinations,
  }),
);
