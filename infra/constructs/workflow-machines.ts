import { ArnFormat, type Stack } from 'aws-cdk-lib';
import { workflowMachineName } from '../../contracts/names.ts';
import type { Deployment } from '../countersign.ts';

/** Machines of all workflows, by name: the stacks of workflows come after those that wake their machines. */
export function workflowMachineArns(stack: Stack, prefix: string, bundle: Deployment['bundle']): string[] {
  return Object.keys(bundle.envelopes).map((workflow) =>
    stack.formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: workflowMachineName(prefix, workflow),
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
  );
}
