import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { AuthorizeResult } from '../../../contracts/call.ts';
import { ENV } from '../../../contracts/environment.ts';
import { cedarEngine } from '../../../functions/adapters/cedar.ts';
import { eventsAfter } from '../../../functions/adapters/events.ts';
import { type OpenRunRecord, readRun } from '../../../functions/adapters/runs.ts';
import { readWarrant } from '../../../functions/adapters/warrants.ts';
import { authorize } from '../../../functions/authorize/authorize.ts';
import { callLimiter } from '../../../functions/authorize/limits.ts';
import { runContextReader } from '../../../functions/authorize/run-context.ts';
import { NAMESPACES } from '../../../functions/tools/registry.ts';
import { buildPolicyBundle } from '../../../infra/policy/build-bundle.ts';
import { eligible } from '../../support/bundle.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { NOON, openRun } from '../../support/open-run.ts';
import { DESK_TOOLS, envelope, permit, policyRoot } from '../../support/policy-folder.ts';

const AT_MOST_THREE = `@id("three")
@reason("at most three payments a run")
forbid (principal == Agent::"desk", action in [Action::"money"], resource)
unless { context.history.payments < 3 };`;

function built() {
  const policies = [
    permit('points', 'loyalty.add_points'),
    permit('refunds', 'desk.issue_refund'),
    AT_MOST_THREE,
  ];
  using folder = policyRoot({
    'agents/desk.cedar': policies.join('\n'),
    'envelopes/desk.yaml': envelope({ tools: [...DESK_TOOLS, 'desk.issue_refund'] }),
  });
  return buildPolicyBundle(folder.root, NAMESPACES);
}
const bundle = built();
const engine = cedarEngine(bundle);
const CALLS = 10;

describe('calls that policies limit together', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
    process.env[ENV.prefix] = 'none';
  });
  after(() => tables[Symbol.asyncDispose]());

  const begin = () => openRun(client, { workflow: 'desk', agent: 'desk' });
  const ask = async (run: OpenRunRecord, callId: string, proposal: unknown): Promise<AuthorizeResult> => {
    const at = { client, clock: () => new Date(NOON) };
    const runContext = runContextReader(client, bundle);
    const dependencies = {
      ...at,
      bundle,
      engine,
      prefix: 'none',
      limiter: callLimiter(at),
      runContext,
      eligible,
    };
    return (await authorize({ ...run, callId, proposal }, dependencies)).result;
  };
  const points = {
    tool: 'loyalty.add_points',
    arguments: { member_id: 'm_1', points: 5, reason: 'goodwill' },
  };
  const callIds = Array.from({ length: CALLS }, (_, index) => `0001-${String(index).padStart(2, '0')}`);

  for (const earlier of [0, 1, 2]) {
    test(`of ten at once in a run of ${earlier} payments all but ${3 - earlier} are refused by that policy, and none is undecided`, async () => {
      const counted = earlier === 0 ? {} : { allowed_payments: earlier };
      const run = await openRun(client, { workflow: 'desk', agent: 'desk', ...counted });
      const results = await Promise.all(callIds.map((callId) => ask(run, callId, points)));
      const allowed = results.filter(({ decision }) => decision === 'allow');
      const refused = results.filter(({ decision }) => decision === 'deny');
      assert.deepEqual([allowed.length, refused.length], [3 - earlier, CALLS - 3 + earlier]);
      for (const { policies } of refused) {
        assert.deepEqual(policies, ['agents/desk/three']);
      }
      const after = (await readRun(client, run)) as OpenRunRecord & { readonly allowed_payments?: number };
      assert.deepEqual([after.allowed_payments, after.callsAuthorized], [3, 3 - earlier]);
      assert.equal((await eventsAfter(client, run)).events.length, CALLS, 'each decision is recorded once');
    });
  }

  test('a call that is asked about again counts once, and has the answer it had', async () => {
    const run = await begin();
    const first = await ask(run, '0001-00', points);
    const again = await Promise.all([1, 2, 3, 4].map(() => ask(run, '0001-00', points)));
    for (const each of again) {
      assert.deepEqual(each, first);
    }
    const after = (await readRun(client, run)) as unknown as { readonly allowed_payments: number };
    assert.equal(after.allowed_payments, 1);
  });

  test('what a decision saw of the history is in its record', async () => {
    const run = await begin();
    await ask(run, '0001-00', points);
    await ask(run, '0002-00', points);
    const { events } = await eventsAfter(client, run);
    const seen = events.map((event) => (event.type === 'call.decided' ? event.context?.history : undefined));
    assert.deepEqual(seen, [{ payments: 0 }, { payments: 1 }]);
  });

  test('a call whose facts cannot be read is refused on record, and nothing can be executed', async () => {
    const run = await begin();
    // the desk of this deployment has no tables
    const refund = { tool: 'desk.issue_refund', arguments: { ticket_id: 'T-301', amount_usd: 10 } };
    const result = await ask(run, '0001-00', refund);
    assert.ok(result.decision === 'deny');
    assert.deepEqual(
      result.reasons.map(({ code }) => code),
      ['facts_unavailable'],
    );
    const recorded = await readWarrant(client, { ...run, callId: '0001-00' });
    assert.ok(recorded?.state === 'refused');
    assert.deepEqual(recorded.reasons, result.reasons);
    const [decided] = (await eventsAfter(client, run)).events;
    assert.ok(decided?.type === 'call.decided' && decided.decision === 'deny');
    const after = (await readRun(client, run)) as OpenRunRecord;
    assert.deepEqual([after.heldMicroDollars, after.callsAuthorized], [0, 0]);
  });
});
