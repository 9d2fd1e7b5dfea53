import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { Approval } from '../../../../domain/approval/approval.ts';
import {
  approvalMessage,
  digestMessage,
  type SlackMessage,
} from '../../../../functions/adapters/slack/message.ts';
import { ACTIONS, buttonValue } from '../../../../functions/adapters/slack/values.ts';
import { detailsView, reasonView } from '../../../../functions/adapters/slack/views.ts';
import { given } from '../../../support/approval.ts';
import {
  PICTURE_CONTEXT as context,
  deployment,
  question,
  refund,
  rejectedRefund,
} from '../../../support/slack-approvals.ts';
import { textsIn } from '../../../support/slack-limits.ts';

const shown = (approval: Approval, now = context.now): string =>
  textsIn(approvalMessage(approval, { ...context, now }).blocks)
    .join('')
    .replaceAll('\n', '');

function buttonsIn({ blocks }: Pick<SlackMessage, 'blocks'>) {
  return blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
}

function actionsOf(approval: Approval, now = context.now) {
  return buttonsIn(approvalMessage(approval, { ...context, now })).map(({ action_id }) => action_id);
}

suite('the request that people are shown', () => {
  test('tells what would change before why, who and how much', () => {
    const text = shown(refund);
    const order = [
      'Cancel pending order: Order/#W4400218',
      'If you approve, this call is made once, with: order_id="#W4400218"',
      'Changes orders/#W4400218status: "pending" → "cancelled"cancel_reason: new, "no longer needed"',
      'payment_history[1].amount: new, 558.4',
      'Changes customers/lena_hofer_4821payment_methods.gift_card_8190333.balance: 11.6 → 570',
      'Why you are asked: more than 500 dollars go back once two people have agreed (policy agents/retail-support-refunds/large-refund)',
      'Risk: 3 of 4, high: money or production; kind: refund',
      'Has to sign: 0 of 2 support_manager; nobody has approved yet',
      'Decide by: ',
      'Without an answer the call is not made.',
      'Asked for by: lena_hofer_4821, started by app, through agent retail-support in retail-support',
      'Known: refundCents=55840',
      'What the run had read: injection 40, anger 310, each of 1000; topics: refunds',
      'Cost of the call: at most $0.000174',
      'Evidence: the run, or countersign events run-7c1e9a40',
    ].map((part) => text.indexOf(part));
    assert.ok(!order.includes(-1), `${order} in ${text}`);
    assert.deepEqual(
      order,
      order.toSorted((left, right) => left - right),
    );
  });

  test('has a field that goes, and documents that come and go, told by their fields', () => {
    const changes = {
      'orders/1': [
        { field: 'note', from: 'fragile' },
        { field: 'items[0]', to: { id: 7, price: { cents: 1200 } } },
        { field: 'empty', to: {} },
        { field: 'both', from: { a: 1 }, to: { a: 2 } },
      ],
    };
    const text = shown({ ...refund, preview: { changes, digest: 'ab'.repeat(32) } });
    const expected = [
      'note: "fragile" → removed',
      'items[0].id: new, 7items[0].price.cents: new, 1200',
      'empty: new, {}',
      'both: {"a":1} → {"a":2}',
    ].join('');
    assert.ok(text.includes(expected), text);
  });

  test('says when nothing can be shown beforehand, when that failed, and when nothing would change', () => {
    const { preview: _, ...without } = refund;
    assert.match(shown(without), /What exactly would change is not known: this tool has no preview\./);
    assert.match(
      shown({ ...refund, preview: { error: 'the shop did not answer' } }),
      /could not be found out: the shop did not answer/,
    );
    assert.match(
      shown({ ...refund, preview: { changes: {}, digest: 'ab'.repeat(32) } }),
      /It would change nothing as things are now\./,
    );
  });

  test('counts what it leaves out', () => {
    const fields = Array.from({ length: 14 }, (_, at) => ({ field: `f${at}`, from: 1, to: 2 }));
    const changes = { a: fields, b: fields };
    const args = Object.fromEntries(fields.map(({ field }) => [field, 'x'.repeat(200)]));
    const text = shown({
      ...refund,
      preview: { changes, digest: 'ab'.repeat(32) },
      proposal: { tool: 'shop.refund', arguments: args },
    });
    assert.match(text, /f9: 1 → 2… and 18 more changes, see Details/);
    assert.match(text, /f0="x{40,}… \(\d+ characters more\)/);
    assert.match(text, /… and 9 more, see Details/);
  });

  test('is pressed once to say yes, and once to say no', () => {
    const buttons = buttonsIn(approvalMessage(refund, context));
    const told = buttons.map((button) => ('text' in button ? [button.action_id, button.text?.text] : []));
    assert.deepEqual(told, [
      [ACTIONS.approve, 'Approve'],
      [ACTIONS.reject, 'Reject'],
      [ACTIONS.rejectWithReason, 'Reject with reason…'],
      [ACTIONS.details, 'Details'],
    ]);
    assert.ok(buttons.every((button) => 'value' in button && button.value === buttonValue(refund)));
    assert.ok(buttons.every((button) => !('confirm' in button)));
    const actions = approvalMessage(refund, context).blocks.find(({ type }) => type === 'actions');
    assert.equal(actions?.block_id, refund.approvalId);
  });

  test('says who has signed and who has to, and lets an approval be taken back', () => {
    assert.match(shown(deployment), /1 of 2 release_manager; Theo Brandt has approved/);
    assert.ok(actionsOf(deployment).includes(ACTIONS.withdraw));
    const later = { approverRole: 'FinanceAdmin', quorum: 1, from: '2026-11-21T10:00:00.000Z' };
    const escalating = { ...deployment, asks: [...deployment.asks, later] };
    assert.doesNotMatch(shown(escalating), /FinanceAdmin/);
    assert.match(
      shown(escalating, '2026-11-21T10:00:00.000Z'),
      /1 of 2 release_manager, or 0 of 1 FinanceAdmin; Theo Brandt has approved/,
    );
  });

  test('has words of its own when a run asks whether it may go on', () => {
    const text = shown(question);
    assert.match(text, /May run run-19d3c8b2 go on\?If you say yes, the run takes its next step\./);
    assert.match(text, /Why you are asked: the same call was proposed three times/);
    assert.match(text, /Seen: 0003-00 {2}0004-00 {2}0005-00/);
    assert.match(text, /Spent: 0\.31 dollars of 0\.5 dollars/);
    assert.match(text, /Without an answer the run ends\./);
    assert.doesNotMatch(text, /preview|Changes|Risk|Cost of the call/);
    const [yes, no] = buttonsIn(approvalMessage(question, context));
    assert.deepEqual(
      [yes, no].map((each) => each && 'text' in each && each.text?.text),
      ['Let it go on', 'End the run'],
    );
  });

  test('is a notification that tells what it is about, without anything to press', () => {
    assert.equal(
      approvalMessage(refund, context).text,
      'Waits for you: Cancel pending order: Order #W4400218',
    );
    const evil = { ...refund, resource: 'Order/<!channel> *x* https://evil.example' };
    assert.equal(
      approvalMessage(evil, context).text,
      'Waits for you: Cancel pending order: Order   channel   x  https:  evil example',
    );
  });

  test('is without secrets and personal data, says so, and says where they are', () => {
    const changes = {
      'customers/lena@example.com': [
        { field: 'email', from: 'lena@example.com', to: 'eve@example.net' },
        { field: 'credentials.api_key', from: 'hunter22', to: 'hunter23' },
        { field: 'tokens.recovery_codes[0]', to: 'apple pie' },
      ],
    };
    const secret = {
      ...refund,
      proposal: { tool: 'shop.update', arguments: { password: 'hunter22', email: 'lena@example.com' } },
      resource: 'Customer/lena@example.com',
      user: { id: 'lena@example.com', roles: [] },
      requesters: ['lena@example.com'],
      preview: { changes, digest: 'ab'.repeat(32) },
    };
    const everything = JSON.stringify([
      approvalMessage(secret, context),
      digestMessage([secret], 0, context),
      detailsView(secret, context),
      reasonView(secret, { channel: 'C', ts: '1' }),
    ]);
    assert.doesNotMatch(everything, /lena@|eve@|hunter2|apple pie/);
    assert.match(
      shown(secret),
      /Secrets and personal data are not shown in Slack; countersign approval apr-2f6a1c09d4b7e835aa10 shows everything/,
    );
    assert.doesNotMatch(shown(refund), /are not shown in Slack/);
  });
});

suite('the outcome', () => {
  const approved = [given('theo', 'approve'), given('noor', 'approve')];
  const outcomes: readonly (readonly [string, Approval, RegExp])[] = [
    [
      'approved',
      { ...deployment, state: 'approved', verdicts: approved },
      /✅ Approved by Theo Brandt and Noor Yilmaz\. Policy now decides once more/,
    ],
    [
      'used',
      { ...deployment, state: 'used', verdicts: approved },
      /✅ Approved by Theo Brandt and Noor Yilmaz\. Policy let the call through/,
    ],
    [
      'rejected with a reason',
      rejectedRefund,
      /⛔ Rejected by Maria Keller: “the parcel left the warehouse.*” The call is not made\./,
    ],
    [
      'rejected without one',
      { ...refund, state: 'rejected', verdicts: [given('maria', 'reject')] },
      /⛔ Rejected by Maria Keller, without a reason\. The call is not made\./,
    ],
    [
      'expired',
      { ...refund, state: 'expired' },
      /⌛ Expired since nobody decided before \. The call is not made\./,
    ],
    [
      'unreachable',
      { ...refund, state: 'unreachable' },
      /📵 Nobody reached who may decide, so nobody was asked\. The call is not made\./,
    ],
    [
      'a run that goes on',
      { ...question, state: 'used', verdicts: [given('maria', 'approve')] },
      /✅ Approved by Maria Keller\. The run went on\./,
    ],
    [
      'a run that ends',
      { ...question, state: 'expired' },
      /⌛ Expired since nobody decided before \. The run ends\./,
    ],
  ];
  for (const [name, approval, words] of outcomes) {
    test(`takes the place of the buttons: ${name}`, () => {
      assert.match(shown(approval), words);
      assert.deepEqual(actionsOf(approval), [ACTIONS.details]);
      assert.doesNotMatch(shown(approval), /Decide by|Without an answer|Has to sign|you are asked/);
    });
  }

  test('tells what was not done as what would have been', () => {
    assert.match(shown(rejectedRefund), /Would have changed orders\/#W7712034/);
    assert.match(shown({ ...refund, state: 'used' }), /\.Changes orders\/#W4400218/);
  });

  test('is told by time alone, whether or not anybody has written it down', () => {
    const reached = { ...refund, reachedUntil: '2026-11-24T00:00:00.000Z' };
    assert.ok(actionsOf(reached, '2026-11-23T08:59:59.999Z').includes(ACTIONS.approve));
    assert.match(shown(reached, '2026-11-23T09:00:00.000Z'), /⌛ Expired/);
    assert.match(shown(refund, '2026-11-23T09:00:00.000Z'), /📵 Nobody reached/);
    assert.match(shown(refund, '2026-11-21T13:00:00.000Z'), /📵 Nobody reached/);
  });
});

suite('several requests in one message', () => {
  const all = [refund, deployment, question, rejectedRefund];

  test('have buttons and an outcome of their own each', () => {
    const { text, blocks } = digestMessage(all, 3, context);
    assert.equal(text, '3 requests wait for an answer');
    const rows = blocks.flatMap((block) =>
      block.type === 'actions' ? [[block.block_id, block.elements.length]] : [],
    );
    assert.deepEqual(rows, [
      [refund.approvalId, 4],
      [deployment.approvalId, 5],
      [question.approvalId, 4],
      [rejectedRefund.approvalId, 1],
    ]);
    assert.match(textsIn(blocks).join(''), /⛔ Rejected by Maria Keller/);
    assert.match(textsIn(blocks).join(''), /And 3 more wait: countersign approvals$/);
  });

  test('say so when none waits any more', () => {
    const { text } = digestMessage([rejectedRefund], 0, context);
    assert.equal(text, 'Nothing in here waits any more');
  });

  test('are at most ten, each once', () => {
    const eleven = Array.from({ length: 11 }, (_, at) => ({ ...refund, approvalId: `apr-${at}` }));
    assert.throws(() => digestMessage(eleven, 0, context), /11 approvals with 11 ids.*at most 10/);
    assert.throws(() => digestMessage([refund, refund], 0, context), /2 approvals with 1 ids/);
  });
});

suite('views', () => {
  test('have in them what a message has no room for', () => {
    const long = 'x'.repeat(7000);
    const changes = { 'orders/1': [{ field: 'note', from: long, to: `${long}y` }] };
    const view = detailsView({ ...refund, preview: { changes, digest: 'ab'.repeat(32) } }, context);
    const text = textsIn(view.blocks)
      .join('')
      .replaceAll(/What would change, part \d/g, '');
    assert.ok(text.includes(`orders/1\n  note\n  - "${long}"\n  + "${long}y"`));
    assert.match(text, /digest of the call 9a4d1b7e60c2f83518be47d2a96f035c7e81d4b0a25f6c93e07d18b4f52a6c39/);
    assert.match(text, /Who asked for itlena_hofer_4821\napp/);
  });

  test('say what even they have no room for', () => {
    const changes = { 'orders/1': [{ field: 'note', to: 'x'.repeat(400_000) }] };
    const view = detailsView({ ...refund, preview: { changes, digest: 'ab'.repeat(32) } }, context);
    assert.match(
      textsIn(view.blocks).join(''),
      /… \d+ more parts do not fit into Slack; countersign approval apr-/,
    );
  });

  test('ask why, and remember what about', () => {
    const view = reasonView(refund, { channel: 'C0APPROVALS', ts: '1763722800.000100' });
    assert.equal(view.callback_id, 'countersign.reason');
    assert.equal(
      view.private_metadata,
      'default|apr-2f6a1c09d4b7e835aa10|9a4d1b7e60c2f835|C0APPROVALS|1763722800.000100',
    );
    assert.deepEqual([view.title.text, view.submit?.text], ['Reject', 'Reject']);
    assert.equal(reasonView(question, { channel: 'C', ts: '1' }).submit?.text, 'End the run');
  });
});

test('the pictures in the docs are of what the code gives', () => {
  const expected = {
    'slack-approval.json': approvalMessage(refund, context),
    'slack-digest.json': digestMessage([refund, deployment, question, rejectedRefund], 3, context),
  };
  for (const [file, message] of Object.entries(expected)) {
    const written = readFileSync(join(import.meta.dirname, '../../../../docs/images', file), 'utf8');
    assert.deepEqual(
      JSON.parse(written),
      JSON.parse(JSON.stringify(message)),
      `docs/images/${file} is out of date`,
    );
  }
});
