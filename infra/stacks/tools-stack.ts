import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { agentRoleName, executorName } from '../../contracts/names.ts';
import { SETTLE_MARGIN_SECONDS } from '../../domain/call/warrant.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import { namespaceOf, type ToolNamespace } from '../../domain/tool/definition.ts';
import { grantAppendEvents, grantRuns, grantUseWarrants, type Ledger } from '../constructs/ledger-grants.ts';
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
  }

  private executor(namespace: ToolNamespace, { prefix, bundle, ledger }: ToolsStackProps): ServiceFunction {
    const longestTool = Math.max(...namespace.tools.map(({ timeoutSeconds }) => timeoutSeconds));
    const executor = new ServiceFunction(this, `Execute-${namespace.name}`, {
      folder: `tools/${namespace.name}`,
      functionName: executorName(prefix, namespace.name),
      prefix,
      timeoutSeconds: longestTool + SETTLE_MARGIN_SECONDS,
    });
    grantUseWarrants(executor, ledger);
    grantRuns(executor, ledger, ['UpdateItem', 'ConditionCheckItem']);
    grantAppendEvents(executor, ledger);
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
}

export function usesNamespace({ permissions }: Envelope, namespace: string): boolean {
  return permissions.allowed_tools.some((tool) => namespaceOf(tool) === namespace);
}
