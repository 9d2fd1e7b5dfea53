import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import type { AuthorizeResult } from '../../contracts/call.ts';
import { localClient } from '../../local/aws.ts';
import type { Person } from '../../local/people.ts';
import {
  as,
  endpoint,
  eventsOf,
  eventually,
  invoke,
  ofType,
  type StartedRun,
  tamper,
  waiting,
} from '../support/cloud.ts';

const INES = { id: 'ines_okafor', roles: ['support_agent'] };
const COMMENT = { tool: 'helpdesk.add_comment', arguments: { ticket_id: 'T-7', body: 'we are looking' } };
const REDACT = { tool: 'helpdesk.redact_ticket', arguments: { ticket_id: 'T-7' } };
const DENIED = 'guardrails/break-glass/privileged';

const newTenant = () => `t-${randomUUID().slice(0, 13)}`;

/** A run that is open and sends nothing anywhere: it waits for people. */
async function openRun(tenant: string): Promise<StartedRun> {
  const request = { tenant, user: INES, input: { proposals: [COMMENT] }, clientToken: randomUUID() };
  const { runId } = await (await as('app')).startRun('helpdesk-triage', request);
  await waiting({ tenant, runId });
  return { tenant, runId };
}

const authorize = async (run: StartedRun, callId: string, proposal: unknown = REDACT) =>
  (await invoke('Authorize', { ...run, callId, proposal })) as AuthorizeResult;

async function open(tenant: string, person: Person = 'maria', minutes = 30) {
  const asked = { workflow: 'helpdesk-triage', incident: 'INC-7', reason: 'a token in a ticket', minutes };
  return (await as(person)).openBreakGlass({ tenant, ...asked, clientToken: randomUUID() });
}

const decide = async (
  tenant: string,
  grantId: string,
  verdict: 'confirm' | 'reject' | 'end',
  person: Person,
) => (await as(person)).decideBreakGlass(grantId, { tenant, verdict });

test('break-glass opens tier 4 for as long as it is active: before, under and after it', async () => {
  const tenant = newTenant();
  const run = await openRun(tenant);
  const before = await authorize(run, '0009-00');
  assert.deepEqual([before.decision, before.policies], ['deny', [DENIED]]);

  const { grantId, tools } = await open(tenant);
  assert.deepEqual(tools, ['helpdesk.redact_ticket']);
  assert.equal((await authorize(run, '0009-01')).decision, 'deny', 'one person is not enough');

  const active = await decide(tenant, grantId, 'confirm', 'theo');
  assert.equal(active.state, 'active');
  const seconds = (Date.parse(active.expiresAt ?? '') - Date.parse(active.confirmedAt ?? '')) / 1000;
  assert.equal(seconds, 30 * 60);
  const under = await authorize(run, '0009-02');
  assert.deepEqual([under.decision, under.policies], ['allow', ['agents/helpdesk-triage/redact-tickets']]);

  await decide(tenant, grantId, 'end', 'noor');
  const after = await authorize(run, '0009-03');
  assert.deepEqual([after.decision, after.policies], ['deny', [DENIED]]);
  assert.deepEqual(await authorize(run, '0009-02'), under, 'what was allowed stays on record');

  const decisions = ofType(await eventsOf(run), 'call.decided').filter(({ tool }) => tool === REDACT.tool);
  assert.deepEqual(
    decisions.map(({ callId, decision, breakGlass }) => [callId, decision, breakGlass?.grantId]),
    [
      ['0009-00', 'deny', undefined],
      ['0009-01', 'deny', undefined],
      ['0009-02', 'allow', grantId],
      ['0009-03', 'deny', undefined],
    ],
  );
  const account = await eventsOf({ tenant, runId: grantId });
  assert.deepEqual(
    account.map(({ type }) => type),
    ['break_glass.opened', 'break_glass.confirmed', 'break_glass.used', 'break_glass.ended'],
  );
  const receipt = await (await as('app')).getReceipt(tenant, run.runId);
  const called = receipt.calls.find(({ callId }) => callId === '0009-02');
  assert.deepEqual(called?.breakGlass, { grantId, incident: 'INC-7' });
});

test('only two people of the role open it, and it is the callers who decide', async () => {
  const tenant = newTenant();
  await assert.rejects(open(tenant, 'app'), { code: 'unknown_person' });
  await assert.rejects(open(tenant, 'omar'), { code: 'missing_role' });
  const { grantId } = await open(tenant);
  await assert.rejects(decide(tenant, grantId, 'confirm', 'maria'), { code: 'own_request' });
  await assert.rejects(decide(tenant, grantId, 'confirm', 'omar'), { code: 'missing_role' });
  const impersonating = { tenant, verdict: 'confirm', by: 'theo' } as never;
  await assert.rejects((await as('omar')).decideBreakGlass(grantId, impersonating), /1 bad field: by/);
  await decide(tenant, grantId, 'reject', 'noor');
  await assert.rejects(decide(tenant, grantId, 'confirm', 'theo'), { code: 'is_rejected' });
});

test('of two who confirm at once one does', async () => {
  const tenant = newTenant();
  const { grantId } = await open(tenant);
  const answers = await Promise.allSettled([
    decide(tenant, grantId, 'confirm', 'theo'),
    decide(tenant, grantId, 'confirm', 'noor'),
  ]);
  assert.deepEqual(answers.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  const confirmed = ofType(await eventsOf({ tenant, runId: grantId }), 'break_glass.confirmed');
  assert.equal(confirmed.length, 1);
});

test('time is over on the server, whatever anybody does', async () => {
  const tenant = newTenant();
  const run = await openRun(tenant);
  const { grantId } = await open(tenant, 'maria', 1);
  await decide(tenant, grantId, 'confirm', 'theo');
  await tamper('BreakGlass', { tenant, grantId }, { expiresAt: new Date().toISOString() });
  assert.equal((await authorize(run, '0009-00')).decision, 'deny');
  await assert.rejects(decide(tenant, grantId, 'end', 'theo'), { code: 'is_expired' });
  assert.deepEqual(await (await as('maria')).listBreakGlass(tenant), []);
});

test('while it is active every list of approvals says so, and the logs warn of each step and use', async () => {
  const tenant = newTenant();
  const run = await openRun(tenant);
  const { grantId } = await open(tenant);
  await decide(tenant, grantId, 'confirm', 'theo');
  await authorize(run, '0009-00');
  const { approvals, breakGlass } = await (await as('maria')).listWaiting(tenant);
  assert.equal(approvals.length, 1);
  assert.deepEqual(
    breakGlass.map((grant) => [grant.grantId, grant.state]),
    [[grantId, 'active']],
  );
  const warnings = await eventually('the warnings are there', async () => {
    const lines = await warningsOf(grantId);
    return lines.length >= 3 ? lines : undefined;
  });
  assert.deepEqual(warnings.sort(), ['break-glass active', 'break-glass requested', 'break-glass used']);
});

/** Messages of warnings that name a grant. */
async function warningsOf(grantId: string): Promise<string[]> {
  const logs = new CloudWatchLogsClient(localClient(endpoint));
  const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({}));
  const found = await Promise.all(
    logGroups.map(({ logGroupName }) =>
      logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: `"${grantId}"` })),
    ),
  );
  return found
    .flatMap(({ events = [] }) => events)
    .flatMap(({ message = '' }) => (message.includes('"level":"WARN"') ? [JSON.parse(message).message] : []));
}
