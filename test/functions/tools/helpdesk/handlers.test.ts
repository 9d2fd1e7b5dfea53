import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ToolContext, ToolRefusal } from '../../../../domain/tool/handler.ts';
import { EgressFailed, EgressRefused } from '../../../../functions/adapters/egress/errors.ts';
import { helpdeskHandlers } from '../../../../functions/tools/helpdesk/handlers.ts';

const TICKET = { id: 'T-7', subject: 'lost', description: 'no trace', status: 'new', priority: 'low' };
const NEW = { subject: 'lost', description: 'no trace', priority: 'low' } as const;

/** The tools over a helpdesk that answers so, with what they sent, left behind and forgot. */
function toolsOver(
  answer: () => Response | Promise<never>,
  token: () => Promise<string> = async () => 'token',
) {
  const sent: string[] = [];
  const effects: string[] = [];
  const forgotten: string[] = [];
  const handlers = helpdeskHandlers({
    fetch: async (url, { method = 'GET' }, { idempotent, destinations }) => {
      sent.push([method, url, ...(idempotent === undefined ? [] : ['repeatable'])].join(' '));
      assert.deepEqual(destinations, ['https://helpdesk.example']);
      return answer();
    },
    secrets: { read: token, forget: (_, secret) => forgotten.push(secret) },
    destinationsOf: () => ['https://helpdesk.example'],
  });
  const context = {
    runId: 'run-1',
    callId: '0001-00',
    idempotencyKey: 'key-1',
    signal: new AbortController().signal,
    recordEffect: (effect: string) => effects.push(effect),
  } as unknown as ToolContext;
  return { handlers, context, sent, effects, forgotten };
}

const json =
  (body: unknown, status = 200) =>
  () =>
    new Response(JSON.stringify(body), { status });

test('a look-up finds the ticket that an earlier attempt has left, and records it', async () => {
  const { handlers, context, sent, effects } = toolsOver(json({ tickets: [TICKET] }));
  assert.deepEqual(await handlers['helpdesk.create_ticket'].lookUp(NEW, context), TICKET);
  assert.deepEqual(sent, ['GET https://helpdesk.example/api/v1/tickets?external_id=key-1']);
  assert.deepEqual(effects, ['tickets/T-7']);
});

test('a look-up that finds nothing says so', async () => {
  const tickets = toolsOver(json({ tickets: [] }));
  assert.equal(await tickets.handlers['helpdesk.create_ticket'].lookUp(NEW, tickets.context), undefined);
  const comments = toolsOver(json({ comments: [] }));
  const comment = { ticket_id: 'T-7', body: 'x' };
  assert.equal(await comments.handlers['helpdesk.add_comment'].lookUp(comment, comments.context), undefined);
  assert.deepEqual(comments.sent, [
    'GET https://helpdesk.example/api/v1/tickets/T-7/comments?external_id=key-1',
  ]);
});

test('a redaction is sent once and found again by its key', async () => {
  const done = toolsOver(json({ id: 'R-1', text: 'left out' }));
  assert.deepEqual(await done.handlers['helpdesk.redact_ticket'].run({ ticket_id: 'T-7' }, done.context), {
    id: 'R-1',
  });
  assert.deepEqual(done.sent, ['POST https://helpdesk.example/api/v1/tickets/T-7/redactions']);
  assert.deepEqual(done.effects, ['tickets/T-7/redactions/R-1']);
  const found = toolsOver(json({ redactions: [{ id: 'R-1' }] }));
  const look = found.handlers['helpdesk.redact_ticket'].lookUp;
  assert.deepEqual(await look({ ticket_id: 'T-7' }, found.context), { id: 'R-1' });
  assert.deepEqual(found.sent, [
    'GET https://helpdesk.example/api/v1/tickets/T-7/redactions?external_id=key-1',
  ]);
  const none = toolsOver(json({ redactions: [] }));
  const lookAgain = none.handlers['helpdesk.redact_ticket'].lookUp;
  assert.equal(await lookAgain({ ticket_id: 'T-7' }, none.context), undefined);
});

test('a look-up that is declined says nothing about the earlier attempt', async () => {
  for (const answer of [
    json({}, 401),
    json({}, 404),
    () => Promise.reject(new EgressFailed('not_connected', 'no connection', false)),
  ]) {
    const { handlers, context } = toolsOver(answer);
    const error = await handlers['helpdesk.create_ticket'].lookUp(NEW, context).catch((reason) => reason);
    assert.ok(error instanceof Error && !(error instanceof ToolRefusal), String(error));
  }
});

for (const status of [400, 401, 403, 404, 422, 429]) {
  test(`a write that is answered ${status} was declined`, async () => {
    const { handlers, context } = toolsOver(json({}, status));
    const error = await handlers['helpdesk.create_ticket'].run(NEW, context).catch((reason) => reason);
    assert.ok(error instanceof ToolRefusal, String(error));
    assert.equal(error.dependency, status === 429 ? 'failed' : 'answered');
  });
}

for (const status of [302, 408, 409, 500, 502, 503]) {
  test(`a write that is answered ${status} may have been done`, async () => {
    const { handlers, context } = toolsOver(json({}, status));
    const error = await handlers['helpdesk.create_ticket'].run(NEW, context).catch((reason) => reason);
    assert.ok(error instanceof Error && !(error instanceof ToolRefusal), String(error));
  });
}

test('a token that the helpdesk does not take is read afresh by the next call', async () => {
  const { handlers, context, forgotten } = toolsOver(json({}, 401));
  await assert.rejects(handlers['helpdesk.get_ticket']({ ticket_id: 'T-7' }, context), ToolRefusal);
  assert.deepEqual(forgotten, ['api-token']);
});

test('a request that never left has done nothing, one that left may have', async () => {
  for (const [error, refused, dependency] of [
    [new EgressRefused('not_listed', 'not listed', false), true, 'nothing'],
    [new EgressFailed('not_connected', 'down', false), true, 'failed'],
    [new EgressRefused('not_listed', 'redirected away', true), false, undefined],
    [new EgressFailed('dropped', 'broke off', true), false, undefined],
  ] as const) {
    const { handlers, context } = toolsOver(() => Promise.reject(error));
    const thrown = await handlers['helpdesk.create_ticket'].run(NEW, context).catch((reason) => reason);
    assert.equal(thrown instanceof ToolRefusal, refused, error.message);
    assert.equal(thrown.dependency, dependency, 'what that says of the helpdesk');
  }
});

test('without a token nothing is sent', async () => {
  const { handlers, context, sent } = toolsOver(json(TICKET), () => Promise.reject(new Error('no right')));
  await assert.rejects(
    handlers['helpdesk.create_ticket'].run(NEW, context),
    /no token for the helpdesk: no right/,
  );
  assert.deepEqual(sent, []);
});

test('what was answered is not quoted in an error: it may be about people', async () => {
  for (const answer of [json({ id: 1, subject: 'Lena' }), () => new Response('<p>Lena')]) {
    const { handlers, context } = toolsOver(answer);
    const error = await handlers['helpdesk.create_ticket'].run(NEW, context).catch((reason) => reason);
    assert.doesNotMatch(String(error), /Lena/);
  }
});
