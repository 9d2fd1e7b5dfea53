import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { privateMetadata, REASON_VIEW } from '../../functions/adapters/slack/values.ts';
import {
  as,
  call,
  closed,
  eventsOf,
  eventually,
  invoke,
  newTenant,
  ORDERS,
  ofType,
  shopOf,
  start,
} from '../support/cloud.ts';
import { bodyOf, eventOf, newActionTs, nowSeconds, signedHeaders, submissionBody } from '../support/slack.ts';
import {
  appMember,
  approvalItem,
  askedInSlack,
  post,
  pressOf,
  send,
  triggerFor,
  viewsOf,
  whisperedTo,
  workspace,
} from '../support/slack-workspace.ts';

/** A run that waits for people, who are asked in a message. */
async function asked(changes: Record<string, unknown> = {}) {
  const tenant = await newTenant();
  return askedInSlack(await start(tenant, [call.cancel(ORDERS.large)]), changes);
}

type Asked = Awaited<ReturnType<typeof asked>>;

const itemOf = ({ approval }: Pick<Asked, 'approval'>) => approvalItem(approval.tenant, approval.approvalId);

/** Everything that a verdict could change: the approval, the shop and the log of what people said. */
async function snapshot({ approval, run }: Pick<Asked, 'approval' | 'run'>) {
  // when people are told, and that a press counts no more, change nothing that anybody goes by
  const others = ['reachedUntil', 'claimedUntil', 'dueAt', 'dueShard', 'presses'];
  const { messages, ...rest } = await itemOf({ approval });
  const item = Object.entries(rest).filter(([name]) => !others.includes(name));
  return {
    item: { ...Object.fromEntries(item), messages: messages.map(({ shown: _, ...message }) => message) },
    shop: await shopOf(approval.tenant),
    verdicts: ofType(await eventsOf(run), 'approval.verdict'),
  };
}

async function withoutEffect(about: Pick<Asked, 'approval' | 'run'>, attack: () => Promise<void>) {
  const before = await snapshot(about);
  await attack();
  assert.deepEqual(await snapshot(about), before);
}

/** Sends it, and expects Slack to be answered well. */
async function taken(body: string): Promise<string> {
  const answer = await send(body);
  assert.equal(answer.status, 200, answer.body);
  return answer.body;
}

// a function that has to start first takes its time out of Slack's three seconds
before(() =>
  eventually('enough functions are there for presses at the same instant', async () => {
    const nothing = bodyOf({ type: 'view_closed' });
    const answers = await Promise.all([send(nothing), send(nothing), send(nothing)]);
    return answers.every(({ status }) => status === 200) || undefined;
  }),
);

test('who presses approve approves, as themselves and in Slack, and the run goes on', async () => {
  const about = await asked();
  assert.equal(await taken(pressOf(about, 'maria', 'approve')), '');
  assert.equal(await taken(pressOf(about, 'theo', 'approve')), '');
  assert.equal((await closed(about.run)).outcome, 'completed');
  assert.deepEqual(
    ofType(await eventsOf(about.run), 'approval.verdict').map(({ by, verdict, via }) => [by, verdict, via]),
    [
      ['maria', 'approve', 'slack'],
      ['theo', 'approve', 'slack'],
    ],
  );
  assert.equal((await itemOf(about)).state, 'used');
});

test('who presses reject ends it: the call is not made', async () => {
  const about = await asked();
  const before = await shopOf(about.approval.tenant);
  await taken(pressOf(about, 'theo', 'reject'));
  await closed(about.run);
  assert.deepEqual(await shopOf(about.approval.tenant), before);
  const { state, verdicts } = await itemOf(about);
  assert.deepEqual([state, verdicts.map(({ by, via }) => [by, via])], ['rejected', [['theo', 'slack']]]);
});

