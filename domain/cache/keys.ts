import { modelAnswerKey, toolAnswerKey, writtenResourceKey } from '../../contracts/tables.ts';
import { digestOf } from '../call/canonical.ts';
import type { Warrant } from '../call/warrant.ts';
import { namespaceOf, type ToolDefinition } from '../tool/definition.ts';
import { toolDigest } from '../tool/digest.ts';

/** Changes with the form of what is kept, so that no version of the product is given what another has kept. */
const FORM = 1;

type Read = Pick<
  Warrant,
  'tenant' | 'workflow' | 'agent' | 'user' | 'proposal' | 'resource' | 'policyDigest'
>;

/**
 * Key of what a tool answered. Whatever the answer may depend on is under the digest, as it is: of redacted arguments two
 * customers' would be the same, and a digest shows nothing of either. The resource's attributes are those that the decision
 * was made on, read a moment ago; under the policy digest are the envelope's redaction and the tool's destinations.
 */
export function readKey(
  { tenant, workflow, agent, user, proposal, resource, policyDigest }: Read,
  definition: ToolDefinition,
): string {
  const digest = digestOf({
    ...{ kind: 'tool', form: FORM, tenant, workflow, agent, user: user.id, policyDigest },
    ...{ tool: definition.name, definition: toolDigest(definition) },
    ...{ arguments: proposal.arguments, resource },
  });
  return toolAnswerKey(tenant, namespaceOf(definition.name), digest);
}

/** Key of what a model answered. @param request - all that it was asked with, as JSON */
export function modelKey(tenant: string, request: unknown): string {
  return modelAnswerKey(tenant, digestOf({ kind: 'model', form: FORM, tenant, request }));
}

/** Key of what is known of the writes to the resource of a call. A type is of one namespace, whose tools alone write to it. */
export function writtenKey({ tenant, proposal, resource: { type, id } }: Read): string {
  return writtenResourceKey(tenant, namespaceOf(proposal.tool), digestOf({ type, id }));
}
