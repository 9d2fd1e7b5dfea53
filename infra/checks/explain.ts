import { Stack, Validations } from 'aws-cdk-lib';
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js';
import type { IConstruct } from 'constructs';

/**
 * Accepts a finding of cdk-nag, with the reason why it is right as it is.
 *
 * @param finding - rule id, with the part in brackets for rules that report more than one thing
 */
export function explain(construct: IConstruct, finding: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: finding, reason });
}

/** Accepts one resource with a wildcard in the policies of a role, and no other. */
export function explainWildcard(construct: IConstruct, resource: string, reason: string): void {
  const shown = flattenCfnReference(Stack.of(construct).resolve(resource));
  explain(construct, `AwsSolutions-IAM5[Resource::${shown}]`, reason);
}
