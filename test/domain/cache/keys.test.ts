import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { modelKey, readKey, writtenKey } from '../../../domain/cache/keys.ts';
import { defineTool } from '../../../domain/tool/definition.ts';

const TOOL = defineTool({
  name: 'desk.read_mail',
  description: 'reads',
  input: z.strictObject({ to: z.string(), page: z.int() }),
  output: z.strictObject({ text: z.string() }),
  effect: 'read',
  tier: 0,
  resource: 'Mailbox',
  access: [],
  maximumCostMicroDollars: 1,
  timeoutSeconds: 5,
  loggedArguments: [],
});

const READ = {
  ...{ tenant: 'acme', workflow: 'desk', agent: 'desk', policyDigest: 'p' },
  user: { id: 'lena', roles: ['customer'] },
  proposal: { tool: TOOL.name, arguments: { to: 'lena@example.com', page: 1 } },
  resource: { type: 'Mailbox', id: 'lena@example.com', attributes: { size: 1 } },
};

const key = (more: Partial<typeof READ> = {}) => readKey({ ...READ, ...more }, TOOL);
const withArguments = (more: object) => key({ proposal: { ...READ.proposal, arguments: more as never } });
const withResource = (more: object) => key({ resource: { ...READ.resource, ...more } as never });

test('the same read has the same key, in whatever order its arguments came, and whatever roles its user has', () => {
  assert.equal(withArguments({ page: 1, to: 'lena@example.com' }), key());
  assert.equal(key({ user: { id: 'lena', roles: [] } }), key());
});

test('whatever an answer may depend on makes another key', () => {
  const keys = {
    plain: key(),
    tenant: key({ tenant: 'globex' }),
    workflow: key({ workflow: 'desk-2' }),
    agent: key({ agent: 'desk-2' }),
    user: key({ user: { id: 'tomas', roles: ['customer'] } }),
    policies: key({ policyDigest: 'q' }),
    argument: withArguments({ to: 'tomas@example.com', page: 1 }),
    'another number': withArguments({ to: 'lena@example.com', page: 2 }),
    'resource id': withResource({ id: 'tomas@example.com' }),
    'resource type': withResource({ type: 'Folder' }),
    'what the decision saw of the resource': withResource({ attributes: { size: 2 } }),
    'another tool': readKey(READ, { ...TOOL, name: 'desk.find_mail' }),
    'another output': readKey(READ, { ...TOOL, output: z.strictObject({ text: z.string().max(9) }) }),
    'what the tool discloses': readKey(READ, { ...TOOL, discloses: ['email'] }),
  };
  assert.equal(new Set(Object.values(keys)).size, Object.keys(keys).length, JSON.stringify(keys, null, 1));
});

test('a key begins with its tenant and its namespace and shows nothing else of the call', () => {
  assert.match(key(), /^acme#tool#desk#[0-9a-f]{64}$/);
  assert.match(writtenKey(READ), /^acme#resource#desk#[0-9a-f]{64}$/);
  assert.match(modelKey('acme', { messages: ['lena@example.com'] }), /^acme#model#[0-9a-f]{64}$/);
});

test('a tenant that could be taken for another key is refused', () => {
  assert.throws(() => key({ tenant: 'acme#tool#erp' }), /part 'acme#tool#erp' of an answer's key/);
  assert.throws(() => writtenKey({ ...READ, tenant: '' }), /part '' of a resource's key/);
  assert.throws(() => modelKey('a#b', {}), /part 'a#b' of an answer's key/);
});

test('writes and reads of a resource have one item, whichever tool, user or agent it is', () => {
  const write = {
    ...READ,
    ...{ agent: 'other', user: { id: 'tomas', roles: [] }, policyDigest: 'q' },
    proposal: { tool: 'desk.send_mail', arguments: {} },
    resource: { ...READ.resource, attributes: {} },
  };
  assert.equal(writtenKey(write), writtenKey(READ));
  for (const other of [
    { ...write, tenant: 'globex' },
    { ...write, proposal: { tool: 'erp.send_mail', arguments: {} } },
    { ...write, resource: { ...write.resource, id: 'other' } },
  ]) {
    assert.notEqual(writtenKey(other), writtenKey(READ));
  }
});

test('every member of what a model is asked with makes another key, and so does the tenant', () => {
  const request = { model: 'a', system: 's', messages: [{ role: 'user' }], tools: [], maxTokens: 100 };
  const others = Object.keys(request).map((member) => modelKey('acme', { ...request, [member]: 'other' }));
  assert.equal(new Set([modelKey('acme', request), ...others, modelKey('globex', request)]).size, 7);
});
