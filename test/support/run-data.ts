import { randomBytes, randomUUID } from 'node:crypto';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../contracts/environment.ts';
import type { EventBody } from '../../contracts/events.ts';
import { APPROVALS, approvalKey, personKey, RUNS, runKey } from '../../contracts/tables.ts';
import { ledgerEvent } from '../../domain/audit/event.ts';
import { transact } from '../../functions/adapters/dynamodb.ts';
import { appendEvent } from '../../functions/adapters/events.ts';
import { keepOutput, keepPrompt } from '../../functions/adapters/provenance.ts';
import type { RunRecord } from '../../functions/adapters/runs.ts';
import { transcriptPrefix } from '../../functions/adapters/transcripts.ts';
import { putWarrant } from '../../functions/adapters/warrants.ts';
import { localClient } from '../../local/aws.ts';
import { DIGEST_KEY } from './digest-key.ts';
import { NOON } from './open-run.ts';

/** What `keptRun` keeps of a run, as an erasure counts it. */
export const KEPT = { runs: 1, transcripts: 3, names: 2, calls: 2, approvals: 1 } as const;

/** A bucket for transcripts as it is deployed: with versions, and open to holds. */
export async function transcriptsBucket(): Promise<S3Client> {
  const s3 = new S3Client({
    ...localClient(process.env.COUNTERSIGN_LOCAL_ENDPOINT ?? ''),
    forcePathStyle: true,
  });
  const Bucket = `transcripts-${randomBytes(6).toString('hex')}`;
  await s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  process.env[ENV.transcriptsBucket] = Bucket;
  return s3;
}

/** A run with something in every place where something of a run is kept. */
export async function keptRun(
  { client, s3 }: { readonly client: DynamoDBDocumentClient; readonly s3: S3Client },
  more: Partial<RunRecord> = {},
): Promise<RunRecord> {
  const tenant = more.tenant ?? `t-${randomUUID().slice(0, 8)}`;
  const run: RunRecord = {
    ...{ tenant, runId: `run-${randomUUID()}`, workflow: 'desk', agent: 'desk', requestDigest: 'r' },
    ...{ user: { id: 'lena', roles: ['customer'] }, startedBy: 'role/app/lena', transcriptDays: 30 },
    ...{ status: 'closed', requestedAt: NOON, digestKey: DIGEST_KEY, provenanceKey: 'k' },
    ...more,
  };
  const person = { [RUNS.personIndex.partitionKey]: personKey(tenant, run.user.id) };
  const item = { ...run, ...person, [RUNS.partitionKey]: runKey(run) };
  await client.send(new PutCommand({ TableName: process.env[ENV.runsTable], Item: item }));
  for (const name of ['00000-r', '00001', '00001']) {
    const Key = `${transcriptPrefix(run)}${name}.json`;
    await s3.send(new PutObjectCommand({ Bucket: process.env[ENV.transcriptsBucket], Key, Body: '{}' }));
  }
  const approvalId = `apr-${run.runId.slice(-8)}`;
  const about = { callId: '0001-00', tool: 'helpdesk.get_ticket' };
  const policies = { policies: [], policyDigest: 'a'.repeat(64), arguments: {} };
  const decided = {
    ...about,
    type: 'call.decided',
    decision: 'needs_approval',
    approvalId,
    ...policies,
  } as const;
  const costs = { costMicroDollars: 0, releasedMicroDollars: 0 };
  const executed = { ...about, type: 'call.executed', status: 'succeeded', effects: [], ...costs } as const;
  const event = (id: string, body: EventBody) => appendEvent(ledgerEvent(run, id, NOON, body));
  const { runId } = run;
  const warrant = { tenant, runId, callId: '0001-00', state: 'succeeded', authorizedAt: NOON };
  const refusal = { ...warrant, callId: '0002-00', state: 'refused' };
  await transact(client, {
    decided: event('0001-00/asked', decided),
    executed: event('0001-00/executed', executed),
    prompt: keepPrompt(run, { names: { hashes: new Uint8Array(8) } }, NOON),
    output: keepOutput(
      { tenant, runId, callId: '0001-00' },
      { names: { tool: about.tool, hashes: new Uint8Array(8) } },
      NOON,
    ),
    warrant: putWarrant(warrant as never),
    refusal: putWarrant(refusal as never),
  });
  const approval = { [APPROVALS.partitionKey]: approvalKey(tenant, approvalId), tenant, approvalId };
  await client.send(new PutCommand({ TableName: process.env[ENV.approvalsTable], Item: approval }));
  return run;
}
