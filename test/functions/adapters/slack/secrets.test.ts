import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slackSecrets } from '../../../../functions/adapters/slack/secrets.ts';

/** Secrets Manager that answers what it is told to, and is asked by name. */
function manager(answer: { value: string | undefined }) {
  const state = { asked: [] as string[], now: 0 };
  const client = {
    send: async ({ input }: { input: { SecretId: string } }) => {
      state.asked.push(input.SecretId);
      return { SecretString: answer.value };
    },
  };
  const clock = () => new Date(state.now);
  return { state, secrets: slackSecrets({ prefix: 'acme', clock, client: client as never }) };
}

test('a secret is read once in five minutes, each by its own name', async () => {
  const { state, secrets } = manager({ value: 'v' });
  for (const now of [0, 1000, 299_999]) {
    state.now = now;
    assert.equal(await secrets.read('bot-token'), 'v');
  }
  await secrets.read('signing-secret');
  assert.deepEqual(state.asked, ['acme/slack-app/bot-token', 'acme/slack-app/signing-secret']);
  state.now = 300_000;
  await secrets.read('bot-token');
  assert.equal(state.asked.length, 3);
});

test('a secret without a value is an error that says what to do, and is asked for every five seconds at most', async () => {
  const answer: { value: string | undefined } = { value: undefined };
  const { state, secrets } = manager(answer);
  await assert.rejects(
    secrets.read('bot-token'),
    /acme\/slack-app\/bot-token has no text, put its value with aws/,
  );
  answer.value = 'v';
  state.now = 4999;
  await assert.rejects(secrets.read('bot-token'), /has no text/);
  assert.equal(state.asked.length, 1);
  state.now = 5000;
  assert.equal(await secrets.read('bot-token'), 'v');
});

test('a newer value is one that differs, and is looked for every 30 seconds at most', async () => {
  const answer = { value: 'old' };
  const { state, secrets } = manager(answer);
  await secrets.read('bot-token');
  assert.equal(await secrets.readNewer('bot-token'), undefined, 'it is the same');
  answer.value = 'new';
  state.now = 29_999;
  assert.equal(await secrets.readNewer('bot-token'), undefined, 'too soon');
  state.now = 30_000;
  assert.equal(await secrets.readNewer('bot-token'), 'new');
  assert.equal(await secrets.read('bot-token'), 'new');
  assert.equal(state.asked.length, 3);
});
