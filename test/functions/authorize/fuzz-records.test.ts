import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { type DynamoDBDocumentClient, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { AuthorizeResult, CallRequest, Proposal, RunRef } from '../../../contracts/call.ts';
import { ENV } from '../../../contracts/environment.ts';
import type { LedgerEvent } from '../../../contracts/events.ts';
import { documentsBucketName } from '../../../contracts/names.ts';
import { RUNS, runKey } from '../../../contracts/tables.ts';
import { openBudget } from '../../../domain/budget/budget.ts';
import { callDigest } from '../../../domain/call/governed-call.ts';
import type { Warrant } from '../../../domain/call/warrant.ts';
import { waitForVerdict } from '../../../functions/adapters/approvals.ts';
import { cedarEngine } from '../../../functions/adapters/cedar.ts';
import { ConditionsFailed, transact } from '../../../functions/adapters/dynamodb.ts';
import type { OpenRunRecord } from '../../../functions/adapters/runs.ts';
import { type Refusal, readWarrant } from '../../../functions/adapters/warrants.ts';
import { decideApproval } from '../../../functions/api/approvals.ts';
import { ApiFailure } from '../../../functions/api/http.ts';
import { authorize } from '../../../functions/authorize/authorize.ts';
import { callLimiter } from '../../../functions/authorize/limits.ts';
import { runContextReader } from '../../../functions/authorize/run-context.ts';
import { LOCAL_ACCOUNT, localClient } from '../../../local/aws.ts';
import { loadShop } from '../../../local/shop/load.ts';
import { arnOf, bundle, directory, eligible, mayCountersign } from '../../support/bundle.ts';
import { DIGEST_KEY } from '../../support/digest-key.ts';
import { chooser, fuzzing } from '../../support/fuzz.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { leaseOfNoon } from '../../support/open-run.ts';
import { policyCases } from '../../support/policy-cases.ts';
import { seeded } from '../../support/random.ts';
import { randomProposals } from '../../support/random-proposals.ts';
import { sampleShop } from '../tools/retail/sample-shop.ts';
import { createShopTables, deleteShopTables } from '../tools/retail/shop-tables.ts';

const { seed, cases } = fuzzing(300);
const NOON = Date.parse('2026-11-21T12:00:00.000Z');
const SECONDS_BETWEEN_CALLS = 5;
/** So few that calls are asked about again, with other proposals. */
const CALLS_PER_RUN = 60;
const SHOWN_LENGTH = 2000;
const PREFIX = `fuzz-${randomBytes(4).toString('hex')}`;

/** Sound calls of every tool, and of what the sample shop holds. */
const ORDERS = Object.values(sampleShop.orders);
const SOUND: readonly (Proposal & { readonly agent: string })[] = [
  ...(['ALLOW', 'DENY', 'ASK', 'ASK', 'ASK', 'ASK'] as const).flatMap((folder) => [
    ...policyCases(folder).values(),
  ]),
  ...ORDERS.flatMap(({ order_id }) => [
    { agent: 'retail-support', tool: 'retail.get_order_details', arguments: { order_id } },
    {
      ...{ agent: 'retail-support', tool: 'retail.cancel_pending_order' },
      arguments: { order_id, reason: 'no longer needed' },
    },
  ]),
];

/** Of a run that has one call left. */
const CALLS_BEFORE = 39;

/** Whoever asks: of every workflow, in every mode, with money and without, and when it is over. */
const RUNS_OF: readonly (Partial<OpenRunRecord> & { readonly agent: string; readonly workflow: string })[] = [
  ...ORDERS.slice(0, 3).map(({ user_id: id }) => ({
    ...{ workflow: 'retail-support', agent: 'retail-support', user: { id, roles: ['customer'] } },
  })),
  ...(['autonomous', 'read_only', 'stopped'] as const).map((mode) => ({
    ...{ workflow: 'helpdesk-triage', agent: 'helpdesk-triage', mode },
  })),
  { workflow: 'store-operations', agent: 'store-operator', user: { id: 'tomas', roles: ['store_staff'] } },
  { workflow: 'store-operations', agent: 'store-operator', user: { id: 'tomas', roles: ['store_staff'] } },
  { workflow: 'store-operations', agent: 'store-operator', callsAuthorized: CALLS_BEFORE },
  { workflow: 'helpdesk-triage', agent: 'helpdesk-triage', capMicroDollars: 0, capChanges: 1 },
  { workflow: 'retail-support', agent: 'retail-support', status: 'closed' },
  { workflow: 'no-such-workflow', agent: 'somebody' },
];

/** Of an answer that authorize does not give: it throws, the state machine says `undecided`, and nothing is done. */
const DOCUMENTED: Readonly<Record<string, (error: Error) => boolean>> = {
  'no such run': ({ message }) => /^run .* does not exist$/.test(message),
};

describe('of random calls over a real ledger', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  const tenant = `t-${randomUUID().slice(0, 8)}`;
  const engine = cedarEngine(bundle);
  const runs: RunRef[] = [];

  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
    const endpoint = String(process.env.COUNTERSIGN_LOCAL_ENDPOINT);
    const { region, credentials } = localClient(endpoint);
    process.env.AWS_ENDPOINT_URL = endpoint;
    process.env.AWS_REGION = region;
    process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
    process.env[ENV.prefix] = PREFIX;
    process.env[ENV.account] = LOCAL_ACCOUNT;
    process.env[ENV.region] = region;
    await createShopTables(client as never, PREFIX);
    await loadShop({ documents: sampleShop, tenant, prefix: PREFIX, client: client as never });
    const Bucket = documentsBucketName(PREFIX, { account: LOCAL_ACCOUNT, region });
    const s3 = new S3Client({ ...localClient(endpoint), forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    for (const each of RUNS_OF) {
      runs.push(await openRun(each));
    }
    runs.push({ tenant, runId: 'run-nowhere' });
  });
  after(async () => {
    await deleteShopTables(client as never, PREFIX);
    await tables[Symbol.asyncDispose]();
  });

  async function openRun(of: Partial<OpenRunRecord>): Promise<RunRef> {
    const run = { tenant, runId: `run-${randomUUID()}` };
    const at = new Date(NOON).toISOString();
    const Item = {
      ...{ ...run, [RUNS.partitionKey]: runKey(run), status: 'open', mode: 'autonomous' },
      ...{ openedAt: at, requestedAt: at, user: { id: 'ines', roles: ['support_agent'] } },
      ...{ ...openBudget(1_000_000_000), ...leaseOfNoon(), digestKey: DIGEST_KEY, ...of },
    };
    await client.send(new PutCommand({ TableName: process.env[ENV.runsTable], Item }));
    return run;
  }

  const at = (index: number) => ({
    ...{ client, bundle, clock: () => new Date(NOON + index * SECONDS_BETWEEN_CALLS * 1000) },
  });

  const ask = async (request: CallRequest, index: number): Promise<AuthorizeResult> => {
    const [limiter, runContext] = [callLimiter(at(index)), runContextReader(client, bundle)];
    return (await authorize(request, { ...at(index), engine, prefix: PREFIX, limiter, runContext, eligible }))
      .result;
  };

  /** What became of one request; what the ledger says before and after it must fit. */
  async function tryOne(request: CallRequest, index: number): Promise<AuthorizeResult | string> {
    const earlier = await readWarrant(client, request);
    let result: AuthorizeResult;
    try {
      result = await ask(request, index);
    } catch (error) {
      const [documented] = Object.entries(DOCUMENTED).filter(([, is]) => is(error as Error));
      assert.ok(documented, `an error that is not documented: ${(error as Error).stack}`);
      assert.deepEqual(await readWarrant(client, request), earlier, 'recorded what was not decided');
      return documented[0];
    }
    const recorded = await readWarrant(client, request);
    assertRecorded(result, earlier, recorded);
    return result;
  }

  function assertRecorded(
    result: AuthorizeResult,
    earlier: Warrant | Refusal | undefined,
    recorded: Warrant | Refusal | undefined,
  ): void {
    if (earlier !== undefined) {
      assert.deepEqual(recorded, earlier, 'one answer per call');
    }
    switch (result.decision) {
      case 'allow':
        assert.ok(recorded?.state === 'authorized', 'allowed without a warrant');
        assert.equal(recorded.digest, result.warrant.digest);
        return;
      case 'deny':
        assert.ok(recorded?.state === 'refused', 'refused without a record');
        assert.ok(recorded.reasons.length > 0, 'refused without a reason');
        assert.ok(recorded.reasons.every(({ code, message }) => code !== '' && message !== ''));
        assert.deepEqual(result.reasons, recorded.reasons);
        return;
      case 'needs_approval':
        assert.equal(recorded, undefined, 'a warrant before people were asked');
    }
  }

  test(`${cases} of them each end in a recorded answer or a documented error, and no warrant is without a decision to allow (FUZZ_SEED=${seed})`, async (context) => {
    const random = seeded(seed);
    const { below, one, oncein } = chooser(random);
    const proposeAny = randomProposals(random, SOUND);
    const proposeAs = new Map(
      [...Map.groupBy(SOUND, ({ agent }) => agent)].map(([agent, own]) => [
        agent,
        randomProposals(random, own),
      ]),
    );
    const asked: CallRequest[] = [];
    const seen = new Map<string, number>();
    for (let index = 0; index < cases; index += 1) {
      const callId = `${String(1 + below(CALLS_PER_RUN)).padStart(4, '0')}-00`;
      const run = below(runs.length);
      const own = proposeAs.get(RUNS_OF[run]?.agent ?? '') ?? proposeAny;
      const text = (oncein(4) ? proposeAny : own)();
      const again = oncein(5) ? one(asked) : undefined;
      const fresh = { ...(runs[run] as RunRef), callId, proposal: JSON.parse(text) };
      const request =
        again ?? (oncein(10) ? { ...fresh, approvalId: one(['apr-none', ...approvalsOf(asked)]) } : fresh);
      try {
        const answer = await tryOne(request, index);
        const kind =
          typeof answer === 'string'
            ? answer
            : `${answer.decision}${again === undefined ? '' : ' of people'}`;
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
        if (typeof answer !== 'string' && answer.decision === 'needs_approval') {
          asked.push({ ...request, approvalId: answer.approval.approvalId });
          await giveVerdict(answer.approval.approvalId, oncein(4) ? 'reject' : 'approve', index);
        }
      } catch (error) {
        const shown = `${JSON.stringify({ ...request, proposal: '' })} ${text.slice(0, SHOWN_LENGTH)}`;
        assert.fail(`${(error as Error).stack}\ncall ${index} of FUZZ_SEED=${seed}: ${shown}`);
      }
    }
    context.diagnostic(JSON.stringify(Object.fromEntries(seen)));
    for (const kind of ['allow', 'deny', 'needs_approval', 'allow of people', ...Object.keys(DOCUMENTED)]) {
      assert.ok(seen.has(kind), `${kind} never, in ${[...seen].join(' ')}`);
    }
    await assertLedger();
  });

  test('a warrant that nobody decided on would be found', async () => {
    const [warrant] = (await everything<Warrant | Refusal>(process.env[ENV.warrantsTable])).filter(
      ({ state }) => state !== 'refused',
    );
    const forged = { ...warrant, callId: '9999-00' };
    await client.send(new PutCommand({ TableName: process.env[ENV.warrantsTable], Item: forged }));
    await assert.rejects(assertLedger(), /9999-00/);
  });

  const SEALED = { sealedToken: 'c2VhbGVk', tokenDigest: 'd' };

  const approvalsOf = (asked: readonly CallRequest[]) =>
    asked.map(({ approvalId }) => approvalId).filter((id) => id !== undefined);

  /** As the machine and a person do; whoever comes twice or too late is refused. */
  async function giveVerdict(approvalId: string, verdict: string, index: number): Promise<void> {
    await transact(client, { approval: waitForVerdict({ tenant, approvalId }, SEALED, undefined) }).catch(
      assertRefused,
    );
    const body = JSON.stringify({ tenant, verdict });
    await decideApproval(approvalId, body, arnOf('maria'), {
      ...at(index),
      directory,
      mayCountersign,
    }).catch(assertRefused);
  }

  function assertRefused(error: unknown): void {
    assert.ok(error instanceof ConditionsFailed || error instanceof ApiFailure, `${error}`);
  }

  async function everything<Item>(table: string | undefined): Promise<Item[]> {
    const items: Item[] = [];
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await client.send(
        new ScanCommand({ TableName: table, ConsistentRead: true, ExclusiveStartKey }),
      );
      items.push(...((page.Items ?? []) as Item[]));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return items;
  }

  /** Warrants, events and the runs' accounts tell the same story. */
  async function assertLedger(): Promise<void> {
    const recorded = await everything<Warrant | Refusal>(process.env[ENV.warrantsTable]);
    const events = await everything<{ readonly event: LedgerEvent }>(process.env[ENV.eventsTable]);
    const decisions = events.map(({ event }) => event).filter((event) => event.type === 'call.decided');
    const warrants = recorded.filter((each) => each.state !== 'refused');
    for (const warrant of warrants) {
      const { runId, callId, digest, proposal, policies } = warrant;
      const of = decisions.filter((each) => each.runId === runId && each.callId === callId);
      const allowed = of.filter(({ decision }) => decision === 'allow');
      assert.deepEqual(
        allowed.map((each) => each.digest),
        [digest],
        `${runId} ${callId}`,
      );
      assert.ok(policies.length > 0, `${runId} ${callId} is allowed by nothing`);
      const permits = bundle.policies.filter(
        ({ id, effect }) => effect === 'permit' && policies.includes(id),
      );
      assert.equal(permits.length, policies.length, `${runId} ${callId} is allowed by what is no permit`);
      const { type, id } = warrant.resource;
      const call = { ...warrant, userId: warrant.user.id, proposal, resource: `${type}/${id}` };
      assert.equal(callDigest(call), digest, 'the stored call is not the one that was decided on');
    }
    for (const run of await everything<OpenRunRecord>(process.env[ENV.runsTable])) {
      const own = warrants.filter(({ runId }) => runId === run.runId);
      assert.ok([own.length, own.length + CALLS_BEFORE].includes(run.callsAuthorized));
      const held = own.reduce((sum, { holdMicroDollars }) => sum + holdMicroDollars, 0);
      assert.equal(run.heldMicroDollars, held);
      assert.equal(run.usedMicroDollars, held + run.spentMicroDollars);
      assert.ok(run.usedMicroDollars <= run.leasedMicroDollars);
    }
  }
});
