import { Stack } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { ENV, type EnvironmentName } from '../../contracts/environment.ts';
import { agentRoleName, executorName, secretName } from '../../contracts/names.ts';
import { SETTLE_MARGIN_SECONDS } from '../../domain/call/warrant.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import { namespaceOf, type ToolDefinition, type ToolNamespace } from '../../domain/tool/definition.ts';
import { explain } from '../checks/explain.ts';
import { grantApplyGuardrail } from '../constructs/guardrail-grant.ts';
import {
  grantAppendEvents,
  grantCacheReads,
  grantKeepOutputs,
  grantReportToLimits,
  grantSettleRuns,
  grantUseWarrants,
  type Ledger,
} from '../constructs/ledger-grants.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import type { Deployment } from '../countersign.ts';

export interface ToolsStackProps extends Deployment {
  readonly ledger: Ledger;
}

/** One executor per tool namespace. An executor can do nothing to a tool's resources itself: only as an agent. */
export class ToolsStack extends Stack {
  /** By namespace. */
  readonly executors: ReadonlyMap<string, ServiceFunction>;

  constructor(scope: Construct, id: string, props: ToolsStackProps) {
    super(scope, id, { description: 'countersign: tool executors' });
    this.executors = new Map(
      props.namespaces.map((namespace) => [namespace.name, this.executor(namespace, props)]),
    );
    for (const namespace of props.namespaces) {
      this.secrets(namespace, props.prefix);
    }
  }

  private executor(namespace: ToolNamespace, props: ToolsStackProps): ServiceFunction {
    const { prefix, bundle, ledger } = props;
    const longestTool = Math.max(...namespace.tools.map(({ timeoutSeconds }) => timeoutSeconds));
    const executor = new ServiceFunction(this, `Execute-${namespace.name}`, {
      folder: `tools/${namespace.name}`,
      functionName: executorName(prefix, namespace.name),
      prefix,
      timeoutSeconds: longestTool + SETTLE_MARGIN_SECONDS,
      environment: egress(namespace, props),
    });
    grantUseWarrants(executor, ledger);
    grantSettleRuns(executor, ledger);
    grantKeepOutputs(executor, ledger, namespace.name);
    grantAppendEvents(executor, ledger);
    grantReportToLimits(executor, ledger, namespace.name);
    grantCacheReads(executor, ledger, namespace.name);
    grantApplyGuardrail(executor, props);
    const roles = Object.values(bundle.envelopes)
      .filter((envelope) => usesNamespace(envelope, namespace.name))
      .map(({ agent }) =>
        this.formatArn({
          service: 'iam',
          region: '',
          resource: 'role',
          resourceName: agentRoleName(prefix, agent),
        }),
      );
    if (roles.length > 0) {
      executor.allow(['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession'], roles);
    }
    return executor;
  }

  /** Empty: the other side issues the values, and somebody puts them here by hand, so none is ever in a template. */
  private secrets({ name, tools }: ToolNamespace, prefix: string): void {
    const declared = new Set(tools.flatMap((tool: ToolDefinition) => tool.secrets ?? []));
    for (const secret of declared) {
      const built = new CfnSecret(this, `Secret-${name}-${secret}`, {
        name: secretName(prefix, name, secret),
        description: `countersign: ${secret} of the ${name} tools`,
      });
      explain(
        built,
        'AwsSolutions-SMG4',
        'the other side issues the value; rotating is putting the next one',
      );
    }
  }
}

/** INVARIANT: where tools may send requests is decided here, and not by what runs later. */
function egress(
  { tools }: ToolNamespace,
  { permitLoopbackDestinations }: ToolsStackProps,
): Partial<Record<EnvironmentName, string>> {
  const destinations = tools.flatMap((tool: ToolDefinition) =>
    tool.destinations === undefined ? [] : [[tool.name, tool.destinations] as const],
  );
  if (destinations.length === 0) {
    return {};
  }
  return {
    [ENV.toolDestinations]: JSON.stringify(Object.fromEntries(destinations)),
    ...(permitLoopbackDestinations ? { [ENV.loopbackDestinations]: 'enabled' } : {}),
  };
}

export function usesNamespace({ permissions }: Envelope, namespace: string): boolean {
  return permissions.allowed_tools.some((tool) => namespaceOf(tool) === namespace);
}
