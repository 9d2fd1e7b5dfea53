import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../../contracts/environment.ts';
import { documentsBucketName, exampleTableName, shopTableName } from '../../../contracts/names.ts';
import { documentKey, FIRST_VERSION, SHOP_PARTITION_KEY } from '../../../contracts/shop.ts';
import type { Warrant } from '../../../domain/call/warrant.ts';
import type { ToolDefinition } from '../../../domain/tool/definition.ts';
import { type ChangesByEffect, previewMatch, shownPreview } from '../../../domain/tool/shown-changes.ts';
import type { ToolHandlers } from '../../../functions/execute/executor.ts';
import { type Attempt, runTool } from '../../../functions/execute/run-tool.ts';
import { deskHandlers } from '../../../functions/tools/desk/handlers.ts';
import { documentsHandlers } from '../../../functions/tools/documents/handlers.ts';
import { erpHandlers } from '../../../functions/tools/erp/handlers.ts';
import { opsHandlers } from '../../../functions/tools/ops/handlers.ts';
import { findTool, NAMESPACES } from '../../../functions/tools/registry.ts';
import { retailHandlers } from '../../../functions/tools/retail/handlers.ts';
import { localClient } from '../../../local/aws.ts';
import { DIGEST_KEY } from '../../support/digest-key.ts';
import { chooser, fuzzing } from '../../support/fuzz.ts';
import { seeded } from '../../support/random.ts';
import { exampleTables, skip } from './example-tables.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from './retail/call-context.ts';
import { sampleShop } from './retail/sample-shop.ts';
import { createShopTables, deleteShopTables } from './retail/shop-tables.ts';

const HANDLERS: ToolHandlers = {
  ...{ ...deskHandlers, ...documentsHandlers, ...erpHandlers, ...opsHandlers, ...retailHandlers },
};
const ACCOUNT = '111122223333';
const { seed, cases } = fuzzing(12);

/** What people and systems write in documents: some of it is redacted before anybody is shown it. */
const TEXTS = [
  '',
  'no longer needed',
  'write to lena@example.com',
  '4242 4242 4242 4242',
  'ü \u0000 "',
  '[redacted: email]',
];

type Random = ReturnType<typeof chooser>;
type Document = Readonly<Record<string, unknown>>;

/** Documents as a call finds them, and the arguments of the call. */
interface Situation {
  readonly records: readonly (readonly [table: string, id: string, document: Document])[];
  readonly object?: { readonly name: string; readonly content: string };
  readonly input: Readonly<Record<string, unknown>>;
}

const mark = () => ({ run_id: randomUUID(), call_id: '0001-00', idempotency_key: randomUUID() });
const many = <T>({ below }: Random, end: number, make: (index: number) => T): T[] =>
  [...Array(below(end)).keys()].map(make);

function ticketOf(random: Random): Document {
  return {
    ...{ ticket_id: 'T-1', customer_id: 'mila', subject: random.one(TEXTS), status: 'open' },
    tags: many(random, 3, () => random.one(['refund_approved', 'damaged'])),
    paid_cents: 1_000_000,
    thread: many(random, 90, () => ({
      from: 'desk',
      body: random.one(TEXTS),
      ...(random.oncein(2) ? { call: mark() } : {}),
    })),
    refunds: many(random, 4, () => ({ amount_cents: 1 + random.below(100), call: mark() })),
  };
}

function deskRecords(random: Random): Situation['records'] {
  const customer = {
    ...{ customer_id: 'mila', name: random.one(TEXTS), since: '2020-01-01', fraud_risk_score: 0.1 },
    lifetime_refunds_cents: random.below(10_000),
  };
  return [
    ['desk.tickets', 'T-1', ticketOf(random)],
    ['desk.customers', 'mila', customer],
  ];
}

