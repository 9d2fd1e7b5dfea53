import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { OUTPUTS } from '../../contracts/names.ts';
import type { AwsServices } from '../connection.ts';
import { unreachableFailure } from '../failure.ts';

/** What a deployment says of its log. */
export type LogOutput = 'auditBucket' | 'auditKey' | 'auditOrigin';

/**
 * Outputs of the ledger's stack, asked for with the caller's own rights: `cloudformation:DescribeStacks`.
 *
 * @throws CommandFailure with exit code 3 when it has none
 */
export async function logOutputs<Name extends LogOutput>(
  { configuration, prefix }: AwsServices,
  names: readonly Name[],
): Promise<Readonly<Record<Name, string>>> {
  const stack = `${prefix}-ledger`;
  const client = new CloudFormationClient(configuration);
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
  const outputs = Stacks.flatMap(({ Outputs = [] }) => Outputs);
  const found = names.map((name) => {
    const value = outputs.find(({ OutputKey }) => OutputKey === OUTPUTS[name])?.OutputValue;
    if (value === undefined) {
      throw unreachableFailure(`stack ${stack} has no output ${OUTPUTS[name]}`);
    }
    return [name, value] as const;
  });
  return Object.fromEntries(found) as Record<Name, string>;
}

/**
 * @param what - is being read, such as `the audit log`
 * @throws CommandFailure with exit code 3 for whatever AWS refuses
 */
export async function orUnreachable<T>(
  what: string,
  { prefix }: AwsServices,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { name, message } = error as Error;
    if (name === 'CommandFailure') {
      throw error;
    }
    throw unreachableFailure(
      `${what} of ${prefix} cannot be read: ${message}; check --profile, --region and --prefix, and the caller's rights (docs/log.md)`,
    );
  }
}
