/** What an approval costs that waits for a day; the arithmetic in docs/approvals.md goes by these counts. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { given } from '../../support/approval.ts';
import { changed } from '../../support/countersigning.ts';
import { noLedger } from '../../support/ledger-tables.ts';
import { itemOf, type TellingWorld, tellingWorld } from '../../support/telling.ts';

const DAY_MINUTES = 24 * 60;

/** A client that counts what is asked of it, as `PutCommand`, and the queries by their index. */
function counting(world: TellingWorld) {
  const counts: Record<string, number> = {};
  const client = new Proxy(world.client, {
    get: (target, name) =>
      name === 'send'
        ? async (command: { readonly input?: { readonly IndexName?: string } }) => {
            const { IndexName } = command.input ?? {};
            const what = [command.constructor.name, ...(IndexName === undefined ? [] : [IndexName])].join(
              ' ',
            );
            counts[what] = (counts[what] ?? 0) + 1;
            return target.send(command as never);
          }
        : Reflect.get(target, name),
  });
  return { client, counts };
}

describe('what telling people costs', { skip: noLedger }, () => {
  test('an approval that waits for a day with the default heartbeat is seen to fourteen times', async () => {
    await using world = await tellingWorld();
    const { client, counts } = counting(world);
    const expiresAt = new Date(Date.parse(world.nowIs()) + 48 * 3_600_000).toISOString();
    const approval = await world.waiting({ expiresAt, heartbeatSeconds: 240 * 60 });
    await world.tell([approval], { client });
    const toTell = { ...counts };
    for (let minute = 0; minute < DAY_MINUTES; minute += 1) {
      world.pass(60);
      await world.minute({ client });
    }
    const toWait = { ...counts };
    const verdicts = [given('theo', 'reject')];
    await changed(world.client, approval, { state: 'rejected', verdicts, revision: 1 });
    await world.tell([approval], { client });
    assert.deepEqual(toTell, {
      GetCommand: 3,
      UpdateCommand: 3,
      'QueryCommand waiting': 1,
      TransactWriteCommand: 1,
    });
    // half of four hours is two hours
    const added = (name: string, from: Record<string, number>, to: Record<string, number>) =>
      (to[name] ?? 0) - (from[name] ?? 0);
    assert.deepEqual(
      ['GetCommand', 'UpdateCommand'].map((name) => added(name, toTell, toWait)),
      [12, 12],
    );
    assert.deepEqual(
      ['GetCommand', 'UpdateCommand'].map((name) => added(name, toWait, counts)),
      [3, 2],
    );
    assert.equal(world.machine.told.length, 13);
    assert.deepEqual(
      world.slack.asked.map(({ method }) => method),
      ['chat.postMessage', 'chat.update'],
    );
    assert.equal((await itemOf(world.client, approval)).dueAt, undefined);
  });
});
