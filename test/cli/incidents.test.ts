import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { EXIT } from '../../cli/failure.ts';
import { breakGlassLines, breakGlassTable } from '../../cli/render/break-glass.ts';
import { eventLines } from '../../cli/render/events.ts';
import { receiptLines } from '../../cli/render/receipt.ts';
import { unknownOutcomeLines } from '../../cli/render/unknown-outcomes.ts';
import type { EventBody, LedgerEvent } from '../../contracts/events.ts';
import { countersign, ok } from '../support/command-line.ts';
import { activeGrant, receipt, requestedGrant, unknownOutcome, waitingApproval } from '../support/views.ts';

const ASK = ['break-glass', 'open', 'helpdesk-triage', '--incident', 'INC-7', '--reason', 'a token'];

suite('countersign break-glass', () => {
  test('open sends what is asked for and a token, and says who has to do what next', async () => {
    const words = [...ASK, '--minutes', '45', '--tool', 'a.b_c', '--tool', 'a.d_e', '--tenant', 'shop'];
    const { received, stdout, stderr, person, code } = await countersign(words, ok(requestedGrant));
    assert.equal(code, EXIT.ok);
    assert.equal(person, 'maria');
    assert.deepEqual([received[0]?.method, received[0]?.url], ['POST', '/break-glass']);
    const { clientToken, ...asked } = JSON.parse(received[0]?.body ?? '');
    assert.match(clientToken, /^[0-9a-f-]{36}$/);
    assert.deepEqual(asked, {
      tenant: 'shop',
      workflow: 'helpdesk-triage',
      incident: 'INC-7',
      reason: 'a token',
      minutes: 45,
      tools: ['a.b_c', 'a.d_e'],
    });
    assert.match(stdout, /^permits nothing yet: .* before 2026-01-31T09:15:00\.000Z$/m);
    assert.match(stderr, /another person confirms with: countersign break-glass confirm bg-1/);
  });

  test('open asks for half an hour and all the tools that there are, unless it is told otherwise', async () => {
    const { received } = await countersign([...ASK, '--client-token', 'k'], ok(requestedGrant));
    const { minutes, tools, clientToken } = JSON.parse(received[0]?.body ?? '');
    assert.deepEqual([minutes, tools, clientToken], [30, undefined, 'k']);
  });

  for (const minutes of ['0', '61', '1.5', 'long']) {
    test(`open for ${minutes} minutes is wrong usage, and nothing is sent`, async () => {
      await assert.rejects(countersign([...ASK, '--minutes', minutes], ok(requestedGrant)), {
        code: 'commander.invalidArgument',
        message: /expected 1 to 60/,
      });
    });
  }

  for (const left of ['--incident', '--reason']) {
    test(`open without ${left} is wrong usage`, async () => {
      const at = ASK.indexOf(left);
      await assert.rejects(countersign(ASK.toSpliced(at, 2), ok(requestedGrant)), {
        code: 'commander.missingMandatoryOptionValue',
      });
    });
  }

  test('confirm says what is permitted now, until when, and how to close it', async () => {
    const words = ['break-glass', 'confirm', 'bg-1', '--as', 'theo', '--note', 'seen'];
    const { received, stdout, stderr } = await countersign(words, ok(activeGrant));
    assert.equal(received[0]?.url, '/break-glass/bg-1');
    assert.deepEqual(JSON.parse(received[0]?.body ?? ''), {
      tenant: 'default',
      verdict: 'confirm',
      note: 'seen',
    });
    assert.match(
      stdout,
      /^permits helpdesk-triage of tenant default to call helpdesk\.redact_ticket until 2026-01-31T09:32:00\.000Z$/m,
    );
    assert.match(stderr, /countersign break-glass end bg-1/);
    assert.match(stderr, /countersign events bg-1/);
  });

  for (const verdict of ['reject', 'end'] as const) {
    test(`${verdict} says that nothing is permitted any more`, async () => {
      const state = verdict === 'end' ? 'ended' : 'rejected';
      const { received, stdout } = await countersign(
        ['break-glass', verdict, 'bg-1'],
        ok({ ...activeGrant, state }),
      );
      assert.equal(JSON.parse(received[0]?.body ?? '').verdict, verdict);
      assert.match(stdout, new RegExp(`^permits nothing any more: it is ${state}$`, 'm'));
    });
  }

  test('a refusal is told with its remedy, as text and as json', async () => {
    const error = { code: 'own_request', message: 'maria has opened bg-1, somebody else has to confirm it' };
    await assert.rejects(countersign(['break-glass', 'confirm', 'bg-1'], { status: 403, body: { error } }), {
      exitCode: EXIT.refused,
      ...error,
    });
  });

  test('list shows what is active and what waits, as a table and as json', async () => {
    const answer = ok({ breakGlass: [requestedGrant, activeGrant] });
    const { stdout, received } = await countersign(['break-glass', 'list', '--tenant', 'shop'], answer);
    assert.equal(received[0]?.url, '/break-glass?tenant=shop');
    assert.match(stdout, /^bg-1 +active +2026-01-31T09:32:00\.000Z +helpdesk-triage /m);
    const json = await countersign(['break-glass', 'list', '--json'], answer);
    assert.deepEqual(JSON.parse(json.stdout), [requestedGrant, activeGrant]);
    assert.deepEqual(breakGlassTable([]), ['no break-glass is active or asked for']);
  });

  test('approvals begin with break-glass, loudly; with json they are approvals only', async () => {
    const answer = ok({ approvals: [waitingApproval], breakGlass: [activeGrant, requestedGrant] });
    const { stdout } = await countersign(['approvals'], answer);
    const [first, second, third] = stdout.split('\n');
    assert.match(
      first ?? '',
      /^BREAK-GLASS ACTIVE bg-1: permits .* until 2026-01-31T09:32:00\.000Z \(INC-7\)$/,
    );
    assert.match(second ?? '', /^BREAK-GLASS REQUESTED bg-1: permits nothing yet/);
    assert.match(third ?? '', /^APPROVAL /);
    const json = await countersign(['approvals', '--json'], answer);
    assert.deepEqual(JSON.parse(json.stdout), [waitingApproval]);
  });

  test('what somebody wrote into a reason cannot move the cursor', () => {
    const reason = 'x\u001b[2Jy';
    assert.ok(breakGlassLines({ ...requestedGrant, reason }).every((line) => !line.includes('\u001b')));
  });
});