/** By tool with a preview: a random situation in which it does not refuse. */
const SITUATIONS: Readonly<Record<string, (random: Random) => Situation>> = {
  'desk.issue_refund': (random) => ({
    records: deskRecords(random),
    input: { ticket_id: 'T-1', amount_usd: (1 + random.below(1000)) / 100 },
  }),
  'desk.send_reply': (random) => ({
    records: deskRecords(random),
    input: { ticket_id: 'T-1', body: `${random.one(TEXTS)}.` },
  }),
  'erp.create_journal_entry': (random) => {
    const lines = [0, ...many(random, 4, (index) => index + 1)].map((index) => ({
      item: `${random.one(TEXTS)}${index}`,
      ...{ quantity: 1 + random.below(5), unit_cents: 1 + random.below(9999) },
    }));
    const ids = { vendor_id: 'V-100', purchase_order_id: 'PO-1' };
    return {
      records: [
        ['erp.invoices', 'INV-1', { invoice_id: 'INV-1', ...ids, bank_account: 'B', status: 'open', lines }],
        ['erp.orders', 'PO-1', { ...ids, status: 'received', lines }],
      ],
      input: {
        invoice_id: 'INV-1',
        amount_cents: lines.reduce((sum, { quantity, unit_cents }) => sum + quantity * unit_cents, 0),
        account: '6100',
      },
    };
  },
  'ops.deploy_service': (random) => {
    const versions = ['4.0.0', '4.1.0', '4.2.0'];
    const service = {
      ...{ service: 'checkout', environment: 'prod', version: random.one(versions) },
      deployed_versions: many(random, 4, () => random.one(versions)),
      ...{ desired_replicas: 4, healthy_replicas: 4, restarts: 0, databases: [] },
      freezes: [],
      // once it remembers as many as it can, each one moves
      operations:
        many(random, 2, () => 0).length === 0
          ? many(random, 100, () => ({ operation: 'ops.restart_service', call: mark() }))
          : [...Array(100).keys()].map((index) => ({ operation: `ops.${index % 3}`, call: mark() })),
    };
    return {
      records: [['ops.services', 'checkout', service]],
      input: { service: 'checkout', version: random.one(versions) },
    };
  },
  'retail.cancel_pending_order': (random) => {
    const pending = Object.values(sampleShop.orders).filter(({ status }) => status === 'pending');
    const order = random.one(pending) as unknown as Document & { readonly user_id: string };
    const customer = sampleShop.users[order.user_id] ?? assert.fail();
    return {
      records: [
        ['orders', String(order.order_id), order],
        ['customers', order.user_id, customer as unknown as Document],
      ],
      input: {
        order_id: order.order_id,
        reason: random.one(['no longer needed', 'ordered by mistake']),
      },
    };
  },
  'documents.put_document': (random) => {
    const isJson = random.oncein(2);
    const text = () =>
      isJson
        ? JSON.stringify(Object.fromEntries(many(random, 6, (index) => [`m${index}`, random.one(TEXTS)])))
        : many(random, 20, () => random.one(TEXTS)).join('\n');
    const name = `doc-${randomUUID()}.${isJson ? 'json' : 'md'}`;
    const content = text();
    const put = { input: { name, content: text(), expected_version: 'none' }, records: [] };
    return random.oncein(3) ? put : { ...put, object: { name, content } };
  },
};

