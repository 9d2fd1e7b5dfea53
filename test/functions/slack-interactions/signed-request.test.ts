import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slackSecrets } from '../../../functions/adapters/slack/secrets.ts';
import { signedBody } from '../../../functions/slack-interactions/signed-request.ts';
import { eventOf, signedHeaders } from '../../support/slack.ts';

/** The example of https://docs.slack.dev/authentication/verifying-requests-from-slack, whose signature Slack has computed. */
const EXAMPLE = {
  secret: '8f742231b10e8888abcd99yyyzzz85a5',
  timestamp: 1531420618,
  signature: 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  body: [
    ...['token=xyzz0WbapA4vBCDEFasx0q6G', 'team_id=T1DC2JH3J', 'team_domain=testteamnow'],
    ...['channel_id=G8PSS9T3V', 'channel_name=foobar', 'user_id=U2CERLKJA', 'user_name=roadrunner'],
    ...['command=%2Fwebhook-collect', 'text='],
    'response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN',
    'trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
  ].join('&'),
};
const { secret, timestamp, body } = EXAMPLE;
const HEADERS = {
  'x-slack-request-timestamp': String(timestamp),
  'x-slack-signature': EXAMPLE.signature,
};

/** Secrets Manager with values that change. */
function manager(values: string[]) {
  const state = { reads: 0, seconds: timestamp };
  const client = {
    send: async () => {
      state.reads += 1;
      const value = values.length > 1 ? values.shift() : values[0];
      return { SecretString: value };
    },
  };
  const clock = () => new Date(state.seconds * 1000);
  const secrets = slackSecrets({ prefix: 'countersign', clock, client: client as never });
  return { state, dependencies: { clock, secrets } };
}

const verified = (event: Parameters<typeof signedBody>[0], seconds = timestamp) => {
  const { state, dependencies } = manager([secret]);
  state.seconds = seconds;
  return signedBody(event, dependencies);
};

test("Slack's documented example is taken, byte for byte", async () => {
  assert.equal(await verified(eventOf(body, HEADERS)), body);
});

test("the tests sign as Slack's documented example is signed", () => {
  assert.deepEqual(signedHeaders(secret, body, timestamp)['x-slack-signature'], HEADERS['x-slack-signature']);
});

test('a body in base64 is the same body', async () => {
  const event = eventOf(Buffer.from(body).toString('base64'), HEADERS, { isBase64Encoded: true });
  assert.equal(await verified(event), body);
});

for (const seconds of [-300, 300]) {
  test(`a request is taken ${seconds} seconds from now`, async () => {
    assert.equal(await verified(eventOf(body, HEADERS), timestamp + seconds), body);
  });
}

