import type { ReceiptGrant, ReceiptPolicy, ReceiptTool } from '../../contracts/receipt.ts';
import type { Account } from '../audit/receipt.ts';
import { digestOf } from '../call/canonical.ts';
import type { ToolNamespace } from '../tool/definition.ts';
import type { BundledPolicy, PolicyBundle } from './bundle.ts';
import { manifestOf, manifestPolicy } from './manifest.ts';

/**
 * What an envelope and policies give a run, from those that are deployed. The log has their digests alone, which tell whether they
 * are the ones that the run was opened with.
 *
 * @returns undefined when no envelope of the run's workflow is deployed any more
 */
export function grantOf(
  { run, policyDigest, envelopeDigest, calls }: Account,
  bundle: Pick<PolicyBundle, 'digest' | 'envelopes' | 'policies' | 'destinations'>,
  namespaces: readonly ToolNamespace[],
): ReceiptGrant | undefined {
  const envelope = bundle.envelopes[run.workflow];
  const manifest = envelope && manifestOf(envelope.agent, bundle, namespaces);
  if (envelope === undefined || manifest === undefined) {
    return undefined;
  }
  const deployed = { policyDigest: bundle.digest, envelopeDigest: digestOf(envelope) };
  const isOfTheRun = deployed.policyDigest === policyDigest && deployed.envelopeDigest === envelopeDigest;
  const deciding = new Set(calls.flatMap(({ decisions }) => decisions.flatMap(({ policies }) => policies)));
  return {
    source: isOfTheRun ? 'of_the_run' : 'deployed_now',
    ...deployed,
    envelopeVersion: envelope.version,
    steward: envelope.steward,
    reviewerRole: envelope.reviewer_role,
    toolCallsPerRun: envelope.budgets.max_tool_calls,
    tools: manifest.tools.map(
      ({ name, effect, tier, permittedBy }): ReceiptTool => ({
        ...{ name, effect, tier },
        permittedBy: permittedBy.map(({ id }) => id),
        approvers: permittedBy.flatMap(({ approverRole, quorum = 1 }) =>
          approverRole === undefined ? [] : [{ approverRole, quorum }],
        ),
      }),
    ),
    policies: bundle.policies.filter(({ id }) => deciding.has(id)).map(receiptPolicy),
  };
}

function receiptPolicy(policy: BundledPolicy): ReceiptPolicy {
  const { reason } = policy.annotations;
  return { ...manifestPolicy(policy), ...(reason === undefined ? {} : { reason }) };
}
