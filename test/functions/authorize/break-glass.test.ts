import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  type DynamoDBDocumentClient,
  PutCommand,
  type QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../../contracts/environment.ts';
import { openBudget } from '../../../domain/budget/budget.ts';
import { cedarEngine } from '../../../functions/adapters/cedar.ts';
import { eventsAfter } from '../../../functions/adapters/events.ts';
import { decideBreakGlass, openBreakGlass } from '../../../functions/api/break-glass.ts';
import { authorize } from '../../../functions/authorize/authorize.ts';
import { callLimiter } from '../../../functions/authorize/limits.ts';
import { runContextReader } from '../../../functions/authorize/run-context.ts';
import { arnOf, bundle, deployed, eligible } from '../../support/bundle.ts';
import { DIGEST_KEY } from '../../support/digest-key.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { leaseOfNoon } from '../../support/open-run.ts';

const NOON = '2026-11-21T12:00:00.000Z';
const INES = { id: 'ines_okafor', roles: ['support_agent'] };
const REDACT = { tool: 'helpdesk.redact_ticket', arguments: { ticket_id: 'T-7' } };
const FILE = {
  tool: 'helpdesk.create_ticket',
  arguments: { subject: 's', description: 'd', priority: 'low' },
};

const engine = cedarEngine(bundle);

