import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { type ApiClient, apiClient } from '../../cli/client.ts';
import { LOCAL_ACCOUNT, localClient } from '../../local/aws.ts';
import { textOf as shownText } from '../domain/redaction-corpus/case.ts';
import { PERSONAL_DATA_CASES } from '../domain/redaction-corpus/personal-data.ts';
import { SECRET_CASES } from '../domain/redaction-corpus/secrets.ts';
import {
  as,
  auditBucket,
  call,
  endpoint,
  eventsOf,
  eventually,
  integrateNow,
  itemsOfTenant,
  LENA,
  newTenant,
  ORDERS,
  ofType,
  type StartedRun,
  waiting,
} from '../support/cloud.ts';
import { logText, objectsAbout } from '../support/places.ts';
import { type CaughtTraces, caughtTraces } from '../support/traces.ts';

/** Addresses of machines are no secrets in the infrastructure's own lines. */
const { ip_address: _, ...PERSONAL } = PERSONAL_DATA_CASES;
const CASES = [...Object.values(PERSONAL), ...Object.values(SECRET_CASES)].flat();
const TEXTS = CASES.map(shownText);

/** What of it must not be found: shorter ones are within ids and digests by chance. */
const SHORTEST_NEEDLE = 10;
const NEEDLES = [
  ...new Set(
    CASES.flatMap((example) => example.replaceAll('|~|', '').match(/(?<=«)[^»]+(?=»)/g) ?? []).filter(
      (needle) => needle.length >= SHORTEST_NEEDLE,
    ),
  ),
];

const CORPUS = TEXTS.join('\n');
const EMAIL = 'lena.hofer@mail.example.org';
const CARD = '5105 1051 0510 5100';

let traces: CaughtTraces;
before(async () => {
  traces = await caughtTraces();
});
after(() => traces.close());

async function run(
  workflow: string,
  tenant: string,
  proposals: readonly unknown[],
  user = LENA,
  by?: ApiClient,
): Promise<StartedRun> {
  const request = { tenant, user, input: { proposals }, clientToken: randomUUID() };
  const { runId } = await (by ?? (await as('app'))).startRun(workflow, request);
  return { tenant, runId };
}

/** Texts as pieces that fit an argument. */
function pieces(texts: readonly string[], length: number): readonly string[] {
  const all: string[] = [];
  for (const text of texts) {
    const last = all.at(-1);
    if (last === undefined || last.length + text.length + 1 > length) {
      all.push(text);
    } else {
      all[all.length - 1] = `${last}\n${text}`;
    }
  }
  return all;
}

/** Waits of 60 s, each for one more sign of a run that has many turns. */
const PATIENCE = 4;

/** Id of the approval that the run sleeps on; undefined when it has ended without one. */
async function ended({ tenant, runId }: StartedRun): Promise<string | undefined> {
  const app = await as('app');
  const look = async () => {
    const view = await app.getRun(tenant, runId);
    return view.status === 'closed' || view.waitingFor !== undefined ? view : undefined;
  };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await eventually(`${runId} waits or is closed`, look)).waitingFor;
    } catch (error) {
      if (attempt === PATIENCE) {
        const types = (await eventsOf({ tenant, runId })).map(({ type, at }) => `${at} ${type}`);
        throw new Error(`${(error as Error).message}: ${types.join(', ')}`);
      }
    }
  }
}

const nested = (text: string) => ({ [text]: [{ deep: [text, { [text]: text }] }], list: [[text]] });

/** Allowed, refused by people, by policy, by schemas, and of tools that nobody has. */
const SHOP_PROPOSALS: readonly unknown[] = [
  { tool: 'retail.find_user_id_by_email', arguments: { email: EMAIL } },
  { tool: 'retail.get_order_details', arguments: { order_id: EMAIL } },
  { tool: 'retail.get_order_details', arguments: { order_id: '#W0000000', ...nested(CARD) } },
  { tool: 'retail.get_user_details', arguments: { user_id: EMAIL } },
  {
    tool: 'retail.modify_user_address',
    arguments: {
      user_id: 'somebody_else_1',
      address1: EMAIL,
      address2: CARD,
      city: EMAIL,
      country: 'USA',
      state: 'NY',
      zip: '10001',
    },
  },
  { tool: `shop.${EMAIL}`, arguments: nested(EMAIL) },
  { tool: CARD, arguments: nested(CARD) },
  { tool: { name: EMAIL }, arguments: CARD },
  { [EMAIL]: CARD },
  EMAIL,
  ...TEXTS.slice(0, 6).map((text) => ({ tool: text, arguments: nested(text) })),
];

function found(text: string): readonly string[] {
  return [...NEEDLES, EMAIL, CARD].filter((needle) => {
    const once = JSON.stringify(needle).slice(1, -1);
    return [needle, once, JSON.stringify(once).slice(1, -1)].some((form) => text.includes(form));
  });
}

