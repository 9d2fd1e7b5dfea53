import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { z } from 'zod';
import type { ToolDefinition } from '../../../domain/tool/definition.ts';
import { NAMESPACES } from '../../../functions/tools/registry.ts';
import { sessionRequest, sessionRequests, type ToolCall } from '../../infra/iam/session.ts';

/** Limit of STS for the session policies of one request, in characters, from the API reference of AssumeRole. */
const MAXIMUM_POLICY_CHARACTERS = 2048;
/** What STS takes in a policy, from the same page; JSON has no use for the line breaks that it takes too. */
const POLICY_CHARACTERS = /^[ -ÿ]+$/;

const LONGEST_TENANT = 't'.repeat(40);

/** Characters that become more than one in a policy: by JSON, by IAM's escape, by lower case, and by STS's alphabet. */
const GROWING = ['x', '"', '\\', '$', '\u0001', 'Ł', 'İ', '語'];

interface ArgumentSchema {
  readonly type?: string;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly items?: ArgumentSchema;
  readonly enum?: readonly string[];
}

function longest(
  { type, items = {}, maxItems, maxLength, enum: values }: ArgumentSchema,
  of: string,
): unknown {
  if (type === 'array') {
    return Array.from({ length: maxItems ?? 0 }, () => longest(items, of));
  }
  return values?.[0] ?? of.repeat(maxLength ?? 0);
}

function longestArguments({ input }: ToolDefinition, of: string): Record<string, unknown> {
  const { properties = {} } = z.toJSONSchema(input) as { properties?: Record<string, ArgumentSchema> };
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, longest(schema, of)]));
}

for (const tool of NAMESPACES.flatMap(({ tools }) => tools)) {
  test(`the session policy of ${tool.name} fits into a request to STS whatever its arguments`, async () => {
    for (const character of GROWING) {
      const id = character.repeat(64);
      const { Policy = '' } = await sessionRequest({
        tool: tool.name,
        arguments: longestArguments(tool, character),
        resource: { type: tool.resource, id, attributes: { owner: id } },
        tenant: LONGEST_TENANT,
      });
      assert.ok(Policy.length <= MAXIMUM_POLICY_CHARACTERS, `${Policy.length} of '${character}'`);
      assert.match(Policy, POLICY_CHARACTERS);
    }
  });
}

test('a name in other letters than latin ones is in the policy as it was given', async () => {
  const { Policy = '' } = await sessionRequest({
    tool: 'retail.find_user_id_by_name_zip',
    arguments: { first_name: 'Łucja', last_name: '語', zip: '10001' },
    resource: { type: 'Customer', id: 'unknown', attributes: {} },
  });
  assert.match(Policy, /\\u0142ucja/);
  const [{ Condition }] = JSON.parse(Policy).Statement;
  assert.deepEqual(Condition['ForAllValues:StringEquals']['dynamodb:LeadingKeys'], ['acme#łucja#語#10001']);
});

describe('a session', () => {
  const read = {
    tool: 'retail.get_order_details',
    arguments: { order_id: '#W1' },
    resource: { type: 'Order', id: '#W1', attributes: {} },
  };
  const write = {
    tool: 'retail.cancel_pending_order',
    arguments: { order_id: '#W1', reason: 'no longer needed' },
    resource: read.resource,
  };
  const of = (order: string) => ({
    ...read,
    arguments: { order_id: order },
    resource: { ...read.resource, id: order },
  });
  const cases: readonly {
    readonly name: string;
    readonly calls: readonly ToolCall[];
    readonly sessions: number;
  }[] = [
    { name: 'serves the same read again', calls: [read, read], sessions: 1 },
    { name: 'serves no read of something else', calls: [read, of('#W2')], sessions: 2 },
    { name: 'serves no other tenant', calls: [read, { ...read, tenant: 'umbrella' }], sessions: 2 },
    { name: 'serves no other run', calls: [read, { ...read, runId: 'run-other' }], sessions: 2 },
    { name: 'of a write serves that write only', calls: [write, write], sessions: 2 },
  ];
  for (const { name, calls, sessions } of cases) {
    it(name, async () => {
      assert.equal((await sessionRequests(calls)).length, sessions);
    });
  }

  it('serves for three minutes', async () => {
    assert.equal((await sessionRequests([read, read], 179)).length, 1);
    assert.equal((await sessionRequests([read, read], 180)).length, 2);
  });

  it('is one of the last hundred', async () => {
    const others = Array.from({ length: 100 }, (_, index) => of(`#W${index + 2}`));
    assert.equal((await sessionRequests([read, ...others, read])).length, 102);
    assert.equal((await sessionRequests([read, ...others.slice(1), read])).length, 100);
  });
});
