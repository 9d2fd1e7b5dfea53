import { typeNameOf } from '../tool-name.ts';
import { httpTests } from './http-tests.ts';
import type { Kind, NewTool } from './kind.ts';

const DEPLOYMENT = 'deployment:';

/** Somebody's HTTP API that speaks JSON and takes a bearer token, behind the egress guard. */
export const http: Kind = {
  title: 'an HTTP API with JSON and a bearer token',
  /** One read of the token; see `SECRET_READ_MICRO_DOLLARS`. */
  maximumCostMicroDollars: 5,
  timeoutSeconds: 20,
  reach: (_, sibling) => `
access: [],
destinations: ${sibling?.destinations ?? 'DESTINATIONS'},
secrets: ${sibling?.secrets ?? '[API_TOKEN]'},`,
  sharesReach: true,
  constants: ({ secret, destination }) => `
/** The secret with the API's token. */
export const API_TOKEN = '${secret}';

${contextName(destination) === undefined ? '' : `/** The origin is the deployment's: its context \`${contextName(destination)}\`. */`}
const DESTINATIONS = ['${destination}'] as const;
`,
  context: ({ destination, name: { namespace } }) => {
    const origin = contextName(destination);
    return origin === undefined ? {} : { [origin]: `https://${namespace}.example` };
  },
  body: (tool) => {
    if (tool.effect === 'read') {
      return readBody(tool);
    }
    return tool.idempotency === 'by_lookup' ? lookUpBody(tool) : writeBody(tool);
  },
  bodyNames: ({ name }) => [`${name.identifier}Over`],
  handler: ({ name }, { variableOf, reach }) => {
    const api = variableOf('JsonApi');
    return api === undefined || reach.destinations === undefined
      ? undefined
      : `${name.identifier}Over(${api})`;
  },
  fitsWhere: 'a new namespace, or one whose handlers have a JsonApi and whose tools have destinations',
  handlers: ({ name: { namespace } }, members) => ({
    imports: `import type { ApiConnections, JsonApi } from '../../adapters/json-api.ts';
import { API_TOKEN } from './definitions.ts';`,
    text: `
export function ${namespace}Handlers(connections: ApiConnections): ${typeNameOf(namespace)}Handlers {
  const api: JsonApi = { title: 'the ${namespace} API', secret: API_TOKEN, ...connections };
  return { ${members} };
}`,
  }),
  entry: ({ name: { namespace } }) => `
import { ENV } from '../../../contracts/environment.ts';
import { deployedDestinations, deployedGuard } from '../../adapters/egress/deployed.ts';
import { secretReader, secretsClient } from '../../adapters/secrets.ts';
import { executor } from '../../execute/executor.ts';
import { environment } from '../../runtime/environment.ts';
import { ${namespace} } from './definitions.ts';
import { ${namespace}Handlers } from './handlers.ts';

export const handler = executor(
  ${namespace},
  ${namespace}Handlers({
    fetch: deployedGuard(),
    secrets: secretReader({ prefix: environment(ENV.prefix), clock: () => new Date(), clientFor: secretsClient }),
    destinationsOf: deployedDestinations,
  }),
);
`,
  tests: httpTests,
  next: ({ name, secret, destination }) => [
    `say in functions/tools/${name.namespace}/${name.file}.ts which paths and fields the API really has`,
    `name the API's origin in cdk.json if it is a deployment's (${destination}), and after deploying put its token: aws secretsmanager put-secret-value --secret-id countersign/${name.namespace}/${secret} --secret-string file://token`,
  ],
};

/** `helpdeskOrigin` of `deployment:helpdesk`; undefined for an origin. */
function contextName(destination: string): string | undefined {
  return destination.startsWith(DEPLOYMENT) ? `${destination.slice(DEPLOYMENT.length)}Origin` : undefined;
}

function readBody({ name: { identifier, argument, collection } }: NewTool): string {
  return `
import type { ToolHandler } from '../../../domain/tool/handler.ts';
import { ask, type JsonApi } from '../../adapters/json-api.ts';
import { ${identifier} } from './definitions.ts';

export function ${identifier}Over(api: JsonApi): ToolHandler<typeof ${identifier}> {
  return ({ ${argument} }, context) => {
    const request = { method: 'GET', path: \`/${collection}/\${${argument}}\` } as const;
    return ask(api, ${identifier}, request, ${identifier}.output, context);
  };
}
`;
}

function lookUpBody({ name: { identifier, collection } }: NewTool): string {
  return `
import { z } from 'zod';
import type { LookUpHandler, ToolContext } from '../../../domain/tool/handler.ts';
import { ask, type JsonApi, search } from '../../adapters/json-api.ts';
import { ${identifier} } from './definitions.ts';

type Done = z.output<typeof ${identifier}.output>;

/** Answer of a search by \`external_id\`. */
const Found = z.object({ items: z.array(${identifier}.output) });

export function ${identifier}Over(api: JsonApi): LookUpHandler<typeof ${identifier}> {
  return {
    run: async (input, context) => {
      const { runId, callId, idempotencyKey } = context;
      // whoever finds it there finds the run, and a look-up finds it
      const origin = { external_id: idempotencyKey, metadata: { run_id: runId, call_id: callId } };
      const request = { method: 'POST', path: '/${collection}', body: { ...input, ...origin } } as const;
      return recorded(await ask(api, ${identifier}, request, ${identifier}.output, context), context);
    },
    lookUp: async (_, context) => {
      const query = new URLSearchParams({ external_id: context.idempotencyKey });
      const request = { method: 'GET', path: \`/${collection}?\${query}\` } as const;
      const { items } = await search(api, ${identifier}, request, Found, context);
      return items[0] && recorded(items[0], context);
    },
  };
}

function recorded(done: Done, { recordEffect }: ToolContext): Done {
  recordEffect(\`${collection}/\${done.id}\`);
  return done;
}
`;
}

function writeBody({ name: { identifier, collection }, idempotency }: NewTool): string {
  const comment =
    idempotency === 'by_key'
      ? '// `ask` sends the key of the call: by_key relies on the API taking it only once'
      : '// whoever finds it there finds the run';
  return `
import type { ToolHandler } from '../../../domain/tool/handler.ts';
import { ask, type JsonApi } from '../../adapters/json-api.ts';
import { ${identifier} } from './definitions.ts';

export function ${identifier}Over(api: JsonApi): ToolHandler<typeof ${identifier}> {
  return async (input, context) => {
    ${comment}
    const metadata = { run_id: context.runId, call_id: context.callId };
    const request = { method: 'POST', path: '/${collection}', body: { ...input, metadata } } as const;
    const done = await ask(api, ${identifier}, request, ${identifier}.output, context);
    context.recordEffect(\`${collection}/\${done.id}\`);
    return done;
  };
}
`;
}
