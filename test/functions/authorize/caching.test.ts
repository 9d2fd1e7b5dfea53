import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../../contracts/environment.ts';
import type { Warrant } from '../../../domain/call/warrant.ts';
import { cedarEngine } from '../../../functions/adapters/cedar.ts';
import { readWarrant } from '../../../functions/adapters/warrants.ts';
import { authorize } from '../../../functions/authorize/authorize.ts';
import { callLimiter } from '../../../functions/authorize/limits.ts';
import { runContextReader } from '../../../functions/authorize/run-context.ts';
import { NAMESPACES } from '../../../functions/tools/registry.ts';
import { buildPolicyBundle } from '../../../infra/policy/build-bundle.ts';
import { eligible } from '../../support/bundle.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { NOON, openRun } from '../../support/open-run.ts';
import { envelope, permit, policyRoot } from '../../support/policy-folder.ts';

const READ = { tool: 'loyalty.get_points', arguments: { member_id: 'm_1' } };
const ADD = { tool: 'loyalty.add_points', arguments: { member_id: 'm_1', points: 5, reason: 'goodwill' } };
const TOOLS = [READ.tool, ADD.tool];

function built(cache: string) {
  using folder = policyRoot({
    'agents/desk.cedar': TOOLS.map((tool, index) => permit(`p${index}`, tool)).join('\n'),
    'envelopes/desk.yaml': `${envelope({ tools: TOOLS })}${cache}`,
  });
  return buildPolicyBundle(folder.root, NAMESPACES);
}

const CACHING = built('cache: { tools: { loyalty.get_points: 60 } }\n');
const PLAIN = built('');

describe('a warrant', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
    process.env[ENV.prefix] = 'none';
  });
  after(() => tables[Symbol.asyncDispose]());

  async function warranted(bundle: typeof PLAIN, proposal: object, callId = '0001-00'): Promise<Warrant> {
    const run = await openRun(client, { workflow: 'desk', agent: 'desk' });
    const at = { client, clock: () => new Date(NOON) };
    const runContext = runContextReader(client, bundle);
    const engine = cedarEngine(bundle);
    const request = { ...run, callId, proposal };
    const dependencies = {
      ...at,
      bundle,
      engine,
      prefix: 'none',
      limiter: callLimiter(at),
      runContext,
      eligible,
    };
    const { result } = await authorize(request, dependencies);
    assert.equal(result.decision, 'allow', JSON.stringify(result));
    return (await readWarrant(client, request)) as Warrant;
  }

  test('of a read has the seconds for which its envelope lets an answer be given again', async () => {
    const { cache, invalidates } = await warranted(CACHING, READ);
    assert.deepEqual([cache, invalidates], [{ seconds: 60 }, undefined]);
  });

  test('of what people are shown lets no earlier answer be given', async () => {
    const { cache } = await warranted(CACHING, READ, '0001-00-preview');
    assert.equal(cache, undefined);
  });

  test('of a write says that answers about its resource may be cached', async () => {
    const { cache, invalidates } = await warranted(CACHING, ADD);
    assert.deepEqual([cache, invalidates], [undefined, true]);
  });

  test('says nothing of caching where no envelope caches', async () => {
    for (const proposal of [READ, ADD]) {
      const { cache, invalidates } = await warranted(PLAIN, proposal);
      assert.deepEqual([cache, invalidates], [undefined, undefined]);
    }
  });
});
