import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ToolDefinition } from '../../../../domain/tool/definition.ts';
import { helpdesk } from '../../../../functions/tools/helpdesk/definitions.ts';
import { loadHelpdeskFacts } from '../../../../functions/tools/helpdesk/facts.ts';

const TOOLS: readonly ToolDefinition[] = helpdesk.tools;

test('each tool reaches the helpdesk with its token, and no table', () => {
  for (const { name, access, destinations, secrets } of TOOLS) {
    assert.deepEqual([access, destinations, secrets], [[], ['deployment:helpdesk'], ['api-token']], name);
  }
  assert.throws(() => helpdesk.tableName('countersign', 'tickets'), /have no tables/);
});

test('no argument says where a request goes', () => {
  for (const { name, input } of TOOLS) {
    assert.deepEqual(
      Object.keys(input.shape).filter((argument) => /url|host|origin|endpoint/i.test(argument)),
      [],
      name,
    );
  }
});

/** What must not become part of a path. */
const BAD_IDS = [
  '',
  '..',
  '../tickets',
  'T-1/comments',
  'T-1?x',
  'T-1#x',
  'T 1',
  'T%2f1',
  '//evil.example',
  '\\x',
  '.T',
];

for (const ticket_id of BAD_IDS) {
  test(`'${ticket_id}' is no id of a ticket`, () => {
    for (const tool of TOOLS.filter(({ input }) => 'ticket_id' in input.shape)) {
      assert.equal(tool.input.safeParse({ ticket_id, body: 'x' }).success, false, tool.name);
    }
  });
}

test('what people have written does not reach the log', () => {
  const logged = new Set(TOOLS.flatMap((tool) => tool.loggedArguments));
  assert.deepEqual([...logged].sort(), ['priority', 'ticket_id']);
});

test('facts say which ticket a call is about, and nothing that nobody has checked', async () => {
  const reader = { get: assert.fail, find: assert.fail, head: assert.fail };
  const facts = (tool: string, given: Record<string, unknown>) =>
    loadHelpdeskFacts({ tenant: 'acme', tool, arguments: given, now: new Date(0) }, reader);
  assert.deepEqual(await facts('helpdesk.get_ticket', { ticket_id: 'T-1' }), {
    resource: { type: 'Ticket', id: 'T-1', attributes: {} },
    call: {},
  });
  assert.equal((await facts('helpdesk.create_ticket', { subject: 'lost' })).resource.id, 'new');
});
