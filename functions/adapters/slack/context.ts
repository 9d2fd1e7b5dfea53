import { workflowMachineName } from '../../../contracts/names.ts';
import type { Approval } from '../../../domain/approval/approval.ts';
import type { PolicyBundle } from '../../../domain/policy/bundle.ts';
import type { MessageContext } from './words.ts';

/** Where this deployment is. */
export interface Deployed {
  readonly prefix: string;
  readonly account: string;
  readonly region: string;
}

/** What messages and views say beside an approval, from the directory and from where its runs are executed. @param now - ISO 8601 UTC */
export function messageContext(
  { directory }: Pick<PolicyBundle, 'directory'>,
  deployed: Deployed,
  now: string,
): MessageContext {
  const names = new Map(directory.people.map(({ id, name }) => [id, name]));
  return {
    now,
    nameOf: (personId) => names.get(personId) ?? personId,
    runUrl: (approval) => executionUrl(approval, deployed),
  };
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html for partitions. */
const PARTITIONS = [
  { regions: /^cn-/, partition: 'aws-cn', domain: 'console.amazonaws.cn' },
  { regions: /^us-gov-/, partition: 'aws-us-gov', domain: 'console.amazonaws-us-gov.com' },
  { regions: /^/, partition: 'aws', domain: 'console.aws.amazon.com' },
] as const;

/** The execution in AWS's console, for those who may look at it there. */
function executionUrl(
  { workflow, runId }: Pick<Approval, 'workflow' | 'runId'>,
  { prefix, account, region }: Deployed,
): string {
  const found = PARTITIONS.find(({ regions }) => regions.test(region));
  const machine = workflowMachineName(prefix, workflow);
  const execution = `arn:${found?.partition}:states:${region}:${account}:execution:${machine}:${runId}`;
  return `https://${region}.${found?.domain}/states/home?region=${region}#/v2/executions/details/${execution}`;
}