/** Each is refused, and why. */
const REFUSED: Readonly<Record<string, readonly [string, Parameters<typeof eventOf>, seconds?: number]>> = {
  'of more than five minutes ago': ['stale', [body, HEADERS], timestamp + 301],
  'of more than five minutes ahead': ['stale', [body, HEADERS], timestamp - 301],
  'without a timestamp': ['timestamp', [body, { 'x-slack-signature': EXAMPLE.signature }]],
  'with an empty timestamp': ['timestamp', [body, { ...HEADERS, 'x-slack-request-timestamp': '' }]],
  'whose timestamp is no number': [
    'timestamp',
    [body, { ...HEADERS, ...signedHeaders(secret, body, 'NaN') }],
  ],
  'whose timestamp is a number in another spelling': [
    'timestamp',
    [body, signedHeaders(secret, body, `0${timestamp}`)],
  ],
  'whose timestamp is a fraction': ['timestamp', [body, signedHeaders(secret, body, `${timestamp}.0`)]],
  'with two timestamps': [
    'timestamp',
    [body, { ...HEADERS, 'x-slack-request-timestamp': `${timestamp},${timestamp}` }],
  ],
  'without a signature': ['signature', [body, { 'x-slack-request-timestamp': String(timestamp) }]],
  'with two signatures': [
    'signature',
    [body, { ...HEADERS, 'x-slack-signature': `${EXAMPLE.signature},${EXAMPLE.signature}` }],
  ],
  'with a signature of another version': [
    'signature',
    [body, { ...HEADERS, 'x-slack-signature': EXAMPLE.signature.replace('v0', 'v1') }],
  ],
  'with half a signature': [
    'signature',
    [body, { ...HEADERS, 'x-slack-signature': EXAMPLE.signature.slice(0, 35) }],
  ],
  'with a signature in capitals': [
    'signature',
    [body, { ...HEADERS, 'x-slack-signature': `v0=${EXAMPLE.signature.slice(3).toUpperCase()}` }],
  ],
  'with more behind the signature': [
    'signature',
    [body, { ...HEADERS, 'x-slack-signature': `${EXAMPLE.signature}=0` }],
  ],
  'signed with another secret': ['forged', [body, signedHeaders('another', body, timestamp)]],
  'signed for another instant': [
    'forged',
    [body, { ...HEADERS, 'x-slack-request-timestamp': String(timestamp + 1) }],
  ],
  'whose body has one byte more': ['forged', [`${body}\n`, HEADERS]],
  'whose body has one byte less': ['forged', [body.slice(0, -1), HEADERS]],
  'whose body begins with a mark of byte order': ['forged', [`\ufeff${body}`, HEADERS]],
  'whose body is spelled otherwise': ['forged', [body.replaceAll('%2F', '%2f'), HEADERS]],
  'whose body is base64 and not said to be': ['forged', [Buffer.from(body).toString('base64'), HEADERS]],
  'whose body is no text': [
    'no_text',
    [Buffer.from([0x70, 0xff]).toString('base64'), HEADERS, { isBase64Encoded: true }],
  ],
  'without a body': ['no_body', [undefined, HEADERS]],
  'with an empty body': ['no_body', ['', signedHeaders(secret, '', timestamp)]],
  'with a body of more than 256 kB': [
    'too_large',
    ['a'.repeat(256 * 1024 + 1), signedHeaders(secret, 'a'.repeat(256 * 1024 + 1), timestamp)],
  ],
  'with a body of more than 256 kB in base64': [
    'too_large',
    [
      Buffer.alloc(256 * 1024 + 1, 'a').toString('base64'),
      signedHeaders(secret, 'a'.repeat(256 * 1024 + 1), timestamp),
      { isBase64Encoded: true },
    ],
  ],
};

for (const [what, [reason, request, seconds]] of Object.entries(REFUSED)) {
  test(`a request ${what} is refused: ${reason}`, async () => {
    await assert.rejects(verified(eventOf(...request), seconds), { name: 'NotFromSlack', reason });
  });
}

test('a body of exactly 256 kB is taken', async () => {
  const large = 'a'.repeat(256 * 1024);
  assert.equal(await verified(eventOf(large, signedHeaders(secret, large, timestamp))), large);
});

test('a secret that was rotated is read again, once, and then kept', async () => {
  const { state, dependencies } = manager(['the one before', secret]);
  assert.equal(await signedBody(eventOf(body, HEADERS), dependencies), body);
  assert.equal(await signedBody(eventOf(body, HEADERS), dependencies), body);
  assert.equal(state.reads, 2);
});

test('what the secret before signed is refused once the new one is known', async () => {
  const { dependencies } = manager(['the one before', secret]);
  await signedBody(eventOf(body, HEADERS), dependencies);
  const old = eventOf(body, signedHeaders('the one before', body, timestamp));
  await assert.rejects(signedBody(old, dependencies), { reason: 'forged' });
});

test('however much is forged, the secret is looked for twice a minute beside its five minutes', async () => {
  const { state, dependencies } = manager([secret]);
  const forged = eventOf(body, signedHeaders('forged', body, timestamp));
  const attack = async (times: number) => {
    for (let time = 0; time < times; time += 1) {
      await assert.rejects(signedBody(forged, dependencies), { reason: 'forged' });
    }
  };
  await attack(50);
  assert.equal(state.reads, 2, 'once because none was known, once for a newer one');
  state.seconds += 29;
  await attack(50);
  assert.equal(state.reads, 2);
  state.seconds += 1;
  await attack(50);
  assert.equal(state.reads, 3);
  assert.equal(await signedBody(eventOf(body, HEADERS), dependencies), body, 'and nobody is shut out');
});

test('requests that cannot be of Slack make no call at all', async () => {
  const { state, dependencies } = manager([secret]);
  for (const [what, [reason, request]] of Object.entries(REFUSED)) {
    if (reason !== 'forged' && reason !== 'stale') {
      await assert.rejects(signedBody(eventOf(...request), dependencies), { reason }, what);
    }
  }
  assert.equal(state.reads, 0);
});
