import type { Reason } from '../../contracts/call.ts';
import { type Approval, isUnreachable } from '../../domain/approval/approval.ts';
import { capRefusal, type RunCaps } from '../../domain/budget/budget.ts';
import { approvalIdOf } from '../../domain/call/governed-call.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import type { OpenRunRecord } from '../adapters/runs.ts';

/**
 * Why the run cannot take another call, before policy is asked; undefined when it can.
 *
 * @param holdMicroDollars - what the call would set aside
 */
export function runRefusal(run: OpenRunRecord, caps: RunCaps, holdMicroDollars: number): Reason | undefined {
  if (run.status !== 'open') {
    return { code: 'run_not_open', message: `the run is ${run.status}, calls need an open run` };
  }
  if (run.callsAuthorized >= caps.calls) {
    return { code: 'calls_exhausted', message: 'the run has made all tool calls that its envelope grants' };
  }
  return capRefusal(run, holdMicroDollars, caps.microDollars);
}

export function envelopeRefusal(envelope: Envelope | undefined, tool: string): Reason | undefined {
  if (envelope === undefined) {
    return { code: 'no_envelope', message: 'the workflow has no envelope in the deployed policy bundle' };
  }
  if (!envelope.permissions.allowed_tools.includes(tool)) {
    const message = `tool '${tool}' is not among the workflow's allowed_tools`;
    return { code: 'tool_not_in_envelope', message };
  }
  return undefined;
}

/** INVARIANT: a reason of its own, so that an outage of Slack is never taken for people who said no. */
const NOBODY_REACHED: Reason = {
  code: 'approval_unreachable',
  message: 'nobody could be reached who may countersign this call; nothing was done, propose it again later',
};

/** Why an approval does not stand behind this very call; undefined when it does, or when people were not asked. */
export function approvalRefusal(
  approvalId: string | undefined,
  approval: Approval | undefined,
  digest: string,
  now: string,
): Reason | undefined {
  if (approvalId === undefined) {
    return undefined;
  }
  if (approval === undefined) {
    return { code: 'unknown_approval', message: `approval ${approvalId} does not exist` };
  }
  // INVARIANT: an approval of something else than a call is for no call, whatever digest it is given
  if (approval.digest !== digest || approvalId !== approvalIdOf(digest)) {
    return { code: 'other_call', message: 'the approval is for another call, any change needs a new one' };
  }
  const last = approval.verdicts.at(-1);
  switch (approval.state) {
    case 'approved':
      return undefined;
    case 'rejected':
      return {
        code: 'approval_rejected',
        message: `rejected by ${last?.by}${last?.note ? `: ${last.note}` : ''}`,
      };
    case 'used':
      return { code: 'approval_used', message: 'the approval was used already, each allows one call' };
    case 'expired':
      return { code: 'approval_expired', message: `nobody decided before ${approval.expiresAt}` };
    case 'unreachable':
      return NOBODY_REACHED;
    default:
      if (isUnreachable(approval, now)) {
        return NOBODY_REACHED;
      }
      return now >= approval.expiresAt
        ? { code: 'approval_expired', message: `nobody decided before ${approval.expiresAt}` }
        : undefined;
  }
}
