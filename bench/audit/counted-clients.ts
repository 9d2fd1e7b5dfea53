import type { KMSClient } from '@aws-sdk/client-kms';
import type { S3Client } from '@aws-sdk/client-s3';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { LOG_KEYS } from '../../contracts/log.ts';
import { itemBytes } from '../measure/request-units.ts';

/** All that the log's functions work with. */
export interface LogClients {
  readonly s3: Pick<S3Client, 'send'>;
  readonly database: Pick<DynamoDBDocumentClient, 'send'>;
  readonly kms: Pick<KMSClient, 'send'>;
  readonly bucket: string;
  readonly table: string;
  readonly keyId: string;
}

/** What was asked of AWS. */
export interface Usage {
  /** Requests by kind: `put tile/`, `get batches/`, `Query`, `BatchWriteItem`, `Sign`. */
  readonly requests: Map<string, number>;
  writeUnits: number;
  readUnits: number;
}

export function noUsage(): Usage {
  return { requests: new Map(), writeUnits: 0, readUnits: 0 };
}

const WRITE_UNIT_BYTES = 1024;
const READ_UNIT_BYTES = 4096;

type Item = Record<string, unknown>;
interface Command {
  readonly input: {
    readonly Key?: unknown;
    readonly Item?: Item;
    readonly RequestItems?: Readonly<
      Record<string, readonly { readonly PutRequest?: { readonly Item: Item } }[]>
    >;
  };
}

/** The same clients, with everything that is asked of them counted, and units as DynamoDB bills them. */
export function countedClients<T extends LogClients>(clients: T, usage: Usage): T {
  const counted = <C extends { send: unknown }>(client: C): C =>
    new Proxy(client, {
      get: (target, member) =>
        member === 'send'
          ? async (command: Command) => {
              count(command, usage);
              const answer = await (target.send as (command: Command) => Promise<{ Items?: Item[] }>)(
                command,
              );
              if (command.constructor.name === 'QueryCommand') {
                const bytes = (answer.Items ?? []).reduce((sum, item) => sum + bytesOf(item), 0);
                usage.readUnits += Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES));
              }
              return answer;
            }
          : Reflect.get(target, member, target),
    });
  return {
    ...clients,
    s3: counted(clients.s3),
    database: counted(clients.database),
    kms: counted(clients.kms),
  };
}

function count(command: Command, usage: Usage): void {
  const name = command.constructor.name.replace(/Command$/, '');
  const { Key, Item, RequestItems = {} } = command.input;
  const kind = name.endsWith('Object') ? `${name.slice(0, 3).toLowerCase()} ${prefixOf(String(Key))}` : name;
  usage.requests.set(kind, (usage.requests.get(kind) ?? 0) + 1);
  const written = [
    Item ?? [],
    Object.values(RequestItems).flatMap((writes) => writes.map((write) => write.PutRequest?.Item)),
  ];
  for (const item of written.flat()) {
    // a removal of a pointer, which is far below a kilobyte, is one unit
    usage.writeUnits += item === undefined ? 1 : Math.ceil(bytesOf(item) / WRITE_UNIT_BYTES);
  }
}

function bytesOf(item: Item): number {
  return itemBytes(marshall(item, { removeUndefinedValues: true }) as never);
}

/** Folder of a key; bundles apart from tiles, which have the same. */
export function prefixOf(key: string): string {
  if (key.startsWith(BUNDLES)) {
    return BUNDLES;
  }
  return Object.values(LOG_KEYS).find((prefix) => prefix.endsWith('/') && key.startsWith(prefix)) ?? key;
}

const BUNDLES = `${LOG_KEYS.tiles}entries/`;
