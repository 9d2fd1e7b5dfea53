import type { App } from 'aws-cdk-lib';
import type { ToolNamespace } from '../domain/tool/definition.ts';
import { checkDestination, deploymentOriginName, parseDestination } from '../domain/tool/destination.ts';
import type { Settings } from './settings.ts';

/** Where servers of tests listen, as URLs have it. */
const LOOPBACK_HOSTS = ['127.0.0.1', '[::1]'];

/**
 * The namespaces with the origins of this deployment in place of their names: `deployment:helpdesk` becomes what the
 * context names `helpdeskOrigin`. Done once, before anything is made of the definitions, so that the policy digest, the
 * executors' settings and whoever reads the templates have the origins themselves.
 *
 * @throws Error for an origin that is missing or that no tool may have
 */
export function withDeploymentOrigins(
  namespaces: readonly ToolNamespace[],
  app: App,
  settings: Settings,
): ToolNamespace[] {
  const resolved = (destination: string): string => {
    const name = deploymentOriginName(destination);
    return name === undefined ? destination : originOf(`${name}Origin`, app, settings);
  };
  return namespaces.map((namespace) => ({
    ...namespace,
    tools: namespace.tools.map((tool) =>
      tool.destinations === undefined ? tool : { ...tool, destinations: tool.destinations.map(resolved) },
    ),
  }));
}

function originOf(context: string, app: App, { permitLoopbackDestinations }: Settings): string {
  const origin = String(app.node.tryGetContext(context) ?? '');
  try {
    const { scheme, host } = parseDestination(origin, { permitHttp: permitLoopbackDestinations });
    if (permitLoopbackDestinations && scheme === 'http:' && LOOPBACK_HOSTS.includes(host)) {
      return origin;
    }
    checkDestination(origin);
    if (host.startsWith('*')) {
      throw new Error(`destination '${origin}': expected one host, without '*.'`);
    }
    return origin;
  } catch (error) {
    throw new Error(`context ${context}: ${(error as Error).message}`);
  }
}
