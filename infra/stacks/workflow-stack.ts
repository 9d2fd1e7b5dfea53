import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { workflowMachineName } from '../../contracts/names.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import { agentRole } from '../constructs/agent-role.ts';
import type { Ledger } from '../constructs/ledger-grants.ts';
import { machine } from '../constructs/machine.ts';
import type { Deployment } from '../countersign.ts';
import type { ControlStack } from './control-stack.ts';
import type { ToolsStack } from './tools-stack.ts';

export interface WorkflowStackProps extends Deployment {
  readonly envelope: Envelope;
  readonly ledger: Ledger;
  readonly tools: ToolsStack;
  readonly control: ControlStack;
}

/** One workflow: the machine that its runs execute, and the identity of its agent. */
export class WorkflowStack extends Stack {
  readonly agentRole: Role;
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, props: WorkflowStackProps) {
    const { envelope, prefix, namespaces, tools, control, ledger } = props;
    super(scope, id, { description: `countersign: workflow ${envelope.workflow}` });
    this.agentRole = agentRole(this, 'Agent', {
      prefix,
      envelope,
      namespaces,
      executors: tools.executors,
      ledger,
    });
    const { openRun, plan, countersign, closeRun } = control.runSteps;
    this.machine = machine(this, 'Machine', {
      name: workflowMachineName(prefix, envelope.workflow),
      definition: 'agent-loop.asl.json',
      express: false,
      substitutions: {
        OpenRunFunction: openRun.function.functionArn,
        PlanFunction: plan.function.functionArn,
        CountersignFunction: countersign.function.functionArn,
        CloseRunFunction: closeRun.function.functionArn,
        GovernedCallMachine: control.governedCall.stateMachineArn,
      },
      invokes: [openRun, plan, countersign, closeRun],
    });
    this.machine.addToRolePolicy(
      new PolicyStatement({
        actions: ['states:StartSyncExecution'],
        resources: [control.governedCall.stateMachineArn],
      }),
    );
  }
}
