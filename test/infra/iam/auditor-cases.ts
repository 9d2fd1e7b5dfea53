import assert from 'node:assert/strict';
import { arnOf, type Calls, elsewhere, on } from './calls.ts';
import { type Case, exactly } from './cases.ts';
import { PLACE } from './concrete.ts';
import { controlPlaneCalls } from './control-plane-calls.ts';
import type { DeployedPolicies } from './deployed-policies.ts';
import type { Caller } from './evaluate.ts';

/** What Athena's API and Athena itself do for a saved query, and is allowed. */
function asking(policies: DeployedPolicies): Calls {
  const [audit, results] = buckets(policies);
  const workgroup = elsewhere('athena', 'workgroup/countersign-audit');
  const start = (bucket: string, prefix: string) => ({
    ...on(bucket, 's3:ListBucket'),
    context: { 's3:prefix': prefix },
  });
  return {
    ...Object.fromEntries(
      [
        'StartQueryExecution',
        'StopQueryExecution',
        'GetQueryExecution',
        'GetQueryResults',
        'GetNamedQuery',
      ].map((action) => [`${action} in the workgroup`, on(workgroup, `athena:${action}`)]),
    ),
    'list saved queries': on(workgroup, 'athena:ListNamedQueries'),
    'read what the table is': on(elsewhere('glue', 'table/countersign_audit/events'), 'glue:GetTable'),
    'read what the database is': on(elsewhere('glue', 'database/countersign_audit'), 'glue:GetDatabase'),
    'list events of a day': start(audit, 'events/dt=2026-11-21/'),
    'find the audit bucket for sql': on(audit, 's3:GetBucketLocation'),
    'keep a result': on(`${results}/0123.csv`, 's3:PutObject'),
    'read a result': on(`${results}/0123.csv`, 's3:GetObject'),
  };
}

/** What an auditor has no need of. */
function beyond(policies: DeployedPolicies): Calls {
  const [audit, results] = buckets(policies);
  const table = elsewhere('glue', 'table/countersign_audit/events');
  return {
    'ask in another workgroup': on(elsewhere('athena', 'workgroup/primary'), 'athena:StartQueryExecution'),
    'lift the limit of the workgroup': on(
      elsewhere('athena', 'workgroup/countersign-audit'),
      'athena:UpdateWorkGroup',
    ),
    'save another query': on(elsewhere('athena', 'workgroup/countersign-audit'), 'athena:CreateNamedQuery'),
    'delete a saved query': on(elsewhere('athena', 'workgroup/countersign-audit'), 'athena:DeleteNamedQuery'),
    'let the table be something else': on(table, 'glue:UpdateTable'),
    'delete the table': on(table, 'glue:DeleteTable'),
    'read what another table is': on(elsewhere('glue', 'table/countersign_audit/other'), 'glue:GetTable'),
    'read what a table of another database is': on(
      elsewhere('glue', 'table/payroll/events'),
      'glue:GetTable',
    ),
    'list batches': { ...on(audit, 's3:ListBucket'), context: { 's3:prefix': 'batches/' } },
    'list the whole audit bucket': on(audit, 's3:ListBucket'),
    'delete a result': on(`${results}/0123.csv`, 's3:DeleteObject'),
    'put a line for sql': on(`${audit}/events/dt=2026-11-21/0000000000000009.ndjson.gz`, 's3:PutObject'),
    'put into any bucket': on(`arn:${PLACE.partition}:s3:::elsewhere/0123.csv`, 's3:PutObject'),
  };
}

function buckets(policies: DeployedPolicies): [string, string] {
  return [arnOf(policies, 'S3::Bucket', 'Audit'), arnOf(policies, 'S3::Bucket', 'QueryResults')];
}

/** A person whose role has the policy for auditors and nothing else, held against all there is to do to a control plane too. */
export function auditorCases(policies: DeployedPolicies): Case[] {
  const identity = policies.given.get('Auditor');
  assert.ok(identity, 'no policy for auditors');
  const auditor: Caller = {
    principal: `arn:${PLACE.partition}:sts::${PLACE.account}:assumed-role/Auditors/vera`,
    identity,
  };
  const may = asking(policies);
  const overHttp = Object.fromEntries(
    Object.entries(may)
      .filter(([, { action }]) => action.startsWith('s3:'))
      .map(([what, call]) => [
        `${what} without TLS`,
        { ...call, context: { ...call.context, 'aws:SecureTransport': 'false' } },
      ]),
  );
  const calls = { ...controlPlaneCalls(policies), ...may, ...beyond(policies), ...overHttp };
  return exactly('an auditor', auditor, calls, [...Object.keys(may), 'read the log']);
}
