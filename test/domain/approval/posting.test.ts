import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ApprovalMessage } from '../../../contracts/api.ts';
import {
  type Board,
  EMPTY_BOARD,
  MOST_IN_DIGEST,
  OPEN_SINGLES,
  type Post,
  planPosts,
  type Waiting,
  withPause,
  withPost,
} from '../../../domain/approval/posting.ts';
import { SlackShape } from '../../../domain/approval/slack-settings.ts';
import { untoldPlaces } from '../../../domain/approval/telling.ts';
import { secondsAfter } from '../../../domain/time.ts';
import { MOST_IN_DIGEST as MOST_RENDERED } from '../../../functions/adapters/slack/message.ts';
import { approvalOf } from '../../support/approval.ts';
import { chooser } from '../../support/fuzz.ts';
import { seeded } from '../../support/random.ts';

const SLACK = SlackShape.parse({
  version: 1,
  team: 'T0EXAMPLE',
  channels: { default: 'C0FIRST', roles: { FinanceAdmin: 'C0MONEY' } },
  second_channels: { default: 'C0SECOND' },
});
const START = '2026-11-21T09:00:00.000Z';

/** Approvals that were asked for one second after the other. */
function several(count: number, changes: Partial<Waiting> = {}): Waiting[] {
  return Array.from({ length: count }, (_, index) => ({
    ...approvalOf({ approvalId: `apr-${String(index).padStart(3, '0')}` }),
    requestedAt: secondsAfter(START, index),
    ...changes,
  }));
}

const NOW = secondsAfter(START, 600);
const idsOf = ({ about }: Post) => about.map(({ approvalId }) => approvalId);

test('a few are told one by one, the oldest first', () => {
  const { posts, again } = planPosts(several(3).toReversed(), EMPTY_BOARD, SLACK, NOW);
  assert.deepEqual(posts.map(idsOf), [['apr-000'], ['apr-001'], ['apr-002']]);
  assert.equal(again, undefined);
});

test('of many at once five are told one by one, the next ten together, which says how many more wait', () => {
  const { posts, again } = planPosts(several(17), EMPTY_BOARD, SLACK, NOW);
  assert.deepEqual(
    posts.map(({ about }) => about.length),
    [1, 1, 1, 1, 1, 10],
  );
  assert.deepEqual(posts.at(-1)?.beside, ['apr-015', 'apr-016']);
  assert.equal(again, secondsAfter(NOW, 60), 'the rest waits for the next minute');
});

test('a message that waits is in the way of another one, and one in a digest is not', () => {
  const message: ApprovalMessage = {
    ...{ channel: 'C0FIRST', ts: '1.1', at: START, approverRole: 'manager', why: 'asked' },
  };
  const single = { messages: [message] };
  const digest = { messages: [{ ...message, digest: ['apr-000'] }] };
  const fresh = { ...approvalOf({ approvalId: 'apr-new' }), requestedAt: NOW };
  const isDigest = (others: Waiting[]) =>
    planPosts([...others, fresh], EMPTY_BOARD, SLACK, NOW).posts.map(({ beside }) => beside !== undefined);
  assert.deepEqual(isDigest(several(4, single)), [false]);
  assert.deepEqual(isDigest(several(5, single)), [true]);
  assert.deepEqual(isDigest(several(5, digest)), [false]);
});

test('the next digest of a channel waits for its minute, and so does nobody in another channel', () => {
  const board = { ...EMPTY_BOARD, digests: [{ channel: 'C0FIRST', ts: '1.1', at: NOW, more: 3 }] };
  const money = { asks: [{ approverRole: 'FinanceAdmin', quorum: 1, from: START }] };
  const others = several(8, money).map((each) => ({ ...each, approvalId: `money-${each.approvalId}` }));
  const { posts, again } = planPosts([...several(8), ...others], board, SLACK, secondsAfter(NOW, 59));
  assert.deepEqual(
    posts.filter(({ beside }) => beside !== undefined).map(({ channel }) => channel),
    ['C0MONEY'],
  );
  assert.equal(again, secondsAfter(NOW, 60));
  assert.equal(planPosts(several(8), board, SLACK, secondsAfter(NOW, 60)).posts.at(-1)?.about.length, 3);
});