test('a reason is asked for in a view, and rejects when it is sent off', async () => {
  const about = await asked();
  const [before] = await viewsOf('maria');
  await withoutEffect(about, async () => {
    await taken(pressOf(about, 'maria', 'rejectWithReason', { triggerId: await triggerFor('maria') }));
  });
  const [view] = await viewsOf('maria');
  assert.ok(view !== undefined && view.id !== before?.id, 'a view was opened');
  const submission = (value: string | null) =>
    submissionBody({
      user: workspace.members.maria,
      team: workspace.team,
      viewId: view.id,
      hash: view.hash,
      callbackId: REASON_VIEW.callbackId,
      privateMetadata: privateMetadata(about.approval, about.message),
      values: { [REASON_VIEW.blockId]: { [REASON_VIEW.actionId]: { value } } },
    });
  await withoutEffect(about, async () => {
    for (const empty of [null, '', '   ', 'x'.repeat(1001)]) {
      const answer = JSON.parse(await taken(submission(empty)));
      assert.equal(answer.response_action, 'errors');
      assert.deepEqual(Object.keys(answer.errors), [REASON_VIEW.blockId]);
    }
  });
  assert.equal(await taken(submission('they have two orders, ask which one')), '');
  await closed(about.run);
  const [verdict] = (await itemOf(about)).verdicts;
  assert.deepEqual(
    [verdict?.by, verdict?.verdict, verdict?.note, verdict?.via],
    ['maria', 'reject', 'they have two orders, ask which one', 'slack'],
  );
  assert.equal(await taken(submission('they have two orders, ask which one')), '', 'Slack sent it again');
  assert.equal((await itemOf(about)).verdicts.length, 1);
});

test('details are shown in a view, and change nothing', async () => {
  const about = await asked();
  const [before] = await viewsOf('omar');
  await withoutEffect(about, async () => {
    await taken(pressOf(about, 'omar', 'details', { triggerId: await triggerFor('omar') }));
  });
  const [view] = await viewsOf('omar');
  assert.ok(view !== undefined && view.id !== before?.id, 'a view was opened');
  assert.match(view.text, /cancel pending order|W4400125/i);
});

test('details are not shown to whom the directory does not know', async () => {
  const about = await asked();
  const triggerId = await triggerFor('maria');
  const count = async () => (await viewsOf('maria')).length;
  const before = await count();
  await withoutEffect(about, async () => {
    await taken(pressOf(about, 'maria', 'details', { triggerId, user: 'U0STRANGER' }));
  });
  assert.equal(await count(), before);
});

test('an approval can be taken back until the quorum, and given again', async () => {
  const about = await asked();
  await taken(pressOf(about, 'maria', 'approve'));
  assert.deepEqual(
    (await itemOf(about)).verdicts.map(({ by }) => by),
    ['maria'],
  );
  await taken(pressOf(about, 'maria', 'withdraw'));
  assert.deepEqual((await itemOf(about)).verdicts, []);
  await taken(pressOf(about, 'maria', 'approve'));
  await taken(pressOf(about, 'theo', 'approve'));
  assert.equal((await closed(about.run)).outcome, 'completed');
});

test('what was pressed once counts once: sent again after it was taken back, it approves nothing', async () => {
  const about = await asked();
  const approve = pressOf(about, 'maria', 'approve');
  const headers = signedHeaders(workspace.signingSecret, approve);
  // a second press of the same button, which changed nothing when it was made
  const twice = pressOf(about, 'maria', 'approve');
  const early = pressOf(about, 'maria', 'withdraw');
  await taken(early);
  assert.match((await whisperedTo('maria')) ?? '', /maria has approved nothing here/);
  assert.equal((await send(approve, headers)).status, 200);
  await taken(twice);
  await withoutEffect(about, async () => {
    assert.equal((await send(approve, headers)).status, 200, 'the very same bytes');
    await taken(approve);
    await taken(early);
  });
  await taken(pressOf(about, 'maria', 'withdraw'));
  await withoutEffect(about, async () => {
    assert.equal((await send(approve, headers)).status, 200, 'the very same bytes');
    await taken(approve);
    await taken(twice);
  });
  assert.deepEqual((await itemOf(about)).verdicts, []);
});

test('one person is no quorum of two, in Slack and over the API together', async () => {
  const about = await asked();
  await taken(pressOf(about, 'maria', 'approve'));
  const { tenant, approvalId } = about.approval;
  await withoutEffect(about, async () => {
    await taken(pressOf(about, 'maria', 'approve'));
    await (await as('maria')).decideApproval(approvalId, { tenant, verdict: 'approve' });
  });
  const { state, verdicts } = await itemOf(about);
  assert.deepEqual([state, verdicts.length], ['waiting', 1]);
});