suite('unknown outcomes', () => {
  test('are shown with all that is needed to look them up', () => {
    const now = new Date('2026-02-01T11:30:00.000Z');
    assert.deepEqual(unknownOutcomeLines([unknownOutcome], now), [
      'call        0002-00 of run run-1',
      'tool        helpdesk.add_comment, by_lookup',
      'arguments   ticket_id="T-7" body="hmac:0123456789abcdef"',
      'resource    Ticket/T-7',
      'effects     none known',
      'error       the connection broke off',
      `key         ${'d'.repeat(36)}, idempotency key in the other system`,
      'attempts    13',
      'user        ines',
      'agent       helpdesk-triage in helpdesk-triage',
      'cost        $0.000005, charged in full',
      'unknown     since 2026-01-31T09:00:00.000Z, 1 d 2 h',
      'settled by  a support_manager',
    ]);
    assert.deepEqual(unknownOutcomeLines([], now), ['no outcome is unknown']);
  });

  for (const [now, age] of [
    ['2026-01-31T09:00:30.000Z', '30 s'],
    ['2026-01-31T11:05:00.000Z', '2 h 5 min'],
    ['2026-01-31T08:00:00.000Z', '0 s'],
  ] as const) {
    test(`at ${now} the age is ${age}`, () => {
      const lines = unknownOutcomeLines([unknownOutcome], new Date(now));
      assert.ok(lines.some((line) => line.endsWith(`, ${age}`)));
    });
  }

  test('unknown lists them for the reviewer', async () => {
    const { received, stdout, stderr, person } = await countersign(
      ['unknown', '--json'],
      ok({ outcomes: [unknownOutcome] }),
    );
    assert.deepEqual([received[0]?.url, person], ['/unknown-outcomes?tenant=default', 'maria']);
    assert.deepEqual(JSON.parse(stdout), [unknownOutcome]);
    assert.equal(stderr, '');
  });

  const settled = {
    ...{ tenant: 'default', runId: 'run-1', callId: '0002-00', tool: 'helpdesk.add_comment' },
    status: 'failed',
    settled: { happened: false, by: 'maria', at: '2026-01-31T10:00:00.000Z', note: 'not there' },
  };
  const SETTLE = ['settle', 'run-1', '0002-00', '--note', 'not there'];

  for (const [flag, happened] of [
    ['--happened', true],
    ['--did-not-happen', false],
  ] as const) {
    test(`settle ${flag} sends what was found out`, async () => {
      const { received, stdout } = await countersign([...SETTLE, flag, '--evidence', 'C-9'], ok(settled));
      assert.deepEqual(
        [received[0]?.method, received[0]?.url],
        ['POST', '/runs/run-1/calls/0002-00/outcome'],
      );
      assert.deepEqual(JSON.parse(received[0]?.body ?? ''), {
        tenant: 'default',
        happened,
        note: 'not there',
        evidence: 'C-9',
      });
      assert.match(stdout, /^settled +by maria at .*, it did not happen: not there$/m);
    });
  }

  test('settle without saying what became of it, or saying both, is wrong usage', async () => {
    await assert.rejects(countersign(SETTLE, ok(settled)), {
      exitCode: EXIT.usage,
      message: /give --happened or --did-not-happen/,
    });
    await assert.rejects(countersign([...SETTLE, '--happened', '--did-not-happen'], ok(settled)), {
      code: 'commander.conflictingOption',
    });
  });

  test('settle without a note is wrong usage', async () => {
    await assert.rejects(countersign(['settle', 'run-1', '0002-00', '--happened'], ok(settled)), {
      code: 'commander.missingMandatoryOptionValue',
    });
  });
});

