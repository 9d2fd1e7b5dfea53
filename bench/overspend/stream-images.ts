import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { LOCAL_REGION, ROOT_CREDENTIALS } from '../../local/aws.ts';

/** One item as it was after one write. */
export interface Image {
  /** Of the table's stream. */
  readonly stream: string;
  /** In the order of all writes to all tables of the store. */
  readonly position: bigint;
  readonly item: Readonly<Record<string, unknown>>;
}

interface StreamRecord {
  readonly dynamodb: {
    readonly SequenceNumber: string;
    readonly NewImage?: Record<string, AttributeValue>;
  };
}

/**
 * Everything that was written to some tables, in order. Both emulators number the records of all their tables in one sequence, and the
 * records of one transaction one after the other, so images of several tables are in one order. On AWS they would not be.
 */
export async function imagesOf(endpoint: string, streams: readonly string[]): Promise<readonly Image[]> {
  const images: Image[] = [];
  for (const stream of streams) {
    for (const { dynamodb } of await recordsOf(endpoint, stream)) {
      const { SequenceNumber, NewImage } = dynamodb;
      if (NewImage !== undefined) {
        images.push({ stream, position: BigInt(SequenceNumber), item: unmarshall(NewImage) });
      }
    }
  }
  return images.sort((left, right) => Number(left.position - right.position));
}

async function recordsOf(endpoint: string, StreamArn: string): Promise<readonly StreamRecord[]> {
  const records: StreamRecord[] = [];
  const { StreamDescription } = await ask<{ StreamDescription: { Shards: readonly { ShardId: string }[] } }>(
    endpoint,
    'DescribeStream',
    { StreamArn },
  );
  for (const { ShardId } of StreamDescription.Shards) {
    const first = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
    let { ShardIterator } = await ask<{ ShardIterator?: string }>(endpoint, 'GetShardIterator', first);
    while (ShardIterator !== undefined) {
      const page: { Records: readonly StreamRecord[]; NextShardIterator?: string } = await ask(
        endpoint,
        'GetRecords',
        { ShardIterator },
      );
      records.push(...page.Records);
      // an open shard always has a next page; an empty one is the end of what was written
      ShardIterator = page.Records.length === 0 ? undefined : page.NextShardIterator;
    }
  }
  return records;
}

/** The SDK's client of streams is no dependency; the emulators read the signature's scope and check no signature. */
async function ask<T>(endpoint: string, operation: string, body: object): Promise<T> {
  const scope = `${ROOT_CREDENTIALS.accessKeyId}/20260101/${LOCAL_REGION}/dynamodb/aws4_request`;
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDBStreams_20120810.${operation}`,
      'x-amz-date': '20260101T000000Z',
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=00`,
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) {
    throw new Error(`${operation} answered ${answer.status}: ${await answer.text()}`);
  }
  return (await answer.json()) as T;
}