test('two people who press at the same instant both count', async () => {
  const about = await asked();
  await Promise.all([
    taken(pressOf(about, 'maria', 'approve')),
    taken(pressOf(about, 'theo', 'approve')),
    taken(pressOf(about, 'maria', 'approve')),
  ]);
  assert.equal((await closed(about.run)).outcome, 'completed');
  assert.deepEqual((await itemOf(about)).verdicts.map(({ by }) => by).toSorted(), ['maria', 'theo']);
});

/** What nobody has signed, or not just now. `maria` could approve. */
const UNSIGNED: Readonly<Record<string, (body: string) => Readonly<Record<string, string>>>> = {
  'with a forged signature': (body) => signedHeaders(randomUUID(), body),
  'without a signature': () => ({
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': String(nowSeconds()),
  }),
  'with nothing but a body': () => ({ 'content-type': 'application/x-www-form-urlencoded' }),
  'from six minutes ago': (body) => signedHeaders(workspace.signingSecret, body, nowSeconds() - 360),
  'from six minutes ahead': (body) => signedHeaders(workspace.signingSecret, body, nowSeconds() + 360),
  'whose timestamp is no number': (body) => signedHeaders(workspace.signingSecret, body, 'NaN'),
  'whose body was altered after signing': (body) =>
    signedHeaders(workspace.signingSecret, body.replace('countersign.approve', 'countersign.reject')),
};

test('a press is refused without a word, and without effect', async (t) => {
  const about = await asked();
  for (const [what, headersOf] of Object.entries(UNSIGNED)) {
    await t.test(what, async () => {
      await withoutEffect(about, async () => {
        const body = pressOf(about, 'maria', 'approve');
        const answer = await send(body, headersOf(body));
        assert.deepEqual([answer.status, answer.body], [401, '']);
      });
    });
  }
  await t.test('whose body is signed and no form of Slack', async () => {
    await withoutEffect(about, async () => {
      for (const body of ['payload=%7B', 'other=1', 'payload=1&payload=2']) {
        assert.equal((await send(body)).status, 401);
      }
    });
  });
  await t.test('whose body came in base64 and was altered', async () => {
    await withoutEffect(about, async () => {
      const body = pressOf(about, 'maria', 'approve');
      const altered = Buffer.from(body.replace('approve', 'reject')).toString('base64');
      const headers = signedHeaders(workspace.signingSecret, body);
      const answer = await invoke('SlackInteractions', eventOf(altered, headers, { isBase64Encoded: true }));
      assert.equal((answer as { statusCode: number }).statusCode, 401);
    });
  });
});

test('a press whose body comes in base64 counts', async () => {
  const about = await asked();
  const body = pressOf(about, 'maria', 'approve');
  const event = eventOf(Buffer.from(body).toString('base64'), signedHeaders(workspace.signingSecret, body), {
    isBase64Encoded: true,
  });
  assert.equal(((await invoke('SlackInteractions', event)) as { statusCode: number }).statusCode, 200);
  assert.deepEqual(
    (await itemOf(about)).verdicts.map(({ by }) => by),
    ['maria'],
  );
});

test('what is signed and asks for nothing that there is here is taken and ignored', async () => {
  const about = await asked();
  await withoutEffect(about, async () => {
    await taken(bodyOf({ type: 'view_closed', team: { id: workspace.team } }));
    await taken(bodyOf({ type: 'block_actions', actions: [] }));
    await taken(bodyOf('text'));
    await taken(pressOf(about, 'maria', 'approve', { actionId: 'somebody.elses' }));
  });
});

