import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Approval } from '../../../../domain/approval/approval.ts';
import { approvalMessage, digestMessage } from '../../../../functions/adapters/slack/message.ts';
import { detailsView, reasonView } from '../../../../functions/adapters/slack/views.ts';
import { seeded } from '../../../support/random.ts';
import { longApproval, PLANTED, randomApproval } from '../../../support/random-approvals.ts';
import { messageProblems, viewProblems } from '../../../support/slack-limits.ts';

const CASES = 60;
const RUN_URL = 'https://console.aws.amazon.com/states/home#/executions/details/arn';
const next = seeded(20261121);
const context = {
  now: '2026-11-21T09:30:00.000Z',
  nameOf: (id: string) => id,
  runUrl: () => RUN_URL,
};
const approvals = Array.from({ length: CASES }, (_, index) => randomApproval(next, index));

const rejected = longApproval('x').verdicts.map((said) => ({ ...said, verdict: 'reject' as const }));
const LONG: readonly Approval[] = [
  longApproval('x'),
  longApproval('東京'),
  longApproval('👍'),
  longApproval('\u202e'),
  longApproval('x', { state: 'used' }),
  longApproval('x', { state: 'rejected', verdicts: rejected }),
  longApproval('x', { state: 'expired' }),
  longApproval('x', { preview: { error: 'x'.repeat(5000) } }),
  longApproval('x', {
    approvalId: `go-${'0'.repeat(20)}`,
    proposal: {
      tool: 'countersign.continue_run',
      arguments: { evidence: rejected.map(({ by }) => by), spent: 'x'.repeat(5000), cap: 'x'.repeat(5000) },
    },
  }),
];
const long = LONG.map((approval, index) => ({ ...approval, approvalId: `${approval.approvalId}${index}` }));

const MESSAGE = { channel: 'C0APPROVALS', ts: '1763722800.000100' };
const rendered = [...long, ...approvals].map((approval) => ({
  about: approval.approvalId,
  message: approvalMessage(approval, context),
  views: [detailsView(approval, context), reasonView(approval, MESSAGE)],
}));
const digests = [
  ...long
    .slice(0, 5)
    .map((approval) =>
      Array.from({ length: 10 }, (_, at) => ({ ...approval, approvalId: `${approval.approvalId}-${at}` })),
    ),
  ...Array.from({ length: CASES / 10 }, (_, at) => approvals.slice(at * 10, at * 10 + 10)),
].map((ten) => digestMessage(ten, 10 ** 6, context));

suite('whatever an approval holds, Slack takes it and makes nothing of it', () => {
  test('as a message', () => {
    for (const { about, message } of rendered) {
      assert.deepEqual(messageProblems(message, [RUN_URL]), [], about);
    }
  });

  test('as one of ten in a digest', () => {
    for (const [index, message] of digests.entries()) {
      assert.deepEqual(messageProblems(message, [RUN_URL]), [], `digest ${index}`);
    }
  });

  test('as a view with its details, and as one that asks why', () => {
    for (const { about, views } of rendered) {
      assert.deepEqual(
        views.flatMap((view) => viewProblems(view, [RUN_URL])),
        [],
        about,
      );
    }
  });

  test('and no secret is in it', () => {
    const given = JSON.stringify(approvals).split(PLANTED).length - 1;
    assert.ok(given > CASES, `${given} secrets`);
    assert.ok(!JSON.stringify([rendered, digests]).includes(PLANTED));
  });
});

suite('what the properties are checked with', () => {
  const section = (text: object) => ({ text: 'a', blocks: [{ type: 'section', text }] });

  test('finds text that would be interpreted', () => {
    assert.deepEqual(messageProblems(section({ type: 'mrkdwn', text: '*a*' }), []), [
      'type section',
      'type mrkdwn',
    ]);
    assert.deepEqual(messageProblems({ text: '<!channel>', blocks: [] }, []), ["text '<!channel>'"]);
    const mention = { type: 'rich_text', elements: [{ type: 'user', user_id: 'U1' }] };
    assert.deepEqual(messageProblems({ text: 'a', blocks: [mention] }, []), ['type user']);
  });

  test('finds what is too long, empty or hidden', () => {
    const rich = (text: string) => ({
      text: 'a',
      blocks: [{ type: 'rich_text', elements: [{ type: 'text', text }] }],
    });
    assert.deepEqual(messageProblems(rich('x'.repeat(3000)), []), []);
    assert.deepEqual(messageProblems(rich('x'.repeat(3001)), []), [
      '3001 characters in one rich_text',
      '3001 characters in a rich_text',
    ]);
    assert.deepEqual(messageProblems(rich(''), []), ['0 characters in a rich_text']);
    assert.deepEqual(messageProblems(rich('a\u202eb'), []), ['something that hides']);
    const header = { type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151), emoji: false } };
    assert.deepEqual(messageProblems({ text: 'a', blocks: [header] }, []), ['151 characters in a header']);
  });
});
