import { randomBytes } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectLockConfigurationCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { LOG } from '../../contracts/tables.ts';
import { localClient } from '../../local/aws.ts';
import type { LogClients } from './counted-clients.ts';

/** A locked bucket, a table and a key of their own in the emulator. */
export interface EmulatorClients extends LogClients {
  /** Bytes of every object by its key, as they are kept. */
  readonly sizes: () => Promise<ReadonlyMap<string, number>>;
  readonly get: (key: string) => Promise<Uint8Array>;
}

export async function emulatorClients(endpoint: string): Promise<EmulatorClients> {
  const name = `log-${randomBytes(6).toString('hex')}`;
  const s3 = new S3Client({ ...localClient(endpoint), forcePathStyle: true });
  const dynamoDb = new DynamoDBClient(localClient(endpoint));
  const kms = new KMSClient(localClient(endpoint));
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
  const [partition, sort] = [LOG.partitionKey, LOG.sortKey];
  await dynamoDb.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [partition, sort].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: partition, KeyType: 'HASH' },
        { AttributeName: sort, KeyType: 'RANGE' },
      ],
    }),
  );
  const { KeyMetadata } = await kms.send(
    new CreateKeyCommand({ KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' }),
  );
  return {
    s3,
    kms,
    database: DynamoDBDocumentClient.from(dynamoDb, { marshallOptions: { removeUndefinedValues: true } }),
    ...{ bucket: name, table: name, keyId: KeyMetadata?.Arn ?? '' },
    async sizes() {
      const found = new Map<string, number>();
      for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: name })) {
        for (const { Key = '', Size = 0 } of Contents) {
          found.set(Key, Size);
        }
      }
      return found;
    },
    async get(Key) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: name, Key }));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    },
  };
}