test('a press that Slack has signed counts for nothing', async (t) => {
  const about = await asked();
  const other = await asked();
  const { approval } = about;
  const { tenant, approvalId } = approval;
  const digest = approval.digest.slice(0, 16);
  const valued = (...parts: readonly string[]) =>
    pressOf(about, 'maria', 'approve', { value: parts.join('|') });
  /** Each is pressed by maria, who could approve, and what she is told. */
  const refused: Readonly<Record<string, readonly [string, RegExp]>> = {
    'with the button of another approval in this message': [
      pressOf({ approval: other.approval, message: about.message }, 'maria', 'approve'),
      /not on record as one about the approval/,
    ],
    'with a block that names another approval': [
      pressOf(about, 'maria', 'approve', { blockId: other.approval.approvalId }),
      /does not say which approval/,
    ],
    'with a value that names another approval': [
      valued(tenant, other.approval.approvalId, digest),
      /does not say which approval/,
    ],
    'without a value': [
      pressOf(about, 'maria', 'approve', { value: undefined }),
      /does not say which approval/,
    ],
    'with more in the value': [valued(tenant, approvalId, digest, 'x'), /does not say which approval/],
    'with the digest of another call': [valued(tenant, approvalId, '0'.repeat(16)), /for another call/],
    'with half of the digest': [valued(tenant, approvalId, digest.slice(0, 8)), /for another call/],
    'with the tenant of another approval': [
      valued(other.approval.tenant, approvalId, digest),
      /there is no approval/,
    ],
    'in a message of the app that is not on record': [
      pressOf({ approval, message: await post() }, 'maria', 'approve'),
      /not on record as one about the approval/,
    ],
    'in another workspace': [
      pressOf(about, 'maria', 'approve', { team: 'T0ELSEWHERE' }),
      /another workspace/,
    ],
  };
  for (const [what, [body, told]] of Object.entries(refused)) {
    await t.test(what, async () => {
      await withoutEffect(about, () => withoutEffect(other, async () => void (await taken(body))));
      assert.match((await whisperedTo('maria')) ?? '', told);
    });
  }
  await t.test('in a message with the same id in another channel', async () => {
    const { oncall } = workspace.channels;
    const body = pressOf(about, 'maria', 'approve', { channel: oncall });
    await withoutEffect(about, async () => void (await taken(body)));
    assert.match((await whisperedTo('maria', oncall)) ?? '', /not on record as one about the approval/);
  });
  await t.test('by somebody of another role', async () => {
    await withoutEffect(about, async () => void (await taken(pressOf(about, 'femi', 'approve'))));
    assert.match((await whisperedTo('femi')) ?? '', /This did not count: femi/);
  });
  await t.test('by whom the directory does not know, who is told how to be known', async () => {
    // the app's own member is in the workspace, and nobody in the directory
    const user = await appMember();
    await withoutEffect(about, async () => void (await taken(pressOf(about, 'maria', 'approve', { user }))));
    const told = (await whisperedTo('countersign')) ?? '';
    assert.ok(told.includes(`'slack: [${user}]'`) && told.includes('policies/directory.yaml'), told);
  });
  await t.test('by whom even Slack does not know', async () => {
    const body = pressOf(about, 'maria', 'approve', { user: 'U0STRANGER' });
    await withoutEffect(about, async () => void (await taken(body)));
  });
});

test('whoever asked for the call cannot approve it in Slack either', async () => {
  const about = await asked({ requesters: ['maria'] });
  await withoutEffect(about, async () => void (await taken(pressOf(about, 'maria', 'approve'))));
  assert.match((await whisperedTo('maria')) ?? '', /This did not count: maria/);
});

test('an approval that has expired takes no press', async () => {
  const past = new Date(Date.now() - 1000).toISOString();
  const about = await asked({ expiresAt: past, dueAt: past });
  await invoke('TellPeople', {});
  await closed(about.run);
  assert.equal((await itemOf(about)).state, 'expired');
  await withoutEffect(about, async () => {
    await taken(pressOf(about, 'maria', 'approve'));
    await taken(pressOf(about, 'theo', 'reject'));
    await taken(pressOf(about, 'maria', 'rejectWithReason', { triggerId: await triggerFor('maria') }));
  });
});

test('an approval that was used takes no press, however it is spelled', async () => {
  const about = await asked();
  const actionTs = newActionTs();
  await taken(pressOf(about, 'maria', 'approve', { actionTs }));
  await taken(pressOf(about, 'theo', 'approve'));
  await closed(about.run);
  await withoutEffect(about, async () => {
    await taken(pressOf(about, 'maria', 'approve', { actionTs }));
    await taken(pressOf(about, 'theo', 'approve'));
    await taken(pressOf(about, 'maria', 'withdraw'));
    await taken(pressOf(about, 'theo', 'reject'));
  });
});
