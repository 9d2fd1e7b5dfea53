import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { AuthorizeResult } from '../../../contracts/call.ts';
import { ENV } from '../../../contracts/environment.ts';
import { readApproval } from '../../../functions/adapters/approvals.ts';
import { cedarEngine } from '../../../functions/adapters/cedar.ts';
import { eligibleIn } from '../../../functions/adapters/countersigning.ts';
import { configuredDirectory } from '../../../functions/adapters/directory.ts';
import { eventsAfter } from '../../../functions/adapters/events.ts';
import { type OpenRunRecord, readRun } from '../../../functions/adapters/runs.ts';
import { readWarrant } from '../../../functions/adapters/warrants.ts';
import { authorize } from '../../../functions/authorize/authorize.ts';
import { callLimiter } from '../../../functions/authorize/limits.ts';
import { runContextReader } from '../../../functions/authorize/run-context.ts';
import { NAMESPACES } from '../../../functions/tools/registry.ts';
import { buildPolicyBundle } from '../../../infra/policy/build-bundle.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { NOON, openRun } from '../../support/open-run.ts';
import { permit, policyRoot } from '../../support/policy-folder.ts';

const CALL_ID = '0001-00';
const TENANT = 'acme';

const person = (id: string, role: string, more: object = {}) => ({
  ...{ id, name: id, roles: [role], principals: [`role/people/${id}`] },
  ...more,
});
const TWO = '@approvers("manager")\n@quorum("2")\n';
const OR_DIRECTOR = '@approvers("director")\n@quorum("1")\n';

/** Two managers have to approve points for a member, or one director. One of the managers is member m_2 too. */
function built(directors: readonly object[]) {
  using folder = policyRoot({
    'directory.yaml': {
      version: 1,
      approver_roles: ['manager', 'director', 'support_manager'],
      break_glass_roles: ['incident_commander'],
      people: [
        person('maria', 'manager'),
        person('theo', 'manager', { aliases: ['m_2'] }),
        ...directors,
        person('omar', 'support_manager'),
      ],
    },
    'agents/desk.cedar': [
      permit('two', 'loyalty.add_points', 'context.approvals.manager >= 2', TWO),
      permit('one', 'loyalty.add_points', 'context.approvals.director >= 1', OR_DIRECTOR),
    ].join('\n'),
  });
  return buildPolicyBundle(folder.root, NAMESPACES);
}
const [withoutDirector, withDirector, withDirectorElsewhere] = [
  built([]),
  built([person('dana', 'director')]),
  built([person('dana', 'director', { tenants: ['globex'] })]),
];

const points = (member_id: string) => ({
  tool: 'loyalty.add_points',
  arguments: { member_id, points: 5, reason: 'goodwill' },
});

describe('a call that people have to approve', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
    process.env[ENV.prefix] = 'none';
  });
  after(() => tables[Symbol.asyncDispose]());

  const desk = (of: Partial<OpenRunRecord> = {}) =>
    openRun(client, { workflow: 'desk', agent: 'desk', tenant: TENANT, ...of });

  async function ask(run: OpenRunRecord, member: string, bundle = withoutDirector): Promise<AuthorizeResult> {
    const at = { client, clock: () => new Date(NOON) };
    const { result } = await authorize(
      { ...run, callId: CALL_ID, proposal: points(member) },
      {
        ...{ ...at, bundle, engine: cedarEngine(bundle), prefix: 'none', limiter: callLimiter(at) },
        runContext: runContextReader(client, bundle),
        eligible: eligibleIn(bundle, configuredDirectory(bundle.directory, undefined)),
      },
    );
    return result;
  }

  async function approvalOf(run: OpenRunRecord, { approvalId = '' } = {}) {
    return readApproval(client, { tenant: run.tenant, approvalId });
  }

  test('is put to them with whoever asked for it and whoever gains from it', async () => {
    const run = await desk({ startedBy: 'role/apps/shop' });
    const result = await ask(run, 'm_1');
    assert.equal(result.decision, 'needs_approval');
    const approval = await approvalOf(run, result.decision === 'needs_approval' ? result.approval : {});
    assert.deepEqual(
      [approval?.requesters, approval?.beneficiaries, approval?.state],
      [['ines_okafor', 'role/apps/shop'], ['m_1'], 'requested'],
    );
  });

  const inTheWay: Record<string, readonly [Partial<OpenRunRecord>, string]> = {
    'one of them gains from it': [{}, 'm_2'],
    'the run acts for one of them': [{ user: { id: 'maria', roles: [] } }, 'm_1'],
    'one of them started the run': [{ startedBy: 'role/people/maria' }, 'm_1'],
  };
  for (const [why, [of, member]] of Object.entries(inTheWay)) {
    test(`is refused at once where ${why} and too few are left, and is not put`, async () => {
      const run = await desk(of);
      const result = await ask(run, member);
      assert.equal(result.decision, 'deny');
      const [reason] = result.decision === 'deny' ? result.reasons : [];
      assert.equal(reason?.code, 'approval_unreachable');
      assert.match(
        reason?.message ?? '',
        /it takes 1 of role 'director', of whom there are 0, or 2 of role 'manager', of whom there is 1;/,
      );
      assert.deepEqual(result.policies.length, 1);
      const recorded = await readWarrant(client, { ...run, callId: CALL_ID });
      assert.equal(recorded?.state, 'refused');
      const { events } = await eventsAfter(client, run);
      assert.deepEqual(
        events.map((event) => [event.type, 'decision' in event ? event.decision : undefined]),
        [['call.decided', 'deny']],
      );
      assert.equal((await readRun(client, run))?.waitingFor, undefined);
      const { Items = [] } = await client.send(
        new ScanCommand({ TableName: process.env[ENV.approvalsTable] }),
      );
      assert.deepEqual(
        Items.filter(({ runId }) => runId === run.runId),
        [],
      );
      assert.deepEqual(await ask(run, member), result, 'asked again it answers the same');
    });

    test(`is put to others where ${why}`, async () => {
      const result = await ask(await desk(of), member, withDirector);
      assert.equal(result.decision, 'needs_approval');
    });
  }

  test('is refused where those left decide in other tenants only', async () => {
    const own = await ask(await desk({ tenant: 'globex' }), 'm_2', withDirectorElsewhere);
    assert.equal(own.decision, 'needs_approval');
    const other = await ask(await desk(), 'm_2', withDirectorElsewhere);
    assert.equal(other.decision === 'deny' && other.reasons[0]?.code, 'approval_unreachable');
  });
});
