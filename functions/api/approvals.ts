import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { type ApprovalView, DEFAULT_TENANT } from '../../contracts/api.ts';
import type { IdentityDirectory } from '../../domain/approval/directory.ts';
import type { Clock } from '../../domain/time.ts';
import { approvalView, readApproval, waitingApprovals } from '../adapters/approvals.ts';
import { giveVerdict, type MayCountersign, VerdictRefused } from '../adapters/verdicts.ts';
import { knownCaller } from './caller.ts';
import { ApiFailure, parsedBody, Tenant } from './http.ts';

const MAXIMUM_NOTE_LENGTH = 1000;

const VerdictShape = z.strictObject({
  tenant: Tenant.default(DEFAULT_TENANT),
  verdict: z.enum(['approve', 'reject', 'withdraw']),
  note: z.string().min(1).max(MAXIMUM_NOTE_LENGTH).optional(),
});

interface Dependencies {
  readonly client: DynamoDBDocumentClient;
  readonly directory: IdentityDirectory;
  readonly clock: Clock;
  readonly mayCountersign: MayCountersign;
}

export async function listApprovals(
  tenant: string,
  { client }: Pick<Dependencies, 'client'>,
): Promise<ApprovalView[]> {
  return (await waitingApprovals(client, tenant)).map(approvalView);
}

/** @throws ApiFailure 404 unknown approval */
export async function getApproval(
  tenant: string,
  approvalId: string,
  { client }: Pick<Dependencies, 'client'>,
): Promise<ApprovalView> {
  const approval = await readApproval(client, { tenant, approvalId });
  if (approval === undefined) {
    throw new ApiFailure(404, 'unknown_approval', `tenant '${tenant}' has no approval '${approvalId}'`);
  }
  return approvalView(approval);
}

const STATUSES = { unknown: 404, forbidden: 403, conflict: 409 } as const satisfies Record<
  VerdictRefused['kind'],
  number
>;

/**
 * Records the caller's verdict.
 *
 * @throws ApiFailure 400 bad body, 403 the caller may not decide, 404 unknown approval, 409 nothing to decide
 */
export async function decideApproval(
  approvalId: string,
  body: string,
  caller: string | undefined,
  dependencies: Dependencies,
): Promise<ApprovalView> {
  const { tenant, verdict, note } = parsedBody(VerdictShape, body);
  const person = await knownCaller(dependencies.directory, caller);
  try {
    const said = { verdict, via: 'api', ...(note === undefined ? {} : { note }) } as const;
    return await giveVerdict({ about: { tenant, approvalId }, person, ...said }, dependencies);
  } catch (error) {
    if (error instanceof VerdictRefused) {
      throw new ApiFailure(STATUSES[error.kind], error.code, error.message);
    }
    throw error;
  }
}
