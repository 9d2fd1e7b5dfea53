import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { keyedDigest } from '../../domain/audit/keyed-digest.ts';
import { localClient } from '../../local/aws.ts';
import {
  answersOf,
  as,
  auditBucket,
  closed,
  endpoint,
  eventsOf,
  eventually,
  itemsOfRun,
  ofType,
  type StartedRun,
  waiting,
} from '../support/cloud.ts';
import { helpdeskTurn } from '../support/helpdesk-turn.ts';
import { httpServer, type TestServer } from '../support/http-server.ts';
import { logText, objectsAbout } from '../support/places.ts';

const PORT = Number(process.env.COUNTERSIGN_LOCAL_HELPDESK_PORT);
const INES = { id: 'ines_okafor', roles: ['support_agent'] };

/** What must not get out, each of its own form and found nowhere else. */
const ACCESS_KEY = 'AKIAIOSF'.concat('ODNN7EXAMPLE');
const SENSITIVE = [ACCESS_KEY, '4000 0566 5566 5556', 'wolfgang.amadeus@example.org', 'Tr0ub4dor-77'];
const [, CARD, EMAIL, PASSWORD] = SENSITIVE;

const TICKET = {
  id: 'T-2042',
  subject: `cannot log in, password: ${PASSWORD}`,
  description: `I paid with ${CARD}, my key ${ACCESS_KEY} is in the screenshot. ${EMAIL}`,
  status: 'new',
  priority: 'high',
};

let helpdesk: TestServer;
let turn: TestServer;

before(async () => {
  turn = await helpdeskTurn();
  const secrets = new SecretsManagerClient(localClient(endpoint));
  const secret = { SecretId: 'countersign/helpdesk/api-token', SecretString: `token-${randomUUID()}` };
  await secrets.send(new PutSecretValueCommand(secret));
  helpdesk = await httpServer(
    ({ path }, response) => {
      // a redirect that the guard refuses, with something in it that its message would repeat
      const isBroken = path.endsWith('T-BROKEN');
      response.writeHead(isBroken ? 302 : 200, {
        'content-type': 'application/json',
        ...(isBroken ? { location: 'https://203.0.113.195/' } : {}),
      });
      response.end(JSON.stringify(TICKET));
    },
    { port: PORT },
  );
});
after(async () => {
  await helpdesk.close();
  await turn.close();
});

const read = (ticket_id: string) => ({ tool: 'helpdesk.get_ticket', arguments: { ticket_id } });

async function start(proposals: readonly unknown[]): Promise<StartedRun> {
  const tenant = `t-${randomUUID().slice(0, 13)}`;
  const request = { tenant, user: INES, input: { proposals }, clientToken: randomUUID() };
  const { runId } = await (await as('app')).startRun('helpdesk-triage', request);
  return { tenant, runId };
}

test('what a ticket holds reaches no model, event, receipt, log and log line', async () => {
  const run = await start([read('T-2042')]);
  await closed(run);
  assert.equal(helpdesk.got.length, 1, 'the helpdesk has told it');

  const [answer] = await answersOf(run);
  assert.deepEqual(answer, {
    ...TICKET,
    subject: 'cannot log in, password: [redacted: secret]',
    description:
      'I paid with [redacted: payment_card], my key [redacted: aws_key] is in the screenshot. [redacted: email]',
  });
  const found = { aws_key: 1, secret: 1, payment_card: 1, email: 1 };
  const events = await eventsOf(run);
  const [executed] = ofType(events, 'call.executed');
  assert.deepEqual(executed?.redacted, found);
  const [{ digestKey = '' } = {}] = await itemsOfRun('Warrants', run);
  assert.equal(
    executed?.outputDigest,
    keyedDigest(String(digestKey), answer),
    'the digest is of what was answered',
  );
  const receipt = await (await as('app')).getReceipt(run.tenant, run.runId);
  assert.deepEqual(receipt.calls[0]?.outcome?.redacted, found);

  const places = {
    warrants: JSON.stringify(await itemsOfRun('Warrants', run)),
    events: JSON.stringify(events),
    receipt: JSON.stringify(receipt),
    'the log': await eventually('the run is sealed', () =>
      objectsAbout(run.runId, (name) => name === auditBucket),
    ),
    transcripts: await eventually('the transcript has the result', async () => {
      const text = await objectsAbout(
        run.runId,
        (name) => name.includes('transcripts'),
        // those of other runs hold what these were asked for, as it was asked
        (key) => key.includes(run.runId),
      );
      return text?.includes('[redacted: payment_card]') ? text : undefined;
    }),
    'log lines': await eventually('the call is logged', async () => {
      const text = await logText();
      return text.includes(run.runId) ? text : undefined;
    }),
  };
  for (const [place, text] of Object.entries(places)) {
    for (const each of SENSITIVE) {
      assert.ok(!text.includes(each), `${each} in ${place}`);
    }
  }
});

test('an error says no address that a server has told', async () => {
  const run = await start([read('T-BROKEN')]);
  await closed(run);
  const [executed] = ofType(await eventsOf(run), 'call.executed');
  assert.deepEqual([executed?.status, executed?.redacted], ['failed', { ip_address: 1 }]);
  assert.match(executed?.error?.message ?? '', /https:\/\/\[redacted: ip_address\] is not among/);
});

test('a note on an approval and what it refuses repeat no secret', async () => {
  const comment = { ticket_id: 'T-2042', body: 'we are looking' };
  const run = await start([{ tool: 'helpdesk.add_comment', arguments: comment }]);
  const approvalId = await waiting(run);
  const note = `their card is ${CARD}`;
  await (await as('maria')).decideApproval(approvalId, { tenant: run.tenant, verdict: 'reject', note });
  await closed(run);
  const events = await eventsOf(run);
  assert.equal(ofType(events, 'approval.verdict')[0]?.note, 'their card is [redacted: payment_card]');
  const reasons = ofType(events, 'call.decided').flatMap((event) => event.reasons ?? []);
  assert.deepEqual(reasons, [
    { code: 'approval_rejected', message: 'rejected by maria: their card is [redacted: payment_card]' },
  ]);
});
