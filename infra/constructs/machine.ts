import { join } from 'node:path';
import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { explain } from '../checks/explain.ts';
import { PROJECT } from '../policy/paths.ts';
import type { ServiceFunction } from './service-function.ts';

export interface MachineProps {
  readonly name: string;
  /** File under `statemachines/`. */
  readonly definition: string;
  readonly express: boolean;
  /** Values of the `${...}` in the definition; the partition is added. */
  readonly substitutions: Readonly<Record<string, string>>;
  /** Every function that the machine may invoke. */
  readonly invokes: readonly ServiceFunction[];
}

/** A state machine from its ASL file, traced, logging its errors without anybody's data. */
export function machine(scope: Construct, id: string, props: MachineProps): StateMachine {
  const { name, definition, express, substitutions, invokes } = props;
  const logs = new LogGroup(scope, `${id}Logs`, {
    retention: RetentionDays.THREE_MONTHS,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const built = new StateMachine(scope, id, {
    stateMachineName: name,
    stateMachineType: express ? StateMachineType.EXPRESS : StateMachineType.STANDARD,
    definitionBody: DefinitionBody.fromFile(join(PROJECT, 'statemachines', definition)),
    definitionSubstitutions: { Partition: Aws.PARTITION, ...substitutions },
    tracingEnabled: true,
    logs: { destination: logs, level: LogLevel.ERROR, includeExecutionData: false },
  });
  built.addToRolePolicy(
    new PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: invokes.map(({ function: { functionArn } }) => functionArn),
    }),
  );
  explain(
    built,
    'AwsSolutions-SF1',
    'the ledger records every step; logging all events again would double the cost of a call',
  );
  explain(
    built.role,
    'AwsSolutions-IAM5[Resource::*]',
    'log delivery and X-Ray take no resource in particular',
  );
  return built;
}
