import { PLACE } from './concrete.ts';
import type { DeployedPolicies } from './deployed-policies.ts';
import type { Call } from './evaluate.ts';

/** Calls by what they do, to be read behind "may" and "may not". */
export type Calls = Readonly<Record<string, Call>>;

/** ARN of something in the templates, so that no case is about a thing that does not exist. */
export function arnOf({ arns }: DeployedPolicies, type: string, name: string): string {
  const arn = arns.get(`AWS::${type} ${name}`);
  if (arn === undefined) {
    throw new Error(`no AWS::${type} '${name}', expected one of ${[...arns.keys()].join(', ')}`);
  }
  return arn;
}

export function tableArn(policies: DeployedPolicies, name: string): string {
  return arnOf(policies, 'DynamoDB::GlobalTable', name);
}

/** A request about one partition key, which says to DynamoDB whose data it is. */
export function item(
  operation: string,
  resource: string,
  key: string,
  context: Readonly<Record<string, string | readonly string[]>> = {},
): Call {
  return {
    action: `dynamodb:${operation}`,
    resource,
    context: { 'dynamodb:LeadingKeys': [key], ...context },
  };
}

/** An update that names attributes; DynamoDB counts those of the key and of conditions too. */
export function update(
  resource: string,
  key: string,
  attributes: readonly string[],
  context: Readonly<Record<string, string>> = {},
): Call {
  return item('UpdateItem', resource, key, { 'dynamodb:Attributes': attributes, ...context });
}

/** A call that says nothing more than what it is on. */
export function on(resource: string, action: string): Call {
  return { action, resource };
}

/** Names in the place that are in no template. */
export function elsewhere(service: string, end: string): string {
  return `arn:${PLACE.partition}:${service}:${PLACE.region}:${PLACE.account}:${end}`;
}
