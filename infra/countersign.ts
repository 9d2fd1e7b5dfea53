import type { App } from 'aws-cdk-lib';
import type { PolicyBundle } from '../domain/policy/bundle.ts';
import type { ToolNamespace } from '../domain/tool/definition.ts';
import type { Settings } from './settings.ts';
import { AnalyticsStack } from './stacks/analytics-stack.ts';
import { ApprovalsStack } from './stacks/approvals-stack.ts';
import { ControlStack } from './stacks/control-stack.ts';
import { DocumentsStack } from './stacks/documents-stack.ts';
import { ExamplesStack } from './stacks/examples-stack.ts';
import { LedgerStack } from './stacks/ledger-stack.ts';
import { ShopStack } from './stacks/shop-stack.ts';
import { ToolsStack } from './stacks/tools-stack.ts';
import { WorkflowStack } from './stacks/workflow-stack.ts';

/** What a deployment is made from. */
export interface Deployment extends Settings {
  readonly namespaces: readonly ToolNamespace[];
  readonly bundle: PolicyBundle;
}

/** Every stack of a deployment. Stateful ones come first and know nothing of those that use them. */
export function countersign(app: App, deployment: Deployment) {
  const { prefix, bundle, analytics } = deployment;
  const ledger = new LedgerStack(app, `${prefix}-ledger`, deployment);
  const shop = new ShopStack(app, `${prefix}-shop`, deployment);
  const documents = new DocumentsStack(app, `${prefix}-documents`, deployment);
  const examples = new ExamplesStack(app, `${prefix}-examples`, deployment);
  const tools = new ToolsStack(app, `${prefix}-tools`, { ...deployment, ledger });
  const control = new ControlStack(app, `${prefix}-control`, {
    ...deployment,
    ledger,
    shop,
    documents,
    examples,
    tools,
  });
  const approvals = new ApprovalsStack(app, `${prefix}-approvals`, { ...deployment, ledger });
  const workflows = Object.values(bundle.envelopes).map(
    (envelope) =>
      new WorkflowStack(app, `${prefix}-workflow-${envelope.workflow}`, {
        ...deployment,
        envelope,
        tools,
        control,
        ledger,
      }),
  );
  if (analytics) {
    new AnalyticsStack(app, `${prefix}-analytics`, { ...deployment, ledger });
  }
  return { ledger, shop, documents, examples, tools, control, approvals, workflows };
}
