import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FactLoader, Facts } from '../../../domain/tool/facts.ts';
import { factsOrReason } from '../../../functions/authorize/facts.ts';
import { desk, issueRefund } from '../../../functions/tools/desk/definitions.ts';

const proposal = { tool: issueRefund.name, arguments: { ticket_id: 'T-301', amount_usd: 10 } };
const WHOLE: Facts = {
  resource: { type: 'DeskTicket', id: 'T-301', attributes: { exists: true, status: 'open', tags: [] } },
  call: { customerTenureMonths: 4, fraudRiskScore: 0.1, lifetimeRefundsUsd: 0 },
};

function factsFrom(load: FactLoader, client: unknown = {}) {
  const source = { namespace: desk, load, clock: () => new Date(0), deadlineMilliseconds: 20 };
  return factsOrReason('acme', proposal, issueRefund, { ...source, client: client as never, prefix: 'p' });
}

describe('facts', () => {
  test('all that is declared, and nothing else, is what policy is asked with', async () => {
    assert.deepEqual(await factsFrom(async () => WHOLE), WHOLE);
  });

  test('a system of record that does not answer in time is a reason, and what was asked of it is given up', async () => {
    let given: AbortSignal | undefined;
    const client = {
      send: (_: unknown, { abortSignal }: { readonly abortSignal: AbortSignal }) => {
        given = abortSignal;
        return new Promise(() => undefined);
      },
    };
    const found = await factsFrom(
      async (_, { get }) => ({ ...WHOLE, call: (await get('tickets', 'k')) ?? {} }),
      client,
    );
    assert.ok('reason' in found);
    assert.equal(found.reason.code, 'facts_unavailable');
    assert.match(
      found.reason.message,
      /desk\.issue_refund could not be read \(TimeoutError\), nothing was done/,
    );
    assert.equal(given?.aborted, true);
  });

  test('a loader that fails is a reason, and what it failed with is not told', async () => {
    const found = await factsFrom(() => Promise.reject(new RangeError('customer lena@example.com')));
    assert.ok('reason' in found);
    assert.equal(found.reason.code, 'facts_unavailable');
    assert.match(found.reason.message, /\(RangeError\)/);
    assert.ok(!found.reason.message.includes('lena'));
  });

  const { exists: _exists, ...withoutExists } = WHOLE.resource.attributes;
  const { fraudRiskScore: _score, ...withoutScore } = WHOLE.call;
  const WRONG: Readonly<Record<string, readonly [Facts, RegExp]>> = {
    'a fact of the call is missing': [{ ...WHOLE, call: withoutScore }, /fraudRiskScore/],
    'a fact of the call is of another type': [
      { ...WHOLE, call: { ...WHOLE.call, fraudRiskScore: '0.1' } },
      /fraudRiskScore/,
    ],
    'there is a fact that nobody declared': [{ ...WHOLE, call: { ...WHOLE.call, isVip: true } }, /isVip/],
    'an attribute of the resource is missing': [
      { ...WHOLE, resource: { ...WHOLE.resource, attributes: withoutExists } },
      /exists/,
    ],
    'there is an attribute that nobody declared': [
      { ...WHOLE, resource: { ...WHOLE.resource, attributes: { ...WHOLE.resource.attributes, owner: 'x' } } },
      /owner/,
    ],
    'they are about another kind of thing': [
      { ...WHOLE, resource: { ...WHOLE.resource, type: 'Ticket' } },
      /about a Ticket, expected a DeskTicket/,
    ],
  };
  for (const [title, [facts, message]] of Object.entries(WRONG)) {
    test(`are missing when ${title}`, async () => {
      const found = await factsFrom(async () => facts);
      assert.ok('reason' in found);
      assert.equal(found.reason.code, 'facts_missing');
      assert.match(found.reason.message, message);
    });
  }
});
