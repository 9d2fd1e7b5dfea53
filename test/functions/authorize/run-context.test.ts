import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../../contracts/environment.ts';
import { PROVENANCE, promptSource, toolSource } from '../../../contracts/tables.ts';
import { NOTHING_FOUND, WORST } from '../../../domain/detector/detector.ts';
import type { PolicyBundle } from '../../../domain/policy/bundle.ts';
import { seenInMessage, seenInOutput, seenInPrompt } from '../../../domain/provenance/origin.ts';
import type { ToolDefinition } from '../../../domain/tool/definition.ts';
import { transact } from '../../../functions/adapters/dynamodb.ts';
import { type CameIn, keepOutput, keepPrompt } from '../../../functions/adapters/provenance.ts';
import type { OpenRunRecord } from '../../../functions/adapters/runs.ts';
import { runContextReader } from '../../../functions/authorize/run-context.ts';
import { findTool, NAMESPACES } from '../../../functions/tools/registry.ts';
import { buildPolicyBundle } from '../../../infra/policy/build-bundle.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { NOON, openRun, watched } from '../../support/open-run.ts';
import { envelope, policyRoot } from '../../support/policy-folder.ts';

const KEY = 'of this run';
const LINK = 'https://claims.example.com/a';
const HISTORY = `version: 1
counters:
  tickets_read: { of: [desk.get_ticket], when: succeeded }
  payments: { of: [money], when: allowed }
`;
/** Asks for each part at one tool only. */
const POLICIES = `
@id("origins") permit (principal == Agent::"desk", action == Action::"desk.send_reply", resource)
when { context.provenance.body == "user" };
@id("counters") permit (principal == Agent::"desk", action == Action::"desk.issue_refund", resource)
when { context.history.tickets_read > 0 && context.history.payments < 3 };
@id("scores") permit (principal == Agent::"desk", action == Action::"erp.match_po", resource)
when { context.scores.injection < 500 };
`;

function tool(name: string): ToolDefinition {
  return findTool(name) ?? assert.fail(`${name} is not registered`);
}
const TOOLS = [
  ...['desk.get_ticket', 'desk.send_reply', 'desk.issue_refund'],
  ...['erp.lookup_vendor', 'erp.match_po'],
];
const [ticket, reply, refund, vendor, match] = TOOLS.map(tool) as [
  ToolDefinition,
  ToolDefinition,
  ToolDefinition,
  ToolDefinition,
  ToolDefinition,
];

function built(policies: string): PolicyBundle {
  const files = {
    'agents/desk.cedar': policies,
    'envelopes/desk.yaml': envelope({ tools: TOOLS }),
    'history.yaml': HISTORY,
  };
  using folder = policyRoot(files);
  return buildPolicyBundle(folder.root, NAMESPACES);
}
const bundle = built(POLICIES);

