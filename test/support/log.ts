import { randomBytes } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateKeyCommand, GetPublicKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectLockConfigurationCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { verifierKeyLine } from '../../cli/audit/verifier-keys.ts';
import { EVENT_VERSION, type EventBody, type LedgerEvent } from '../../contracts/events.ts';
import { logOrigin } from '../../contracts/names.ts';
import { EVENTS, eventPosition, LOG, runKey } from '../../contracts/tables.ts';
import { logBucket } from '../../functions/adapters/log/bucket.ts';
import { logSigner } from '../../functions/adapters/log/key.ts';
import { logTable } from '../../functions/adapters/log/table.ts';
import { integrate } from '../../functions/checkpoint/integrate.ts';
import { seal } from '../../functions/seal/seal.ts';
import { localClient } from '../../local/aws.ts';
import { createTable } from './ledger-tables.ts';

const ENDPOINT = process.env.COUNTERSIGN_LOCAL_ENDPOINT ?? '';

/** Stands between the code and a client, and may throw instead of sending, or afterwards. */
export type Intercept = <T>(send: () => Promise<T>) => Promise<T>;

/** A log of its own in the emulator: a locked bucket, the table, and the key. */
export async function testLog() {
  const name = `log-${randomBytes(6).toString('hex')}`;
  const s3 = new S3Client({ ...localClient(ENDPOINT), forcePathStyle: true });
  const kms = new KMSClient(localClient(ENDPOINT));
  const dynamoDb = new DynamoDBClient(localClient(ENDPOINT));
  await s3.send(new CreateBucketCommand({ Bucket: name, ObjectLockEnabledForBucket: true }));
  await s3.send(
    new PutObjectLockConfigurationCommand({
      Bucket: name,
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 1 } },
      },
    }),
  );
  await createTable(dynamoDb, name, LOG);
  const { KeyMetadata } = await kms.send(
    new CreateKeyCommand({ KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' }),
  );
  const keyId = KeyMetadata?.Arn ?? '';
  const database = DynamoDBDocumentClient.from(dynamoDb, {
    marshallOptions: { removeUndefinedValues: true },
  });
  const origin = logOrigin(name, 'us-east-1');

  /** What the functions work with; each request goes through `intercept`. */
  const parts = (intercept: Intercept = (send) => send()) => {
    const through = <T extends { send: (command: never) => Promise<unknown> }>(client: T) =>
      new Proxy(client, {
        get: (target, member) =>
          member === 'send'
            ? (command: never) => intercept(() => target.send(command))
            : Reflect.get(target, member, target),
      });
    return {
      bucket: logBucket(through(s3 as never) as unknown as S3Client, name),
      table: logTable(through(database as never) as unknown as DynamoDBDocumentClient, name),
      signer: logSigner(through(kms as never) as unknown as KMSClient, keyId, origin),
    };
  };
  const aside: { record: DynamoDBRecord; why: string }[] = [];
  return {
    name,
    origin,
    s3,
    parts,
    /** What was put aside. */
    aside,
    seal: (records: readonly DynamoDBRecord[], intercept?: Intercept) =>
      seal(records, {
        ...parts(intercept),
        putAside: async (record, why) => void aside.push({ record, why }),
        clock: () => new Date(),
      }),
    integrate: (intercept?: Intercept) => integrate(parts(intercept)),
    /** Until nothing waits. */
    async integrateAll() {
      const deps = parts();
      for (let more = true; more; ) {
        ({ more } = await integrate(deps));
      }
    },
    /** Every object by its key, as it is kept. */
    async objects(): Promise<Map<string, Buffer>> {
      const found = new Map<string, Buffer>();
      for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: name })) {
        for (const { Key = '' } of Contents) {
          const { Body } = await s3.send(new GetObjectCommand({ Bucket: name, Key }));
          found.set(Key, Buffer.from((await Body?.transformToByteArray()) ?? []));
        }
      }
      return found;
    },
    publicKey: async () => (await parts().signer.key()).publicKey,
    /** As `countersign audit key` prints it. */
    async keyLine() {
      const { PublicKey = new Uint8Array() } = await kms.send(new GetPublicKeyCommand({ KeyId: keyId }));
      return verifierKeyLine(origin, PublicKey);
    },
    close() {
      for (const client of [s3, kms, dynamoDb]) {
        client.destroy();
      }
    },
  };
}

export type TestLog = Awaited<ReturnType<typeof testLog>>;

const START = Date.parse('2026-11-29T10:00:00.000Z');

/** An event of a run, so many milliseconds after the first; as large as its body, whatever fits the log. */
export function eventOfRun(
  runId: string,
  number: number,
  milliseconds: number,
  body?: EventBody,
): LedgerEvent {
  const source = { tenant: 'acme', runId, workflow: 'support', agent: 'helper' };
  const at = new Date(START + milliseconds).toISOString();
  const paused = {
    type: 'workflow.paused',
    reason: { code: 'stop_condition', message: `the ${number}th` },
  } as const;
  return {
    v: EVENT_VERSION,
    id: `${String(number).padStart(4, '0')}/paused`,
    at,
    ...source,
    ...(body ?? paused),
  };
}

/** As the events table's stream delivers it. */
export function recordOf(
  event: LedgerEvent,
  eventName: DynamoDBRecord['eventName'] = 'INSERT',
): DynamoDBRecord {
  const image = imageOf({
    [EVENTS.partitionKey]: runKey(event),
    [EVENTS.sortKey]: eventPosition(event),
    event,
  });
  return { eventName, dynamodb: eventName === 'REMOVE' ? { OldImage: image } : { NewImage: image } };
}

export function imageOf(
  item: Readonly<Record<string, unknown>>,
): NonNullable<DynamoDBRecord['dynamodb']>['NewImage'] {
  return marshall(item, { removeUndefinedValues: true }) as Record<string, AttributeValue> as never;
}
