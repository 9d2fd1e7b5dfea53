import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decisionContext, type LoggedParts } from '../../domain/audit/decision-context.ts';
import { ledgerEvent, loggedArguments, shownDigest } from '../../domain/audit/event.ts';
import { checkedNamespaces } from '../../domain/tool/namespaces.ts';
import { findTool } from '../../functions/tools/registry.ts';
import { retail } from '../../functions/tools/retail/definitions.ts';
import { DIGEST_KEY } from '../support/digest-key.ts';

/** What one write unit of DynamoDB buys. */
const UNIT_BYTES = 1024;

function partsOf(
  tool: string,
  more: Partial<LoggedParts> & { attributes?: object; call?: object } = {},
): LoggedParts {
  const definition = findTool(tool);
  assert.ok(definition);
  const { attributes = {}, call = {}, ...rest } = more;
  const order = {
    exists: true,
    owner: 'lena_hofer_4821',
    status: 'pending',
    totalCents: 45_000,
    ...attributes,
  };
  return {
    ...{ definition, user: { id: 'lena_hofer_4821', roles: ['customer'] }, mode: 'autonomous' },
    ...{ tenant: 'acme', arguments: {} },
    approvals: { support_manager: 0 },
    facts: {
      resource: { type: 'Order', id: '#W4400218', attributes: order },
      call: { refundCents: 45_000, ...call },
    },
    ...rest,
  };
}

test('attributes and facts that the tool declares fit are kept, and the id of the user is told as such', () => {
  assert.deepEqual(decisionContext(partsOf('retail.cancel_pending_order'), {}), {
    mode: 'autonomous',
    user: { id: 'lena_hofer_4821', roles: ['customer'] },
    resource: { exists: true, status: 'pending', totalCents: 45_000 },
    facts: { refundCents: 45_000 },
    users: ['resource.owner'],
  });
});

test('of what is not declared fit there is the name alone', () => {
  const context = decisionContext(
    partsOf('retail.cancel_pending_order', { attributes: { owner: 'somebody_else' } }),
    {},
  );
  assert.deepEqual([context.hidden, context.users], [['resource.owner'], undefined]);
  assert.ok(!JSON.stringify(context).includes('somebody_else'));
});

test('a long value is hidden, and one with personal data in it is redacted', () => {
  const long = decisionContext(
    partsOf('retail.get_order_details', { attributes: { status: 'x'.repeat(61) } }),
    {},
  );
  assert.deepEqual(long.hidden, ['resource.status']);
  const mail = decisionContext(
    partsOf('retail.get_order_details', { attributes: { status: 'anna@example.com' } }),
    {},
  );
  assert.equal(mail.resource?.status, '[redacted: email]');
});

test('of hidden arguments it is told which are the user, the resource and the tenant, and nothing of the others', () => {
  const given = { who: 'lena_hofer_4821', order: '#W4400218', where: 'acme', other: 'x', shown: 'acme' };
  const hidden = (name: string) => shownDigest(DIGEST_KEY, name);
  const logged = {
    ...Object.fromEntries(Object.keys(given).map((name) => [name, hidden(name)])),
    shown: 'acme',
  };
  const parts = partsOf('retail.get_order_details', { arguments: given });
  const { users, targets, tenants } = decisionContext(parts, logged);
  assert.deepEqual(
    [users, targets, tenants],
    [['resource.owner', 'arguments.who'], ['arguments.order'], ['arguments.where']],
  );
  assert.ok(!JSON.stringify(decisionContext(parts, logged)).includes('other'));
});

test('facts of a call are left out where the tool declares none, and approvals where there are none', () => {
  const read = decisionContext(partsOf('retail.get_order_details'), {});
  assert.deepEqual([read.facts, read.approvals], [undefined, undefined]);
  const approved = decisionContext(
    partsOf('retail.cancel_pending_order', { approvals: { support_manager: 2 } }),
    {},
  );
  assert.deepEqual(approved.approvals, { support_manager: 2 });
});

for (const [tool, args] of [
  ['retail.get_order_details', { order_id: '#W4400218' }],
  ['retail.cancel_pending_order', { order_id: '#W4400218', reason: 'no longer needed' }],
] as const) {
  test(`the decision of ${tool} stays within the kilobyte of one write unit`, () => {
    const parts = partsOf(tool, { arguments: args });
    const shown = loggedArguments(parts.definition, args, { digestKey: DIGEST_KEY });
    const run = { tenant: 'shop-0123456789abcdef', runId: '0d5ba09e-bb23-4df2-8c5e-1b1f1c3c9c9f' };
    const at = '2026-11-21T10:00:00.000Z';
    const event = ledgerEvent(
      { ...run, workflow: 'retail-support', agent: 'retail-support' },
      '0000-00/decided',
      at,
      {
        ...{
          type: 'call.decided',
          callId: '0000-00',
          tool,
          arguments: shown,
        },
        ...{ digest: '0'.repeat(64), resource: 'Order/#W4400218', policyDigest: '0'.repeat(64) },
        context: decisionContext(parts, shown),
        ...{ decision: 'allow', policies: ['agents/retail-support/small-refund'], holdMicroDollars: 25 },
      },
    );
    const bytes = itemBytes({ run: Object.values(run).join('#'), position: `${at}#0000-00/decided`, event });
    assert.ok(bytes <= UNIT_BYTES, `${bytes} bytes`);
  });
}

test('a tool cannot declare fit for the log what it does not know', () => {
  const [tool, ...others] = retail.tools;
  const wrong = { ...retail, tools: [{ ...tool, loggedFacts: ['exists', 'iban'] }, ...others] };
  assert.throws(() => checkedNamespaces([wrong]), /loggedFacts names 'iban', expected of exists, owner/);
});

/** As DynamoDB counts: names and values, three bytes for each list and map and one for each member. */
function itemBytes(value: unknown): number {
  if (Array.isArray(value)) {
    return value.reduce((sum, each) => sum + 1 + itemBytes(each), 3);
  }
  switch (typeof value) {
    case 'string':
      return Buffer.byteLength(value);
    case 'number':
      return Math.ceil(String(value).length / 2) + 1;
    case 'object':
      return Object.entries(value ?? {}).reduce(
        (sum, [name, each]) => sum + 1 + Buffer.byteLength(name) + itemBytes(each),
        3,
      );
    default:
      return 1;
  }
}
