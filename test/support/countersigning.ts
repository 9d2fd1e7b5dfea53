import assert from 'node:assert/strict';
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { AuthorizeResult } from '../../contracts/call.ts';
import { ENV } from '../../contracts/environment.ts';
import type { GivenVerdict } from '../../contracts/events.ts';
import { APPROVALS, approvalKey } from '../../contracts/tables.ts';
import type { Person } from '../../domain/approval/directory.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import { type ApprovalRef, waitForVerdict } from '../../functions/adapters/approvals.ts';
import { cedarEngine } from '../../functions/adapters/cedar.ts';
import { countersigningPolicies, eligibleIn } from '../../functions/adapters/countersigning.ts';
import { configuredDirectory } from '../../functions/adapters/directory.ts';
import { transact } from '../../functions/adapters/dynamodb.ts';
import type { OpenRunRecord } from '../../functions/adapters/runs.ts';
import { giveVerdict, type SpokenVerdict } from '../../functions/adapters/verdicts.ts';
import { authorize } from '../../functions/authorize/authorize.ts';
import { callLimiter } from '../../functions/authorize/limits.ts';
import { runContextReader } from '../../functions/authorize/run-context.ts';
import { NOON } from './open-run.ts';

export const CALL_ID = '0002-00';

/** What authorize answers to a call, as the state machine asks. */
export async function authorized(
  client: DynamoDBDocumentClient,
  bundle: PolicyBundle,
  call: {
    readonly run: OpenRunRecord;
    readonly proposal: unknown;
    readonly approvalId?: string;
    readonly now?: string;
  },
): Promise<AuthorizeResult> {
  const { run, proposal, approvalId, now = NOON } = call;
  const at = { client, clock: () => new Date(now) };
  const dependencies = {
    ...{ ...at, bundle, engine: cedarEngine(bundle), prefix: 'none', limiter: callLimiter(at) },
    runContext: runContextReader(client, bundle),
    eligible: eligibleIn(bundle, configuredDirectory(bundle.directory, bundle.slack)),
  };
  const { tenant, runId } = run;
  const asked = approvalId === undefined ? {} : { approvalId };
  const { result } = await authorize({ tenant, runId, callId: CALL_ID, proposal, ...asked }, dependencies);
  return result;
}

/** Puts the machine to sleep on an approval, as `countersign` does. */
export async function asleep(client: DynamoDBDocumentClient, approval: ApprovalRef): Promise<void> {
  const token = { sealedToken: 'c2VhbGVk', tokenDigest: 'digest' };
  await transact(client, { approval: waitForVerdict(approval, token, undefined) });
}

/** What a person of the directory says. */
export function said(
  client: DynamoDBDocumentClient,
  bundle: PolicyBundle,
  by: string,
  verdict: GivenVerdict,
  about: ApprovalRef,
  more: Partial<SpokenVerdict> & { readonly now?: string } = {},
) {
  const { now = NOON, ...spoken } = more;
  const person: Person =
    bundle.directory.people.find(({ id }) => id === by) ?? assert.fail(`nobody is called ${by}`);
  return giveVerdict(
    { about, person, verdict, via: 'api', ...spoken },
    { client, clock: () => new Date(now), mayCountersign: countersigningPolicies(bundle) },
  );
}

/** Changes an approval as no part of the product would. */
export async function changed(
  client: DynamoDBDocumentClient,
  { tenant, approvalId }: ApprovalRef,
  changes: Readonly<Record<string, unknown>>,
): Promise<void> {
  const names = Object.keys(changes);
  await client.send(
    new UpdateCommand({
      TableName: process.env[ENV.approvalsTable],
      Key: { [APPROVALS.partitionKey]: approvalKey(tenant, approvalId) },
      UpdateExpression: `SET ${names.map((_, index) => `#n${index} = :v${index}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(names.map((name, index) => [`#n${index}`, name])),
      ExpressionAttributeValues: Object.fromEntries(
        names.map((name, index) => [`:v${index}`, changes[name]]),
      ),
    }),
  );
}