test('what somebody has claimed is left to them until their claim ends', () => {
  const until = secondsAfter(NOW, 120);
  const claimed = several(1, { claimedUntil: until });
  assert.deepEqual(planPosts(claimed, EMPTY_BOARD, SLACK, NOW), { posts: [], again: until });
  assert.equal(planPosts(claimed, EMPTY_BOARD, SLACK, until).posts.length, 1);
});

test('a channel that takes no messages is left alone until it is tried again, and the others are not', () => {
  const pause = { channel: 'C0FIRST', since: START, until: secondsAfter(NOW, 60) };
  const board = withPause(EMPTY_BOARD, pause);
  const escalated = several(1, { secondChannelFrom: START });
  const { posts, again } = planPosts(escalated, board, SLACK, NOW);
  assert.deepEqual([posts.map(({ channel }) => channel), again], [['C0SECOND'], pause.until]);
  const [post] = planPosts(escalated, board, SLACK, pause.until).posts;
  assert.equal(post?.channel, 'C0FIRST');
  assert.deepEqual(withPost(board, post, { ts: '1.1', at: NOW }).pauses, []);
});

test('a digest that may be planned can be rendered', () => {
  assert.ok(MOST_IN_DIGEST <= MOST_RENDERED);
});

interface Told extends Waiting {
  readonly isOpen: boolean;
}

/** A tenant's approvals and what becomes of them; only `post` and `time` know how the function does it. */
function world(random: () => number) {
  const { below, one, oncein } = chooser(random);
  const approvals = new Map<string, Told>();
  const digests: { channel: string; at: string; size: number }[] = [];
  let board: Board = EMPTY_BOARD;
  let now = START;
  /** The index as of some seconds ago. */
  let [indexed, lagging]: [Waiting[], Waiting[]] = [[], []];

  const open = () => [...approvals.values()].filter(({ isOpen }) => isOpen);

  function arrive() {
    const count = oncein(4) ? below(40) : 1 + below(3);
    for (let each = 0; each < count; each += 1) {
      const approvalId = `apr-${String(approvals.size).padStart(5, '0')}`;
      const role = one(['manager', 'FinanceAdmin']);
      const asks = [
        { approverRole: role, quorum: 1, from: now },
        ...(oncein(3) ? [{ approverRole: 'FinanceAdmin', quorum: 1, from: secondsAfter(now, 300) }] : []),
      ];
      const second = oncein(3) ? { secondChannelFrom: secondsAfter(now, 200) } : {};
      const approval = approvalOf({ approvalId, requestedAt: now, asks });
      approvals.set(approvalId, { ...approval, ...second, isOpen: true });
    }
  }

  function decide() {
    for (const approval of open().filter(() => oncein(5))) {
      approvals.set(approval.approvalId, { ...approval, isOpen: false });
    }
  }

  function pass(seconds: number) {
    now = secondsAfter(now, seconds);
    [indexed, lagging] = [open(), seconds >= 3 ? open() : indexed];
  }

  /** Claim, read, post and record, as `functions/tell-people/posts.ts` does. @returns false when it died in between */
  function post(planned: Post, fate: 'well' | 'dies'): boolean {
    const { channel, about, beside } = planned;
    const asked = about.flatMap(({ approvalId, place }) => {
      const found = approvals.get(approvalId);
      const isFree = found?.isOpen === true && (found.claimedUntil ?? '') <= now;
      const isUntold = isFree && untoldPlaces(found, SLACK, now).some((each) => each.channel === channel);
      return isUntold ? [{ found, place }] : [];
    });
    for (const { found, place } of asked) {
      const digest = beside === undefined ? {} : { digest: asked.map((each) => each.found.approvalId) };
      const message = { ...place, ts: now, at: now, ...digest };
      const { claimedUntil: _, ...free } = found;
      approvals.set(
        found.approvalId,
        fate === 'dies'
          ? { ...found, claimedUntil: secondsAfter(now, 120) }
          : { ...free, messages: [...found.messages, message] },
      );
    }
    if (fate === 'well' && asked.length > 0) {
      board = withPost(board, planned, { ts: now, at: now });
      if (beside !== undefined) {
        digests.push({ channel, at: now, size: asked.length });
      }
    }
    return fate === 'well';
  }

  /** One turn. @param isBad - whether anything may fail */
  function tell(isBad: boolean) {
    const isCurrent = !isBad || oncein(2);
    const plan = planPosts(isCurrent ? open() : lagging, board, SLACK, now);
    let isPlannedAgain = plan.again !== undefined;
    for (const planned of plan.posts) {
      const isRefused = isBad && oncein(8);
      if (isRefused) {
        board = withPause(board, { channel: planned.channel, since: now, until: secondsAfter(now, 60) });
      }
      const isPosted = !isRefused && post(planned, isBad && oncein(10) ? 'dies' : 'well');
      isPlannedAgain ||= !isPosted;
      if (!isRefused && !isPosted) {
        break;
      }
    }
    // what is not in the index yet is due by itself
    const isForgotten = isCurrent && untold().length > 0 && !isPlannedAgain;
    assert.ok(!isForgotten, `${untold().length} are untold, and nobody would plan again`);
  }

  const untold = () => open().filter((each) => untoldPlaces(each, SLACK, now).length > 0);
  return { arrive, decide, pass, tell, untold, open, digests, below, oncein, nowIs: () => now };
}