describe('calls of tier 4', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
  });
  after(() => tables[Symbol.asyncDispose]());

  /** A run of the helpdesk's workflow that takes calls. */
  async function openRun(tenant: string, user = INES) {
    const run = { tenant, runId: `run-${randomUUID()}` };
    const Item = {
      ...run,
      ...{ run: `${tenant}#${run.runId}`, workflow: 'helpdesk-triage', agent: 'helpdesk-triage', user },
      ...{ status: 'open', mode: 'autonomous', openedAt: NOON, requestedAt: NOON },
      ...{ ...openBudget(1_000_000), digestKey: DIGEST_KEY },
      ...leaseOfNoon(),
    };
    await client.send(new PutCommand({ TableName: process.env[ENV.runsTable], Item }));
    return run;
  }

  const at = (now: string) => ({ clock: () => new Date(now), client });

  async function grant(
    tenant: string,
    { minutes = 30, confirmedBy = 'theo', workflow = 'helpdesk-triage' } = {},
  ) {
    const dependencies = { ...deployed, ...at(NOON), randomId: () => randomUUID() };
    const asked = { tenant, workflow, incident: 'INC-7', reason: 'a token in a ticket', minutes };
    const { grantId } = await openBreakGlass(JSON.stringify(asked), arnOf('maria'), dependencies);
    await verdict(tenant, grantId, 'confirm', confirmedBy);
    return grantId;
  }

  const verdict = (tenant: string, grantId: string, given: string, person: string) =>
    decideBreakGlass(grantId, JSON.stringify({ tenant, verdict: given }), arnOf(person), {
      ...deployed,
      ...at(NOON),
    });

  const decide = (run: { tenant: string; runId: string }, proposal: unknown, now = NOON, over = client) =>
    authorize(
      { ...run, callId: '0001-00', proposal },
      {
        ...{ ...at(now), client: over, bundle, engine, prefix: 'countersign' },
        limiter: callLimiter({ ...at(now), client: over }),
        runContext: runContextReader(over, bundle),
        eligible,
      },
    );

  const newTenant = () => `t-${randomUUID().slice(0, 8)}`;
  const denied = 'guardrails/break-glass/privileged';

  test('without break-glass it is denied, and the record says by which guardrail', async () => {
    const run = await openRun(newTenant());
    const { result } = await decide(run, REDACT);
    assert.deepEqual([result.decision, result.policies], ['deny', [denied]]);
  });

  test('under break-glass it is allowed, and both the run and the grant say so', async () => {
    const tenant = newTenant();
    const [run, grantId] = [await openRun(tenant), await grant(tenant)];
    const { result, breakGlass } = await decide(run, REDACT);
    assert.equal(result.decision, 'allow');
    assert.equal(breakGlass?.grantId, grantId);
    const [decided] = (await eventsAfter(client, run)).events;
    assert.ok(decided?.type === 'call.decided');
    assert.deepEqual(decided.breakGlass, { grantId, incident: 'INC-7' });
    const used = (await eventsAfter(client, { tenant, runId: grantId })).events.at(-1);
    assert.ok(used?.type === 'break_glass.used');
    assert.deepEqual(
      [used.usedByRun, used.callId, used.tool, used.resource, used.userId],
      [run.runId, '0001-00', 'helpdesk.redact_ticket', 'Ticket/T-7', 'ines_okafor'],
    );
    const again = await decide(run, REDACT, '2026-11-21T13:00:00.000Z');
    assert.deepEqual(again.result, result, 'the recorded answer');
    assert.equal((await eventsAfter(client, { tenant, runId: grantId })).events.length, 3);
  });

  const LEFT_OUT: Record<string, (tenant: string) => Promise<[user?: typeof INES, now?: string]>> = {
    'that waits for a second person': async (tenant) => {
      const asked = { tenant, workflow: 'helpdesk-triage', incident: 'I', reason: 'r', minutes: 30 };
      const dependencies = { ...deployed, ...at(NOON), randomId: () => randomUUID() };
      await openBreakGlass(JSON.stringify(asked), arnOf('maria'), dependencies);
      return [];
    },
    'that is over': async (tenant) => {
      await grant(tenant, { minutes: 1 });
      return [INES, '2026-11-21T12:01:00.000Z'];
    },
    'that was ended': async (tenant) => {
      await verdict(tenant, await grant(tenant), 'end', 'noor');
      return [];
    },
    'of another tenant': async () => {
      await grant(newTenant());
      return [];
    },
    'that was confirmed by the person for whom the run acts': async (tenant) => {
      await grant(tenant);
      return [{ id: 'theo', roles: ['support_agent'] }];
    },
  };
  for (const [which, prepare] of Object.entries(LEFT_OUT)) {
    test(`a grant ${which} opens nothing`, async () => {
      const tenant = newTenant();
      const [user, now] = await prepare(tenant);
      const { result } = await decide(await openRun(tenant, user), REDACT, now);
      assert.deepEqual([result.decision, result.policies], ['deny', [denied]]);
    });
  }

  test('break-glass widens nothing that permits say', async () => {
    const tenant = newTenant();
    await grant(tenant);
    const { result } = await decide(await openRun(tenant, { id: 'lena', roles: ['customer'] }), REDACT);
    assert.deepEqual([result.decision, result.policies], ['deny', []]);
  });

  /** A client before whose next transaction something else happens, once. */
  function overtakenBy(something: () => Promise<unknown>): DynamoDBDocumentClient {
    let happened = false;
    const send = async (command: unknown) => {
      if (command instanceof TransactWriteCommand && !happened) {
        happened = true;
        await something();
      }
      return client.send(command as Parameters<typeof client.send>[0]);
    };
    return new Proxy(client, { get: (target, name) => (name === 'send' ? send : Reflect.get(target, name)) });
  }

  test('a grant that is ended between the decision and its record opens nothing', async () => {
    const tenant = newTenant();
    const [run, grantId] = [await openRun(tenant), await grant(tenant)];
    const ending = overtakenBy(() => verdict(tenant, grantId, 'end', 'noor'));
    const { result } = await decide(run, REDACT, NOON, ending);
    assert.deepEqual([result.decision, result.policies], ['deny', [denied]]);
    const { events } = await eventsAfter(client, { tenant, runId: grantId });
    assert.ok(events.every(({ type }) => type !== 'break_glass.used'));
  });

  test('a call of another tier reads no grant, and says nothing of break-glass', async () => {
    const tenant = newTenant();
    const [run, grantId] = [await openRun(tenant), await grant(tenant)];
    const read: unknown[] = [];
    const watching = new Proxy(client, {
      get: (target, name) =>
        name === 'send'
          ? (command: { readonly input: { readonly TableName?: string } }) => {
              read.push(command.input.TableName);
              return client.send(command as unknown as QueryCommand);
            }
          : Reflect.get(target, name),
    });
    const { result } = await decide(run, FILE, NOON, watching);
    assert.equal(result.decision, 'allow');
    assert.ok(read.includes(process.env[ENV.runsTable]));
    assert.ok(!read.includes(process.env[ENV.breakGlassTable]));
    const [decided] = (await eventsAfter(client, run)).events;
    assert.ok(decided?.type === 'call.decided' && decided.breakGlass === undefined);
    assert.equal((await eventsAfter(client, { tenant, runId: grantId })).events.length, 2);
  });
});