suite('events and receipts', () => {
  const linesOf = (body: EventBody) => {
    const header = {
      v: 1,
      id: 'e',
      at: 'T',
      tenant: 'default',
      runId: 'bg-1',
      workflow: 'w',
      agent: 'a',
    } as const;
    return eventLines({ ...header, ...body } as LedgerEvent).map((line) => line.replace(/^T {2}/, ''));
  };
  const BODIES: readonly (readonly [EventBody, string])[] = [
    [
      {
        ...{ type: 'break_glass.opened', incident: 'INC-7', reason: 'a token', by: 'maria' },
        ...{ tools: ['a.b_c'], minutes: 30, confirmBefore: 'X' },
      },
      'opened     by maria, a.b_c for 30 minutes, INC-7: a token',
    ],
    [
      { type: 'break_glass.confirmed', by: 'theo', expiresAt: 'X', note: 'ok' },
      'active     until X, confirmed by theo: ok',
    ],
    [{ type: 'break_glass.rejected', by: 'theo' }, 'rejected   by theo'],
    [{ type: 'break_glass.ended', by: 'theo', note: 'done' }, 'ended      by theo: done'],
    [
      {
        ...{ type: 'break_glass.used', usedByRun: 'run-1', callId: '0001-00', tool: 'a.b_c' },
        ...{ resource: 'R/1', userId: 'ines' },
      },
      'used       0001-00 of run-1: a.b_c on R/1 for ines',
    ],
    [
      {
        ...{ type: 'call.settled', callId: '0001-00', tool: 'a.b_c', happened: false, by: 'maria' },
        ...{ note: 'looked', evidence: 'C-9' },
      },
      'settled    0001-00 a.b_c did not happen, found out by maria: looked (C-9)',
    ],
  ];
  for (const [body, line] of BODIES) {
    test(`${body.type} is a line`, () => {
      assert.deepEqual(linesOf(body), [line]);
    });
  }

  test('a call that was allowed under break-glass says so, and one that a person settled says who', () => {
    const [, call = assert.fail()] = receipt.calls;
    const settled = { happened: true, by: 'maria', at: 'X', note: 'seen', evidence: 'C-9' };
    const lines = receiptLines({
      ...receipt,
      calls: [
        {
          ...call,
          breakGlass: { grantId: 'bg-1', incident: 'INC-7' },
          outcome: { status: 'succeeded', at: 'T', effects: [], costMicroDollars: 5, settled },
        },
      ],
    });
    assert.ok(lines.includes('    under break-glass bg-1 for INC-7'));
    assert.ok(lines.includes('    settled by maria at X, it happened: seen (C-9)'));
  });

  test('following a grant ends when it is ended', async () => {
    const header = { v: 1, id: 'e', at: 'T', tenant: 'default', runId: 'bg-1' };
    const { received, code } = await countersign(
      ['events', 'bg-1', '--follow'],
      ok({ events: [{ ...header, type: 'break_glass.ended', by: 'theo' }], next: 'n' }),
    );
    assert.equal(received.length, 1);
    assert.equal(code, EXIT.ok);
  });
});