describe('a preview shows what its write then records', { skip }, () => {
  // makes the tables of all examples, and says under which prefix tools find them
  exampleTables('desk');
  const client = new DynamoDBClient(localClient(process.env.COUNTERSIGN_LOCAL_ENDPOINT ?? ''));
  const tables = DynamoDBDocumentClient.from(client);
  const s3 = new S3Client({
    ...localClient(process.env.COUNTERSIGN_LOCAL_ENDPOINT ?? ''),
    forcePathStyle: true,
  });
  const prefix = () => process.env[ENV.prefix] ?? '';
  const bucket = () => documentsBucketName(prefix(), { account: ACCOUNT, region: LOCAL_REGION });

  before(async () => {
    process.env[ENV.account] = ACCOUNT;
    await createShopTables(client, prefix());
    await s3.send(new CreateBucketCommand({ Bucket: bucket() }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await s3.send(new PutBucketVersioningCommand({ Bucket: bucket(), VersioningConfiguration }));
  });
  after(async () => {
    await deleteShopTables(client, prefix());
    client.destroy();
    s3.destroy();
  });

  function tableName(table: string): string {
    const [namespace = '', name] = table.split('.');
    return name === undefined
      ? shopTableName(prefix(), namespace as never)
      : exampleTableName(prefix(), namespace as 'desk', name as never);
  }

  /** Puts the documents there for a tenant. @returns the arguments, with the version of the object that is there */
  async function arranged(
    tenant: string,
    { records, object, input }: Situation,
  ): Promise<Situation['input']> {
    for (const [table, id, document] of records) {
      const Item = { [SHOP_PARTITION_KEY]: documentKey(tenant, id), document, version: FIRST_VERSION };
      await tables.send(new PutCommand({ TableName: tableName(table), Item }));
    }
    if (object === undefined) {
      return input;
    }
    const Key = `${tenant}/${object.name}`;
    const { VersionId } = await s3.send(
      new PutObjectCommand({ Bucket: bucket(), Key, Body: object.content }),
    );
    return { ...input, expected_version: VersionId };
  }

  function called(tenant: string, definition: ToolDefinition, input: Situation['input']): Promise<Attempt> {
    const warrant: Warrant = {
      ...{ tenant, runId: randomUUID(), callId: '0001-00', digest: randomUUID() + randomUUID() },
      ...{ workflow: 'w', agent: 'a', user: { id: 'u', roles: [] }, policies: [], policyDigest: 'p' },
      ...{ state: 'executing', authorizedAt: '', expiresAt: '', holdMicroDollars: 0 },
      proposal: { tool: definition.name, arguments: input },
      resource: { type: 'T', id: '1', attributes: {} },
      digestKey: DIGEST_KEY,
    };
    return runTool(warrant, definition, LOCAL_CREDENTIALS, HANDLERS);
  }

  const withPreviews = NAMESPACES.flatMap(({ tools }) => tools).filter(
    ({ preview }) => preview !== undefined,
  );

  it('of every tool that has one', () => {
    assert.deepEqual(withPreviews.map(({ name }) => name).sort(), Object.keys(SITUATIONS).sort());
  });

  for (const definition of withPreviews) {
    it(`of ${definition.name}, whatever the documents`, async () => {
      const random = chooser(seeded(seed));
      const preview = findTool(definition.preview ?? '') ?? assert.fail();
      for (let index = 0; index < cases; index += 1) {
        const tenant = `t-${randomUUID().slice(0, 8)}`;
        const situation = SITUATIONS[definition.name]?.(random) ?? assert.fail();
        const input = await arranged(tenant, situation);
        const about = `seed ${seed}, case ${index}: ${JSON.stringify(situation).slice(0, 2000)}`;
        const previewed = await called(tenant, preview, input);
        assert.equal(previewed.status, 'succeeded', `${previewed.error?.message}, ${about}`);
        assert.deepEqual([previewed.effects, previewed.undo], [[], undefined]);
        const shown = shownPreview(JSON.parse(JSON.stringify(previewed.output)), DIGEST_KEY);
        assert.ok('digest' in shown, `${JSON.stringify(shown)}, ${about}`);
        const made = await called(tenant, definition, input);
        assert.equal(made.status, 'succeeded', `${made.error?.message}, ${about}`);
        assert.equal(made.hasUntoldChanges, undefined);
        assert.equal(matchOf(definition, shown.digest, made.changes ?? {}), 'as_shown', about);
        assert.equal(matchOf(definition, shown.digest, otherThan(made.changes ?? {})), 'otherwise', about);
        assert.doesNotMatch(JSON.stringify(shown), /idempotency_key|lena@example\.com|4242 4242/);
      }
    });
  }
});

function matchOf({ discloses }: ToolDefinition, shownDigest: string, changes: ChangesByEffect) {
  return previewMatch({ shownDigest, changes, digestKey: DIGEST_KEY, redaction: { discloses } });
}

function otherThan(changes: ChangesByEffect): ChangesByEffect {
  const [effect = 'documents/other', ofEffect = []] = Object.entries(changes)[0] ?? [];
  return { ...changes, [effect]: [...ofEffect, { field: 'more', to: 1 }] };
}