type World = ReturnType<typeof world>;

function assertNoFlood({ open, digests }: World) {
  for (const { approvalId, messages } of open()) {
    const channels = messages.map(({ channel }) => channel);
    assert.equal(new Set(channels).size, channels.length, `${approvalId} is in a channel twice`);
  }
  for (const channel of ['C0FIRST', 'C0MONEY', 'C0SECOND']) {
    const singles = open().filter(({ messages }) =>
      messages.some((each) => each.channel === channel && each.digest === undefined),
    );
    assert.ok(singles.length <= OPEN_SINGLES, `${singles.length} single messages wait in ${channel}`);
    const own = digests.filter((each) => each.channel === channel);
    for (const [index, { at, size }] of own.entries()) {
      assert.ok(size <= MOST_IN_DIGEST);
      const before = own[index - 1];
      assert.ok(before === undefined || at >= secondsAfter(before.at, 60), `two digests within a minute`);
    }
  }
}

const SEEDS = Number(process.env.TELLING_SEEDS ?? 40);
const STEPS = 60;

describe('whatever happens, in any order', () => {
  test('no channel is flooded, no approval is told twice in one, and everybody is told in the end', () => {
    let approvals = 0;
    let most = 0;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const tenant = world(seeded(seed));
      for (let step = 0; step < STEPS; step += 1) {
        tenant.arrive();
        tenant.pass(tenant.oncein(3) ? tenant.below(90) : tenant.below(3));
        tenant.tell(true);
        assertNoFlood(tenant);
        if (tenant.oncein(3)) {
          tenant.decide();
        }
      }
      approvals += tenant.open().length;
      most = Math.max(most, tenant.untold().length);
      assertToldInTheEnd(tenant, seed);
    }
    assert.ok(most > 100, 'there were crowds among them');
    assert.ok(approvals > SEEDS * 20, 'and most had some left');
  });
});

/** Three channels take ten a minute each. */
function assertToldInTheEnd(tenant: World, seed: number) {
  tenant.pass(300);
  const bound = Math.ceil(tenant.untold().length / 10) + 5;
  for (let minute = 0; tenant.untold().length > 0; minute += 1) {
    assert.ok(minute <= bound, `seed ${seed}: ${tenant.untold().length} are untold after ${bound} minutes`);
    tenant.tell(false);
    assertNoFlood(tenant);
    tenant.pass(60);
  }
}
