import type { Proposal, RunRef } from '../../contracts/call.ts';
import { keyedDigest } from '../audit/keyed-digest.ts';

/** A parsed proposal in its place: everything that makes it this call and no other. */
export interface GovernedCall extends RunRef {
  readonly callId: string;
  readonly workflow: string;
  readonly agent: string;
  readonly userId: string;
  readonly proposal: Proposal;
  /** `Type/id` of what the call acts on. */
  readonly resource: string;
  /** Of the run. */
  readonly digestKey: string | undefined;
}

/**
 * Binds warrants and approvals to one exact call: any change of any field gives another digest. It is in the log and is made of
 * arguments, so it is made with the run's key.
 *
 * @throws Error without a key
 */
export function callDigest(call: GovernedCall): string {
  const { tenant, runId, callId, workflow, agent, userId, proposal, resource, digestKey } = call;
  return keyedDigest(digestKey, {
    tenant,
    runId,
    callId,
    workflow,
    agent,
    userId,
    tool: proposal.tool,
    arguments: proposal.arguments,
    resource,
  });
}

/** At most 36 characters, the longest client request token that DynamoDB takes. */
const IDEMPOTENCY_KEY_LENGTH = 36;

/** Given to tools: the same for every attempt at this call, and for no other call. */
export function idempotencyKeyOf(digest: string): string {
  return digest.slice(0, IDEMPOTENCY_KEY_LENGTH);
}

const PREVIEW_SUFFIX = '-preview';

/** `0002-00-preview`: shows people what call 0002-00 would change. Calls that a model proposes are never called so. */
export function previewCallIdOf(callId: string): string {
  return callId + PREVIEW_SUFFIX;
}

/** Whether what it answers goes to people alone. */
export function isPreviewCall({ callId }: { readonly callId: string }): boolean {
  return callId.endsWith(PREVIEW_SUFFIX);
}

const APPROVAL_ID_LENGTH = 20;

/** Asking twice about the same call asks once; a changed call asks anew. */
export function approvalIdOf(digest: string): string {
  return `apr-${digest.slice(0, APPROVAL_ID_LENGTH)}`;
}
