import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { type ApprovalView, DEFAULT_TENANT, type VerdictRequest } from '../../contracts/api.ts';
import { type Approval, verdictRefusal, waitedSeconds, withVerdict } from '../../domain/approval/approval.ts';
import type { Person } from '../../domain/approval/directory.ts';
import { ledgerEvent } from '../../domain/audit/event.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import { redactText } from '../../domain/redaction/redact.ts';
import { type Clock, timestamp } from '../../domain/time.ts';
import { approvalView, readApproval, recordVerdict, waitingApprovals } from '../adapters/approvals.ts';
import { ConditionsFailed, transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import { clearWaiting } from '../adapters/runs.ts';
import { knownCaller } from './caller.ts';
import { ApiFailure, parsedBody, Tenant } from './http.ts';

const MAXIMUM_NOTE_LENGTH = 1000;

const VerdictShape = z.strictObject({
  tenant: Tenant.default(DEFAULT_TENANT),
  verdict: z.enum(['approve', 'reject']),
  note: z.string().min(1).max(MAXIMUM_NOTE_LENGTH).optional(),
});

interface Dependencies {
  readonly client: DynamoDBDocumentClient;
  readonly bundle: PolicyBundle;
  readonly clock: Clock;
}

export async function listApprovals(tenant: string, { client }: Dependencies): Promise<ApprovalView[]> {
  return (await waitingApprovals(client, tenant)).map(approvalView);
}

/** Refusals that say who may not; the others say that it is too early or too late. */
const FORBIDDEN = ['missing_role', 'own_request'];

/** Verdicts of several people at the same instant are taken one after the other. */
const RECORDING_TRIES = 5;

/**
 * Records one person's verdict. Waking the machine is left to `resume-run`, which follows the table's stream. The
 * same verdict by the same person again changes nothing and answers the same.
 *
 * @throws ApiFailure 400 bad body, 403 the caller may not decide, 404 unknown approval, 409 nothing to decide
 */
export async function decideApproval(
  approvalId: string,
  body: string,
  caller: string | undefined,
  dependencies: Dependencies,
): Promise<ApprovalView> {
  const { client, bundle, clock } = dependencies;
  const { tenant, verdict, note } = parsedBody(VerdictShape, body);
  const person = knownCaller(bundle, caller);
  for (let attempt = 1; ; attempt += 1) {
    const approval = await readApproval(client, { tenant, approvalId });
    if (approval === undefined) {
      throw new ApiFailure(404, 'unknown_approval', `tenant '${tenant}' has no approval '${approvalId}'`);
    }
    if (approval.verdicts.some((given) => given.by === person.id && given.verdict === verdict)) {
      return approvalView(approval);
    }
    const request = { verdict, ...(note === undefined ? {} : { note: redactText(note).value }) };
    try {
      return await decide(approvalView(approval), person, request, { client, at: timestamp(clock) });
    } catch (error) {
      if (!(error instanceof ConditionsFailed) || attempt === RECORDING_TRIES) {
        throw error;
      }
    }
  }
}

async function decide(
  approval: Approval,
  person: Person,
  request: VerdictRequest,
  { client, at }: { readonly client: DynamoDBDocumentClient; readonly at: string },
): Promise<ApprovalView> {
  const refusal = verdictRefusal(approval, person, at);
  if (refusal !== undefined) {
    throw new ApiFailure(FORBIDDEN.includes(refusal.code) ? 403 : 409, refusal.code, refusal.message);
  }
  const { callId, approvalId } = approval;
  const decided = withVerdict(approval, person.id, request, at);
  const body = {
    type: 'approval.verdict',
    callId,
    approvalId,
    by: person.id,
    ...request,
    state: decided.state,
  } as const;
  await transact(client, {
    approval: recordVerdict(approval, decided),
    run: decided.state === 'waiting' ? undefined : clearWaiting(approval, waitedSeconds(approval, at)),
    event: appendEvent(ledgerEvent(approval, `${callId}/verdict/${person.id}`, at, body)),
  });
  return { ...approval, ...decided };
}