test('nothing of the corpus is found in any table, object of the log, trace or log line of whole runs', async () => {
  const [shop, other, store] = [await newTenant(), await newTenant(), await newTenant()];
  const helpdesk = `t-${randomUUID().slice(0, 13)}`;
  const note = `as agreed with ${EMAIL}, card ${CARD}: ${pieces(TEXTS, 700)[0]}`;

  // one after the other: a turn for each proposal, on machines that have two cores for all of it
  const refused = await run('retail-support', shop, SHOP_PROPOSALS);
  await ended(refused);
  const approved = await run('retail-support', shop, [call.cancel(ORDERS.large)]);
  const rejected = await run('retail-support', other, [call.cancel(ORDERS.large)]);
  const transferred = await run('retail-support', shop, [
    { tool: 'retail.transfer_to_human_agents', arguments: { summary: `${EMAIL} ${CARD}` } },
  ]);
  const documentRun = await run(
    'store-operations',
    store,
    pieces(TEXTS, 15_000).flatMap((content, index) => [
      {
        tool: 'documents.put_document',
        arguments: { name: `note-${index}.md`, content, expected_version: 'none' },
      },
      { tool: 'documents.get_document', arguments: { name: `note-${index}.md` } },
    ]),
    { id: 'ines_okafor', roles: ['store_staff'] },
  );
  await ended(documentRun);
  const commented = await Promise.all(
    pieces(TEXTS, 7_500).map((body) =>
      run(
        'helpdesk-triage',
        helpdesk,
        [{ tool: 'helpdesk.add_comment', arguments: { ticket_id: 'T-2042', body } }],
        { id: 'ines_okafor', roles: ['support_agent'] },
      ),
    ),
  );
  const verdicts = [
    [approved, 'approve', ['maria', 'theo']],
    [rejected, 'reject', ['maria']],
  ] as const;
  for (const [about, verdict, people] of verdicts) {
    const approvalId = (await ended(about)) ?? assert.fail('nobody was asked');
    for (const person of people) {
      await (await as(person)).decideApproval(approvalId, { tenant: about.tenant, verdict, note });
    }
  }
  const runs = [refused, approved, rejected, transferred, documentRun, ...commented];
  for (const each of runs) {
    await ended(each);
  }
  const events = (await Promise.all(runs.map(eventsOf))).flat();
  assert.ok(ofType(events, 'call.decided').length >= SHOP_PROPOSALS.length, 'all was decided on');
  assert.ok(ofType(events, 'call.executed').some(({ retrieved }) => retrieved?.documents.length === 1));
  const notes = ofType(events, 'approval.verdict').map((event) => event.note ?? '');
  assert.equal(notes.length, 3);
  assert.ok(
    notes.every((each) => each.startsWith('as agreed with [redacted: email], card [redacted: payment_card]')),
  );
  const last = runs.at(-1)?.runId ?? '';
  const log = await eventually('the last run is in the log', async () => {
    await integrateNow();
    const text = await objectsAbout(last, (name) => name === auditBucket);
    return runs.every(({ runId }) => text?.includes(runId)) ? text : undefined;
  });
  const tables = (await Promise.all([shop, other, store, helpdesk].map(itemsOfTenant))).flat();
  const places = {
    tables: JSON.stringify(tables.map(withoutTheCall)),
    events: JSON.stringify(events),
    log,
    traces: traces.messages.join('\n'),
    'log lines': await eventually('the last call is logged', async () => {
      const text = await logText();
      return text.includes(last) ? text : undefined;
    }),
  };
  assert.ok(NEEDLES.length > 100 && CORPUS.length > 5_000, 'the corpus is there');
  assert.deepEqual(Object.fromEntries(Object.entries(places).map(([place, text]) => [place, found(text)])), {
    ...{ tables: [], events: [], log: [], traces: [], 'log lines': [] },
  });
  assert.ok(places.traces.includes(last), 'the runs were traced');
});

/**
 * A warrant is the very call that is executed, and an approval the very call that people are asked about: until they go, both hold it
 * as it was proposed, with the resource that its digest is over, and nothing else of theirs does.
 */
function withoutTheCall(item: Record<string, unknown>): Record<string, unknown> {
  const { proposal, resource: _, ...others } = item;
  return proposal === undefined ? item : others;
}

test('an e-mail address is neither the id of a user nor a role of one', async () => {
  for (const user of [
    { id: EMAIL, roles: [] },
    { id: 'lena', roles: [EMAIL] },
  ]) {
    await assert.rejects(run('retail-support', 't-ids', [], user), /1 bad field: user\./);
  }
});

test('the address in the name of whoever starts a run is not in the log, and the starter is known again', async () => {
  const sts = new STSClient(localClient(endpoint));
  const { Credentials: session } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${LOCAL_ACCOUNT}:role/countersign-people`,
      RoleSessionName: EMAIL,
    }),
  );
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = session ?? {};
  const credentials = {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
  };
  const apiUrl = process.env.COUNTERSIGN_LOCAL_API ?? '';
  const tenant = await newTenant();
  const started = await run(
    'retail-support',
    tenant,
    [call.cancel(ORDERS.large)],
    LENA,
    apiClient({ apiUrl, region: 'us-east-1', credentials }),
  );
  await waiting(started);
  const [requested] = ofType(await eventsOf(started), 'run.requested');
  assert.match(requested?.requestedBy ?? '', /assumed-role\/countersign-people\/\[redacted: email\]$/);
  assert.deepEqual(found(JSON.stringify(await itemsOfTenant(tenant))), []);
});
