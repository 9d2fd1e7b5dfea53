import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import type { Proposal } from '../../contracts/call.ts';
import { documentObjectKey, NO_VERSION } from '../../contracts/documents.ts';
import { documentsBucketName, loyaltyFunctionName, shopTableName } from '../../contracts/names.ts';
import type { User } from '../../contracts/run.ts';
import { FIRST_VERSION } from '../../contracts/shop.ts';
import type { Idempotency } from '../../domain/tool/definition.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION, localClient } from '../../local/aws.ts';
import type { LocalCloud } from '../../local/cloud.ts';
import { loadShop, type ShopDocuments } from '../../local/shop/load.ts';
import type { Passing } from '../measure/counting-proxy.ts';

/** Governed writes, each to something of its own, and the counterpart's own count of what happened to it. */
export interface Workload {
  /** Of the tool. */
  readonly idempotency: Idempotency;
  readonly workflow: string;
  readonly user: User;
  /** That many at least are made. */
  readonly calls: number;
  readonly callsPerRun: number;
  readonly runsAtOnce: number;
  /** Of dying at each point of a call. */
  readonly chance: number;
  readonly prepare: (cloud: LocalCloud, tenant: string) => Promise<void>;
  /** Its n-th write. */
  readonly proposal: (index: number) => Proposal;
  /** What a write changes, by the name that the counterpart has for it. */
  readonly targetOf: (proposal: Proposal) => string;
  /** Whether a request is the one by which the tool changes something. */
  readonly isEffect: (passing: Passing) => boolean;
  /** How often each target was changed. */
  readonly effects: (cloud: LocalCloud, tenant: string) => Promise<ReadonlyMap<string, number>>;
}

const ADDRESS = {
  address1: '1 Elm Street',
  address2: '',
  city: 'Portland',
  state: 'OR',
  country: 'USA',
  zip: '97205',
};

/** About one call in five dies; with an environment that starts again, all get done. */
const CHANCE = 0.04;

/** Every write of an order adds one to its version: the table itself counts. */
export function moveOrders(shop: ShopDocuments, calls: number): Workload {
  const orderId = (index: number) => `#W${String(9_000_000 + index)}`;
  const template = Object.values(shop.orders).find(({ status }) => status === 'pending');
  if (template === undefined) {
    throw new Error('the shop has no pending order to make others from');
  }
  // below the 60 calls that the envelope grants a run
  const [callsPerRun, runsAtOnce] = [50, 4];
  return {
    ...{ idempotency: 'by_key', workflow: 'retail-support', calls, callsPerRun, runsAtOnce, chance: CHANCE },
    user: { id: template.user_id, roles: [] },
    async prepare(cloud, tenant) {
      const ids = Array.from({ length: calls + callsPerRun * runsAtOnce }, (_, index) => orderId(index));
      const orders = Object.fromEntries(ids.map((id) => [id, { ...template, order_id: id }]));
      const client = new DynamoDBClient(localClient(cloud.endpoint));
      await loadShop({ documents: { ...shop, orders }, tenant, prefix: cloud.prefix, client });
    },
    proposal: (index) => ({
      tool: 'retail.modify_pending_order_address',
      arguments: { order_id: orderId(index), ...ADDRESS },
    }),
    targetOf: ({ arguments: { order_id } }) => String(order_id),
    isEffect: ({ operation, requestBody }) =>
      operation === 'TransactWriteItems' && requestBody.includes('-shop-orders'),
    async effects(cloud, tenant) {
      const orders = await scanned(cloud, shopTableName(cloud.prefix, 'orders'), 'id', tenant);
      return new Map([...orders].map(([id, { version }]) => [id, Number(version) - FIRST_VERSION]));
    },
  };
}

const STAFF: User = { id: 'ines_okafor', roles: ['store_staff'] };

/**
 * A run ends with the first call of which nothing is known for a while, so each has a run of its own; most of the time such a
 * run waits for the end of an attempt, so many are under way at once, and more calls die.
 */
const ONE_BY_ONE = { workflow: 'store-operations', user: STAFF, callsPerRun: 1, runsAtOnce: 12, chance: 0.1 };

/** The bucket is versioned, so every put of an object is there to be counted. */
export function writeDocuments(calls: number): Workload {
  return {
    ...ONE_BY_ONE,
    ...{ idempotency: 'by_lookup', calls, prepare: async () => {} },
    proposal: (index) => ({
      tool: 'documents.put_document',
      arguments: { name: `note-${index}.md`, content: `note ${index}\n`, expected_version: NO_VERSION },
    }),
    targetOf: ({ arguments: { name } }) => String(name),
    isEffect: ({ operation, address }) => operation === 'PutObject' && address.includes('-documents-'),
    async effects(cloud, tenant) {
      const client = new S3Client({ ...localClient(cloud.endpoint), forcePathStyle: true });
      const Bucket = documentsBucketName(cloud.prefix, {
        account: LOCAL_ACCOUNT,
        region: LOCAL_REGION,
      });
      const Prefix = documentObjectKey(tenant, '');
      const { Versions = [], IsTruncated } = await client.send(
        new ListObjectVersionsCommand({ Bucket, Prefix }),
      );
      if (IsTruncated) {
        throw new Error(
          `more versions than one page has, expected at most one for each of ${calls} documents`,
        );
      }
      return counted(Versions.map(({ Key = '' }) => Key.slice(Prefix.length)));
    },
  };
}

/** Each call adds one point to a member of its own, so the balance counts. */
export function addPoints(calls: number): Workload {
  return {
    ...ONE_BY_ONE,
    ...{ idempotency: 'none', calls, prepare: async () => {} },
    proposal: (index) => ({
      tool: 'loyalty.add_points',
      arguments: { member_id: `member_${index}`, points: 1, reason: 'goodwill' },
    }),
    targetOf: ({ arguments: { member_id } }) => String(member_id),
    isEffect: ({ operation, address }) => operation === 'invocations' && address.includes('-shop-loyalty'),
    async effects(cloud, tenant) {
      const members = await scanned(cloud, loyaltyFunctionName(cloud.prefix), 'member', tenant);
      return new Map([...members].map(([id, { points }]) => [id, Number(points)]));
    },
  };
}

/** Items of a tenant by what its keys say behind the tenant. */
async function scanned(
  cloud: LocalCloud,
  TableName: string,
  key: string,
  tenant: string,
): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(localClient(cloud.endpoint)));
  const items: Record<string, unknown>[] = [];
  for await (const page of paginateScan({ client }, { TableName })) {
    items.push(...(page.Items ?? []));
  }
  const own = items.filter((item) => String(item[key]).startsWith(`${tenant}#`));
  return new Map(own.map((item) => [String(item[key]).slice(tenant.length + 1), item]));
}

function counted(names: readonly string[]): ReadonlyMap<string, number> {
  return new Map([...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]));
}
