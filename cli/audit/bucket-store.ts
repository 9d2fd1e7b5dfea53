import {
  GetObjectCommand,
  GetObjectRetentionCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsOutput,
  NoSuchKey,
  ObjectLockMode,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ListedObject, LogStore } from './store.ts';

/**
 * The audit bucket, read with the caller's own rights: `s3:ListBucketVersions`, `s3:GetObject` and `s3:GetObjectRetention`. That an object is
 * locked comes with the object, so it is known of everything that is read and costs no request.
 *
 * @throws what S3 answers to a request that it refuses
 */
export function bucketStore(client: S3Client, Bucket: string): LogStore {
  return {
    async *list(Prefix) {
      let open: MutableListing | undefined;
      // the versions of one object may be on two pages
      for await (const page of pagesOf(client, Bucket, Prefix)) {
        const ofPage = new Map<string, MutableListing>();
        const listing = (name: string): MutableListing => {
          const known = ofPage.get(name) ?? (open?.name === name ? open : emptyListing(name));
          ofPage.set(name, known);
          return known;
        };
        for (const { Key = '', LastModified, IsLatest } of page.Versions ?? []) {
          const found = listing(Key);
          found.versions.objects += 1;
          found.modifiedAtMilliseconds = IsLatest ? Number(LastModified) : found.modifiedAtMilliseconds;
        }
        for (const { Key = '' } of page.DeleteMarkers ?? []) {
          listing(Key).versions.deleteMarkers += 1;
        }
        const sorted = [...ofPage.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
        if (open !== undefined && sorted[0]?.name !== open.name) {
          yield open;
        }
        open = sorted.pop() ?? undefined;
        yield* sorted;
      }
      if (open !== undefined) {
        yield open;
      }
    },
    async get(Key) {
      try {
        const {
          Body,
          LastModified,
          ObjectLockMode: mode,
        } = await client.send(new GetObjectCommand({ Bucket, Key }));
        return {
          bytes: Buffer.from((await Body?.transformToByteArray()) ?? []),
          modifiedAtMilliseconds: Number(LastModified),
          isLocked: (mode ?? (await lockOf(client, Bucket, Key))) === ObjectLockMode.COMPLIANCE,
        };
      } catch (error) {
        if (error instanceof NoSuchKey) {
          return undefined;
        }
        throw error;
      }
    },
  };
}

async function* pagesOf(
  client: S3Client,
  Bucket: string,
  Prefix: string,
): AsyncGenerator<ListObjectVersionsOutput> {
  let after: Pick<ListObjectVersionsOutput, 'KeyMarker' | 'VersionIdMarker'> | undefined = {};
  while (after !== undefined) {
    const page: ListObjectVersionsOutput = await client.send(
      new ListObjectVersionsCommand({ Bucket, Prefix, ...after }),
    );
    yield page;
    after = page.IsTruncated
      ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
      : undefined;
  }
}

interface MutableListing extends ListedObject {
  modifiedAtMilliseconds: number;
  readonly versions: { objects: number; deleteMarkers: number };
}

function emptyListing(name: string): MutableListing {
  return { name, modifiedAtMilliseconds: 0, versions: { objects: 0, deleteMarkers: 0 } };
}

const NOT_LOCKED: readonly string[] = [
  'NoSuchObjectLockConfiguration',
  'ObjectLockConfigurationNotFoundError',
];

/** An object that comes without its lock has none, or the caller may not see it: only asking for it tells which. */
async function lockOf(client: S3Client, Bucket: string, Key: string): Promise<string | undefined> {
  try {
    const { Retention } = await client.send(new GetObjectRetentionCommand({ Bucket, Key }));
    return Retention?.Mode;
  } catch (error) {
    if (NOT_LOCKED.includes((error as Error).name)) {
      return undefined;
    }
    throw error;
  }
}
