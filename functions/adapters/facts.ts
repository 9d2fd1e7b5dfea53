import { type DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { FactReader, ObjectHead } from '../../domain/tool/facts.ts';
import { traced } from '../runtime/step.ts';

/**
 * Reads for facts, under the authorizer's own read-only role.
 *
 * @param tableName - deployed name of a namespace's table
 * @param abortSignal - ends what is under way
 */
export function factReader(
  client: DynamoDBDocumentClient,
  tableName: (table: string) => string,
  abortSignal: AbortSignal,
): FactReader {
  return {
    async get(table, key) {
      const { Item } = await client.send(
        new GetCommand({ TableName: tableName(table), Key: { id: key }, ConsistentRead: true }),
        { abortSignal },
      );
      return Item;
    },
    async find(table, index, key) {
      const { Items } = await client.send(
        new QueryCommand({
          TableName: tableName(table),
          IndexName: index.name,
          KeyConditionExpression: '#key = :key',
          ExpressionAttributeNames: { '#key': index.partitionKey },
          ExpressionAttributeValues: { ':key': key },
          Limit: 1,
        }),
        { abortSignal },
      );
      return Items?.[0];
    },
    head: (bucket, key) => head(bucket, key, abortSignal),
  };
}

type S3 = typeof import('@aws-sdk/client-s3');

let s3: Promise<{ readonly sdk: S3; readonly client: InstanceType<S3['S3Client']> }> | undefined;

/** Most calls are about no object, so the client is loaded with the first that is. */
async function openS3(): Promise<{ readonly sdk: S3; readonly client: InstanceType<S3['S3Client']> }> {
  const sdk = await import('@aws-sdk/client-s3');
  return { sdk, client: traced(new sdk.S3Client({})) };
}

/** INVARIANT: only S3's "there is none" counts as absent; a refusal is no fact. */
async function head(Bucket: string, Key: string, abortSignal: AbortSignal): Promise<ObjectHead | undefined> {
  s3 ??= openS3();
  const { sdk, client } = await s3;
  try {
    const answer = await client.send(new sdk.HeadObjectCommand({ Bucket, Key }), { abortSignal });
    const { VersionId: version, ContentLength: sizeBytes = 0, Metadata: metadata = {} } = answer;
    if (version === undefined) {
      throw new Error(`bucket ${Bucket} keeps no versions, expected versioning to be on`);
    }
    return { version, sizeBytes, metadata };
  } catch (error) {
    if (error instanceof sdk.NotFound) {
      return undefined;
    }
    throw error;
  }
}
