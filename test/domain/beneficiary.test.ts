import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { type Beneficiary, beneficiariesOf, beneficiaryText } from '../../domain/tool/beneficiary.ts';
import { defineTool, type ToolDefinition } from '../../domain/tool/definition.ts';
import { toolDigest } from '../../domain/tool/digest.ts';
import { checkedNamespaces } from '../../domain/tool/namespaces.ts';
import { cancelPendingOrder, previewCancelPendingOrder } from '../../functions/tools/retail/definitions.ts';

const ACCOUNT = {
  name: 'Account',
  attributes: z.strictObject({
    owner: z.string().optional(),
    members: z.array(z.string()),
    balance: z.int(),
  }),
};

function pay(beneficiary?: readonly Beneficiary[]): ToolDefinition {
  return defineTool({
    name: 'bank.pay_out',
    description: 'pays out',
    input: z.strictObject({ to: z.email(), via: z.enum(['wire', 'cash']), cents: z.int() }),
    output: z.string(),
    effect: 'write',
    idempotency: 'by_key',
    tier: 3,
    resource: 'Account',
    facts: z.strictObject({ holder: z.string().optional(), risk: z.number() }),
    access: [],
    maximumCostMicroDollars: 1,
    timeoutSeconds: 1,
    loggedArguments: [],
    ...(beneficiary === undefined ? {} : { beneficiary }),
  });
}

const ARGUMENTS = { to: 'lena@example.com', via: 'wire', cents: 5 };
const FACTS = {
  resource: {
    type: 'Account',
    id: 'A1',
    attributes: { owner: 'lena', members: ['lena', 'omar'], balance: 1 },
  },
  call: { holder: 'theo', risk: 0.5 },
};
const gaining = (beneficiary?: readonly Beneficiary[], facts = FACTS as never) =>
  beneficiariesOf(pay(beneficiary), ARGUMENTS, facts);

describe('whoever gains from a call is named by', () => {
  test('an argument', () => assert.deepEqual(gaining([{ argument: 'to' }]), ['lena@example.com']));
  test('a fact', () => assert.deepEqual(gaining([{ fact: 'holder' }]), ['theo']));
  test('an attribute of the resource', () => assert.deepEqual(gaining([{ attribute: 'owner' }]), ['lena']));
  test('several, each once', () => {
    assert.deepEqual(gaining([{ attribute: 'members' }, { attribute: 'owner' }, { fact: 'holder' }]), [
      'lena',
      'omar',
      'theo',
    ]);
  });
  test('nothing, where the tool says nothing or the resource is not there', () => {
    assert.deepEqual(gaining(), []);
    const nothing = { resource: { ...FACTS.resource, attributes: {} }, call: {} };
    assert.deepEqual(gaining([{ attribute: 'owner' }, { fact: 'holder' }], nothing as never), []);
  });
});

describe('a tool cannot name as beneficiary', () => {
  const wrong: Record<string, readonly [Beneficiary, RegExp]> = {
    'an argument that it does not have': [
      { argument: 'from' },
      /names 'from', which is not an argument of it/,
    ],
    'an argument that is no text': [
      { argument: 'cents' },
      /names 'cents', expected an argument that is text/,
    ],
    'a fact that it does not have': [{ fact: 'to' }, /names 'to', which is not a fact of it/],
    'a fact that is no text': [{ fact: 'risk' }, /names 'risk', expected a fact that is text/],
    'an attribute that its resource does not have': [
      { attribute: 'holder' },
      /names 'holder', which is not an attribute of the resource/,
    ],
    'an attribute that is no text': [
      { attribute: 'balance' },
      /names 'balance', expected an attribute of the resource that is text/,
    ],
  };
  const bank = (tool: ToolDefinition) => ({
    name: 'bank',
    tableName: () => '',
    resources: [ACCOUNT],
    tools: [tool],
  });
  for (const [what, [place, message]] of Object.entries(wrong)) {
    test(what, () => assert.throws(() => checkedNamespaces([bank(pay([place]))]), message));
  }
  test('nothing that it may', () => {
    const places = [
      { argument: 'to' },
      { argument: 'via' },
      { fact: 'holder' },
      { attribute: 'members' },
    ] as const;
    assert.doesNotThrow(() => checkedNamespaces([bank(pay([...places, { attribute: 'owner' }]))]));
  });
});

test('who gains is part of what a tool is', () => {
  assert.notEqual(toolDigest(pay([{ argument: 'to' }])), toolDigest(pay()));
});

test('nobody gains from a preview', () => {
  assert.deepEqual(cancelPendingOrder.beneficiary, [{ attribute: 'owner' }]);
  assert.equal((previewCancelPendingOrder as ToolDefinition).beneficiary, undefined);
});

test('people read it as policies write it', () => {
  assert.deepEqual(
    ([{ argument: 'to' }, { fact: 'holder' }, { attribute: 'owner' }] as const).map(beneficiaryText),
    ['context.arguments.to', 'context.facts.holder', 'resource.owner'],
  );
});
