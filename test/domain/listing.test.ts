import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changedMembers } from '../../domain/tool/listing.ts';

const REVIEWED = {
  name: 'reserve',
  description: 'Reserve pieces.',
  inputSchema: { type: 'object', properties: { a: { type: 'string' }, b: { type: 'integer' } } },
};

const CHANGES: Record<string, readonly [object, readonly string[]]> = {
  nothing: [{}, []],
  'the order in which members are written': [
    { inputSchema: { properties: { b: { type: 'integer' }, a: { type: 'string' } }, type: 'object' } },
    [],
  ],
  'pictures and bookkeeping': [{ icons: [{ src: 'x' }], _meta: { seen: 1 } }, []],
  'a word of the description': [{ description: 'Reserve pieces!' }, ['description']],
  'a description that is taken away': [{ description: undefined }, ['description']],
  'something deep in a schema': [
    { inputSchema: { ...REVIEWED.inputSchema, properties: { a: { type: 'string', description: 'x' } } } },
    ['inputSchema'],
  ],
  'a title that is new': [{ title: 'Reserve' }, ['title']],
  'a member that MCP does not have yet': [{ future: true }, ['future']],
  'several members at once': [{ title: 'x', description: 'y' }, ['description', 'title']],
};

for (const [title, [change, expected]] of Object.entries(CHANGES)) {
  test(`${title}: ${expected.join(' and ') || 'nothing'} has changed`, () => {
    assert.deepEqual(changedMembers(REVIEWED, { ...REVIEWED, ...change }), expected);
  });
}
