import { generateKeyPairSync, sign } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { NoSuchKey, S3ServiceException } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { LOG, PENDING_BATCHES } from '../../contracts/tables.ts';
import type { LogClients } from './counted-clients.ts';

type Item = Readonly<Record<string, unknown>>;
interface Write {
  readonly PutRequest?: { readonly Item: Item };
  readonly DeleteRequest?: { readonly Key: Item };
}

/** What the log's functions ask of AWS, answered in this process: no HTTP, no emulator. */
export function inMemoryClients(): LogClients & { readonly objects: ReadonlyMap<string, Buffer> } {
  const objects = new Map<string, Buffer>();
  const pending = new Map<string, Item>();
  const index = new Map<string, Item[]>();
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');

  const put = (item: Item) => {
    const partition = String(item[LOG.partitionKey]);
    if (partition === PENDING_BATCHES) {
      pending.set(String(item[LOG.sortKey]), item);
    } else {
      index.set(partition, [...(index.get(partition) ?? []), item]);
    }
  };
  const answers: Readonly<Record<string, (input: never) => unknown>> = {
    PutObjectCommand(input: {
      Key: string;
      Body: Uint8Array | string;
      IfNoneMatch?: string;
      IfMatch?: string;
    }) {
      const there = objects.get(input.Key);
      const expected = input.IfNoneMatch === '*' ? undefined : input.IfMatch;
      if ((there === undefined ? undefined : versionOf(there)) !== expected) {
        throw preconditionFailed();
      }
      objects.set(input.Key, Buffer.from(input.Body as string));
      return {};
    },
    GetObjectCommand({ Key }: { Key: string }) {
      const found = objects.get(Key);
      if (found === undefined) {
        throw new NoSuchKey({ message: Key, $metadata: {} });
      }
      return { Body: { transformToByteArray: async () => found }, ETag: versionOf(found) };
    },
    PutCommand: ({ Item }: { Item: Item }) => put(Item),
    QueryCommand({
      ExpressionAttributeValues: values,
      Limit,
    }: {
      ExpressionAttributeValues: Item;
      Limit?: number;
    }) {
      const [partition] = Object.values(values);
      if (partition !== PENDING_BATCHES) {
        return { Items: index.get(String(partition)) ?? [] };
      }
      const keys = [...pending.keys()].sort().slice(0, Limit);
      return { Items: keys.map((key) => pending.get(key)) };
    },
    BatchWriteCommand({ RequestItems }: { RequestItems: Readonly<Record<string, readonly Write[]>> }) {
      for (const { PutRequest, DeleteRequest } of Object.values(RequestItems).flat()) {
        if (PutRequest !== undefined) {
          put(PutRequest.Item);
        } else if (DeleteRequest !== undefined) {
          pending.delete(String(DeleteRequest.Key[LOG.sortKey]));
        }
      }
      return {};
    },
    GetPublicKeyCommand: () => ({ PublicKey: publicKey.export({ format: 'der', type: 'spki' }) }),
    SignCommand: ({ Message }: { Message: Uint8Array }) => ({ Signature: sign(null, Message, privateKey) }),
  };
  const client = {
    send: async (command: { readonly input: unknown }) => {
      const answer = answers[command.constructor.name];
      if (answer === undefined) {
        throw new Error(
          `${command.constructor.name} is not answered here, expected ${Object.keys(answers).join(', ')}`,
        );
      }
      return answer(command.input as never);
    },
  };
  return {
    s3: client as never,
    // the SDK's paginator takes nothing else
    database: Object.assign(DynamoDBDocumentClient.from(new DynamoDBClient({})), client) as never,
    kms: client as never,
    ...{ keyId: 'key', bucket: 'bench', table: 'bench', objects },
  };
}

/** Of the checkpoint, the only object that is written over: content says enough. */
function versionOf(bytes: Buffer): string {
  return bytes.toString('base64', 0, 200);
}

function preconditionFailed(): S3ServiceException {
  return new S3ServiceException({
    name: 'PreconditionFailed',
    $fault: 'client',
    $metadata: { httpStatusCode: 412 },
  });
}
