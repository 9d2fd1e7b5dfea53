import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import type { FieldChange, LedgerEvent } from '../../../contracts/events.ts';
import { callDigest } from '../../../domain/call/governed-call.ts';
import type { Warrant } from '../../../domain/call/warrant.ts';
import { redactText } from '../../../domain/redaction/redact.ts';
import { defineTool } from '../../../domain/tool/definition.ts';
import { shownPreview } from '../../../domain/tool/shown-changes.ts';
import { transact } from '../../../functions/adapters/dynamodb.ts';
import { eventsAfter } from '../../../functions/adapters/events.ts';
import { beginFirstAttempt, putWarrant } from '../../../functions/adapters/warrants.ts';
import type { Attempt } from '../../../functions/execute/run-tool.ts';
import { settleCall } from '../../../functions/execute/settle.ts';
import { telemetry } from '../../../functions/runtime/step.ts';
import { DIGEST_KEY } from '../../support/digest-key.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { NOON, openRun } from '../../support/open-run.ts';

const DEADLINE = '2026-11-21T12:01:00.000Z';
const pay = defineTool({
  name: 'desk.send_money',
  description: 'a tool of this test',
  input: z.strictObject({}),
  output: z.strictObject({}),
  effect: 'write',
  tier: 3,
  idempotency: 'by_key',
  resource: 'Desk',
  access: [],
  maximumCostMicroDollars: 100,
  timeoutSeconds: 5,
  loggedArguments: [],
});

const GIVEN = { field: 'given', from: 1, to: 2 } as const;
const shown = shownPreview({ changes: [{ effect: 'tickets/T-1', ...GIVEN }] }, DIGEST_KEY);
const previewDigest = 'digest' in shown ? shown.digest : assert.fail(shown.error);
const AS_SHOWN: Attempt = {
  ...{ status: 'succeeded', output: {}, effects: ['tickets/T-1'], costMicroDollars: 1 },
  changes: { 'tickets/T-1': [GIVEN] },
};
const changed = (...changes: readonly FieldChange[]): Attempt => ({
  ...AS_SHOWN,
  changes: { 'tickets/T-1': changes },
});

describe('what a call has changed, against what people were shown', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
  });
  after(() => tables[Symbol.asyncDispose]());

  /** What is recorded of the comparison, and the lines that its executor has logged. */
  async function recorded(attempt: Attempt, more: Partial<Warrant> = { previewDigest }) {
    const run = await openRun(client, { workflow: 'desk', agent: 'desk' });
    const { tenant, runId, workflow, agent, user } = run;
    const call = { tenant, runId, callId: '0001-00', workflow, agent, digestKey: DIGEST_KEY };
    const proposal = { tool: pay.name, arguments: {} };
    const warrant: Warrant = {
      ...{ ...call, user, proposal, holdMicroDollars: 100, policies: [], policyDigest: 'p' },
      digest: callDigest({ ...call, userId: user.id, proposal, resource: 'Desk/1' }),
      resource: { type: 'Desk', id: '1', attributes: {} },
      ...{ state: 'authorized', authorizedAt: NOON, expiresAt: DEADLINE },
      ...more,
    };
    await transact(client, { warrant: putWarrant(warrant) });
    await beginFirstAttempt(client, warrant, NOON, DEADLINE);
    await settleCall(client, { ...warrant, attempt: 1 }, pay, attempt, NOON);
    const { events } = await eventsAfter(client, run);
    const [executed] = events.filter(isExecuted);
    return executed ?? assert.fail('no event');
  }

  test('is recorded as shown, or as otherwise', async () => {
    assert.equal((await recorded(AS_SHOWN)).preview, 'as_shown');
    const others = [changed({ ...GIVEN, from: 0 }), changed(GIVEN, { field: 'more', to: 1 }), changed()];
    for (const attempt of others) {
      assert.equal((await recorded(attempt)).preview, 'otherwise');
    }
    const { changes: _, ...nothing } = AS_SHOWN;
    assert.equal((await recorded(nothing)).preview, 'otherwise');
  });

  test('is not spoken of where nothing was shown, nothing was done, or nobody can tell', async () => {
    const cases: readonly (readonly [Attempt, Partial<Warrant>?])[] = [
      [AS_SHOWN, {}],
      [{ ...AS_SHOWN, status: 'failed' }],
      [{ ...AS_SHOWN, status: 'unknown' }],
      [{ ...AS_SHOWN, hasUntoldChanges: true }],
    ];
    for (const [attempt, more] of cases) {
      assert.equal(Object.hasOwn(await recorded(attempt, more), 'preview'), false);
    }
  });

  test('is compared as it was redacted for people', async () => {
    const attempt = changed({ field: 'account', to: 'ACC-123' });
    const shownAs = (to: string) => {
      const output = { changes: [{ effect: 'tickets/T-1', field: 'account', to }] };
      const preview = shownPreview(output, DIGEST_KEY);
      return 'digest' in preview ? preview.digest : assert.fail();
    };
    const redaction = { withheld: [], patterns: ['ACC-\\d{3}'] };
    const { value } = redactText('ACC-123', { redaction });
    assert.notEqual(value, 'ACC-123');
    const withheld = await recorded(attempt, { previewDigest: shownAs(value), redaction });
    assert.equal(withheld.preview, 'as_shown');
    const raw = await recorded(attempt, { previewDigest: shownAs('ACC-123'), redaction });
    assert.equal(raw.preview, 'otherwise', 'people cannot have been shown the account');
  });

  test('keeps no outcome from being recorded, whatever cannot be compared', async () => {
    const redaction = { withheld: [], patterns: [7] as unknown as string[] };
    const { status, preview } = await recorded(AS_SHOWN, { previewDigest, redaction });
    assert.deepEqual([status, preview], ['succeeded', 'otherwise']);
  });

  test('is counted and warned about when it is otherwise, by tool and workflow', async ({ mock }) => {
    const count = mock.method(telemetry, 'count', () => undefined);
    const warn = mock.method(telemetry, 'warn', () => undefined);
    await recorded(AS_SHOWN);
    assert.deepEqual([count.mock.callCount(), warn.mock.callCount()], [0, 0]);
    await recorded(changed());
    assert.deepEqual(
      count.mock.calls.map((call) => call.arguments),
      [[{ previewMismatches: 1 }, { workflow: 'desk', tool: pay.name }]],
    );
    assert.deepEqual(
      warn.mock.calls.map((call) => call.arguments),
      [['a call has changed something else than people were shown', { callId: '0001-00' }]],
    );
  });
});

function isExecuted(event: LedgerEvent): event is Extract<LedgerEvent, { type: 'call.executed' }> {
  return event.type === 'call.executed';
}