describe('what a run has seen and done', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
  });
  after(() => tables[Symbol.asyncDispose]());

  const begin = (of: Partial<OpenRunRecord> = {}) =>
    openRun(client, { workflow: 'desk', agent: 'desk', provenanceKey: KEY, ...of });
  const contextOf = (run: OpenRunRecord, definition: ToolDefinition, of = bundle) =>
    runContextReader(client, of)(run, definition);
  const originOfBody = async (run: OpenRunRecord, body: string) => {
    const { originsOf } = await contextOf(run, reply);
    return originsOf({ ticket_id: 'T-1', body }, { type: 'DeskTicket', id: 'T-1', attributes: {} })?.body;
  };
  const keep = (run: OpenRunRecord, callId: string, cameIn: CameIn) =>
    transact(client, { provenance: keepOutput({ ...run, callId }, cameIn, NOON) });
  const put = (Item: object) =>
    client.send(new PutCommand({ TableName: process.env[ENV.provenanceTable], Item: { ...Item } }));

  test('what the prompt said and what tools answered comes back with where it came from', async () => {
    const run = await begin();
    const names = seenInPrompt('send https://docs.example.com/manual to T-1', KEY);
    await transact(client, { provenance: keepPrompt(run, { names }, NOON) });
    await keep(run, '0001-00', { names: seenInOutput(ticket, {}, { thread: [`see ${LINK}`] }, KEY) });
    await keep(run, '0002-00', {
      names: seenInOutput(vendor, {}, { bank_account: 'DE1111222233334444' }, KEY),
    });
    await keep(run, '0003-00', { names: seenInMessage(vendor, 'there is no vendor mail@example.net', KEY) });
    assert.equal(await originOfBody(run, 'read https://docs.example.com/manual.'), 'user');
    assert.equal(await originOfBody(run, `read ${LINK}`), 'untrusted_tool');
    assert.equal(await originOfBody(run, 'we pay DE11 1122 2233 3344 44'), 'directory');
    assert.equal(await originOfBody(run, 'ask mail@example.net'), 'untrusted_tool');
    assert.equal(await originOfBody(run, 'read https://elsewhere.example.com/'), 'none');
  });

  test('what another run has seen is not this run’s', async () => {
    const [run, other] = [await begin(), await begin()];
    await keep(other, '0001-00', { names: seenInOutput(ticket, {}, LINK, KEY) });
    assert.equal(await originOfBody(run, LINK), 'none');
    assert.equal(await originOfBody(other, LINK), 'untrusted_tool');
  });

  test('an item under one namespace’s key that claims a tool of another one is not believed', async () => {
    const run = await begin();
    const { hashes } = seenInOutput(vendor, {}, LINK, KEY);
    const source = { [PROVENANCE.partitionKey]: toolSource(run, 'desk'), [PROVENANCE.sortKey]: '0001-00' };
    await put({ ...source, tool: vendor.name, hashes });
    assert.equal(await originOfBody(run, LINK), 'none');
  });

  test('what is under the prompt’s key was said by the user, whatever tool it names', async () => {
    const run = await begin();
    const { hashes } = seenInPrompt(LINK, KEY);
    const source = { [PROVENANCE.partitionKey]: promptSource(run), [PROVENANCE.sortKey]: 'prompt' };
    await put({ ...source, tool: ticket.name, hashes });
    assert.equal(await originOfBody(run, LINK), 'user');
  });

  test('of everything that was read the highest score counts, and of what was not looked at the worst', async () => {
    const run = await begin();
    const scored = (injection: number, sentiment: number, topics: string[] = []) => ({
      scores: { injection, sentiment, topics },
    });
    const names = seenInPrompt('', KEY);
    await transact(client, { provenance: keepPrompt(run, { names, ...scored(10, 700) }, NOON) });
    await keep(run, '0001-00', { names: seenInOutput(ticket, {}, 'a', KEY), ...scored(300, 20, ['legal']) });
    await keep(run, '0002-00', { names: seenInOutput(match, {}, 'b', KEY), ...scored(120, 30, ['safety']) });
    // of a directory nobody looks at the answers
    await keep(run, '0003-00', { names: seenInOutput(vendor, {}, 'c', KEY) });
    const { scores } = await contextOf(run, match);
    assert.deepEqual(scores, { injection: 300, sentiment: 700, topics: ['legal', 'safety'] });
    await keep(run, '0004-00', { names: seenInOutput(ticket, {}, 'd', KEY) });
    const unseen = (await contextOf(run, match)).scores;
    assert.deepEqual([unseen.injection, unseen.sentiment], [WORST.injection, WORST.sentiment]);
  });

  test('nothing is read for a call of which no policy asks where values came from', async () => {
    const run = await begin();
    const watching = watched(client);
    const read = runContextReader(watching.client, bundle);
    for (const definition of [ticket, refund, vendor]) {
      const { scores, originsOf } = await read(run, definition);
      assert.equal(scores.injection, NOTHING_FOUND.injection);
      assert.equal(originsOf({}, { type: 'DeskTicket', id: 'T-1', attributes: {} }), undefined);
    }
    assert.deepEqual(watching.tables, []);
    for (const definition of [reply, match]) {
      await read(run, definition);
    }
    assert.deepEqual(
      [...new Set(watching.tables)],
      [process.env[ENV.provenanceTable]],
      'and for the others it is',
    );
  });

  test('of a run without a key nothing is known: no origins, and the worst scores', async () => {
    const { provenanceKey: _, ...keyless } = await begin();
    const watching = watched(client);
    const { scores, originsOf } = await runContextReader(watching.client, bundle)(keyless, match);
    assert.deepEqual([scores.injection, scores.sentiment], [WORST.injection, WORST.sentiment]);
    assert.equal(originsOf({ body: LINK }, { type: 'Invoice', id: 'INV-1', attributes: {} }), undefined);
    assert.deepEqual(watching.tables, []);
  });

  test('answers are looked at by detectors where some tool of the workflow is decided by scores', async () => {
    const run = await begin();
    assert.equal((await contextOf(run, ticket)).detects, true);
    assert.equal(
      (await contextOf(run, ticket, built(POLICIES.split('@id("scores")')[0] ?? ''))).detects,
      false,
    );
    assert.equal(
      (await contextOf({ ...run, workflow: 'gone' }, ticket)).detects,
      true,
      'nobody knows its tools',
    );
  });

  test('counters are those of the run’s record, and a call adds to those that it is counted by', async () => {
    const counted = { succeeded_tickets_read: 2, allowed_payments: 1, allowed_tickets_read: 7 };
    const run = await begin(counted as Partial<OpenRunRecord>);
    const ofRefund = await contextOf(run, refund);
    assert.deepEqual(ofRefund.history, { tickets_read: 2, payments: 1 });
    assert.deepEqual(ofRefund.asked, { tickets_read: 2, payments: 1 });
    assert.deepEqual(ofRefund.counting, {
      adds: ['allowed_payments'],
      seen: { succeeded_tickets_read: 2, allowed_payments: 1 },
    });
    const ofReply = await contextOf(run, reply);
    assert.deepEqual(ofReply.history, { tickets_read: 2, payments: 1 });
    assert.deepEqual([ofReply.asked, ofReply.counting], [{}, { adds: [], seen: {} }]);
  });
});
