import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { POLICY_FILES, policyOfError, policyOfRule } from '../../bench/suites/tau-retail/clauses.ts';
import {
  DATA,
  RECORDINGS_FILE,
  type RecordedCall,
  readDatabase,
  readRecordings,
} from '../../bench/suites/tau-retail/recorded.ts';
import { SHOP_PARTITION_KEY } from '../../contracts/shop.ts';
import { type Decision, decide } from '../../domain/policy/decide.ts';
import type { FactReader } from '../../domain/tool/facts.ts';
import { cedarEngine } from '../../functions/adapters/cedar.ts';
import { NAMESPACES } from '../../functions/tools/registry.ts';
import { loadRetailFacts } from '../../functions/tools/retail/facts.ts';
import { buildPolicyBundle } from '../../infra/policy/build-bundle.ts';
import { policiesWith } from '../../local/policies.ts';
import { shopItems } from '../../local/shop/load.ts';
import { requestOf } from '../support/policy-cases.ts';

/** Third-party data, kept beside the project and never in it. */
const skip = existsSync(join(DATA, RECORDINGS_FILE)) ? false : 'the benchmark data is not beside the project';
const NOW = new Date('2026-01-31T12:00:00.000Z');
const TENANT = 'acme';

/** The same as `npm run eval -- tau-retail --attacks`, decisions only and each on the database as shipped. */
describe('the policies of the recorded shop', { skip }, async () => {
  if (skip !== false) {
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'policies-'));
  after(() => rmSync(folder, { recursive: true }));
  const bundle = buildPolicyBundle(policiesWith(POLICY_FILES, folder), NAMESPACES);
  const engine = cedarEngine(bundle);
  const { tasks, injections } = readRecordings(DATA);
  const items = shopItems(await readDatabase(DATA), TENANT);
  const itemsOfKeys = new Map(items.map(({ table, item }) => [`${table}/${item[SHOP_PARTITION_KEY]}`, item]));
  const reader: FactReader = {
    get: async (table, key) => itemsOfKeys.get(`${table}/${key}`),
    find: assert.fail,
    head: assert.fail,
  };

  async function decisionOn(userId: string, { tool, args }: RecordedCall): Promise<Decision> {
    const name = `retail.${tool}`;
    const facts = await loadRetailFacts({ tenant: TENANT, tool: name, arguments: args, now: NOW }, reader);
    const request = requestOf(
      {
        agent: 'retail-support',
        workflow: 'retail-support',
        tenant: TENANT,
        user: { id: userId, roles: ['customer'] },
        mode: 'autonomous',
        tool: name,
        arguments: args,
        resource: facts.resource,
        facts: facts.call,
        policies: [],
      },
      bundle,
    );
    return decide(engine, request);
  }

  for (const attack of injections) {
    it(`refuse attack ${attack.id} for the clause that it breaks and no other`, async () => {
      for (const call of attack.calls) {
        const { kind, policies } = await decisionOn(attack.user_id, call);
        assert.deepEqual([kind, policies], ['deny', [policyOfRule(attack)]]);
      }
    });
  }

  it('allow every recorded write that the tool carried out, and refuse the others as the tool did', async () => {
    for (const task of tasks) {
      // a later write of a task sees what an earlier one has changed: those are the eval's
      const writes = task.calls.filter(({ effect }) => effect === 'write');
      const orders = writes.map(({ args }) => args.order_id);
      for (const [index, call] of writes.entries()) {
        if (orders.indexOf(call.args.order_id) === index) {
          const { kind, policies } = await decisionOn(task.user_id, call);
          const expected = policyOfError(call);
          assert.deepEqual(
            kind === 'deny' ? policies : kind,
            expected === undefined ? 'allow' : [expected],
            `task ${task.id}, ${call.tool}`,
          );
        }
      }
    }
  });
});
