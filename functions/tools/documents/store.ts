import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { DOCUMENT_METADATA, documentObjectKey } from '../../../contracts/documents.ts';
import { type ToolContext, ToolRefusal } from '../../../domain/tool/handler.ts';
import { documentsBucket } from './bucket.ts';
import { GET_MICRO_DOLLARS, LIST_MICRO_DOLLARS, PUT_MICRO_DOLLARS } from './costs.ts';
import { MAXIMUM_CONTENT_LENGTH } from './documents.ts';

/** One version of a document. */
export interface Stored {
  readonly version: string;
  /** Of the content: what S3 compares before it writes. */
  readonly etag: string;
  readonly content: string;
  /** Absent when somebody wrote it by hand. */
  readonly runId?: string;
  /** Who answers for it; absent where nobody has said so. */
  readonly owner?: string;
  /** ISO 8601 UTC. */
  readonly writtenAt?: string;
}

/** One document as one call sees it: its credentials, its costs. */
export interface Store {
  readonly context: ToolContext;
  readonly client: S3Client;
  /** Sends once: what a second request is answered says nothing of what the first has done. */
  readonly writer: () => S3Client;
  readonly target: { readonly Bucket: string; readonly Key: string };
}

/** Its connections serve every call of a container; each call signs with its own credentials. */
const connections = new S3Client({});

export function openStore(context: ToolContext, name: string): Store {
  const { credentials, tenant } = context;
  const { requestHandler } = connections.config;
  return {
    context,
    client: new S3Client({ credentials, requestHandler }),
    writer: () => new S3Client({ credentials, requestHandler, maxAttempts: 1 }),
    target: { Bucket: documentsBucket(), Key: documentObjectKey(tenant, name) },
  };
}

/** Strongly consistent. @throws ToolRefusal for what is no text, or too long for a tool */
export async function readCurrent(store: Store): Promise<Stored | undefined> {
  try {
    return await read(store);
  } catch (error) {
    // to whom the bucket is closed S3 says neither that there is such an object nor that there is none
    if (isNamed(error, ['NoSuchKey']) || (isNamed(error, ['AccessDenied']) && (await isAbsent(store)))) {
      return undefined;
    }
    throw error;
  }
}

/** S3 says of a version that is not there, by what is wrong with it: unknown, malformed, or the mark of a deletion. */
const NO_SUCH_VERSION = ['InvalidArgument', 'MethodNotAllowed', 'NoSuchKey', 'NoSuchVersion'];

/** @returns undefined when the document has no such version */
export async function readVersion(store: Store, version: string): Promise<Stored | undefined> {
  try {
    return await read(store, version);
  } catch (error) {
    if (isNamed(error, NO_SUCH_VERSION)) {
      return undefined;
    }
    throw error;
  }
}

async function read({ client, context, target }: Store, version?: string): Promise<Stored> {
  context.recordCost(GET_MICRO_DOLLARS);
  const command = new GetObjectCommand({ ...target, VersionId: version });
  const answer = await client.send(command, { abortSignal: context.signal });
  const { VersionId, ETag, LastModified, Metadata = {} } = answer;
  const { [DOCUMENT_METADATA.runId]: runId, [DOCUMENT_METADATA.owner]: owner } = Metadata;
  const content = await textOf(answer);
  return {
    version: known(VersionId, 'version'),
    etag: known(ETag, 'etag'),
    content,
    ...(runId === undefined ? {} : { runId }),
    ...(owner === undefined ? {} : { owner }),
    ...(LastModified === undefined ? {} : { writtenAt: LastModified.toISOString() }),
  };
}

const MAXIMUM_BYTES_PER_CHARACTER = 4;

async function textOf({ Body, ContentLength = 0 }: GetObjectCommandOutput): Promise<string> {
  if (ContentLength > MAXIMUM_CONTENT_LENGTH * MAXIMUM_BYTES_PER_CHARACTER) {
    // the connection is closed with what was not read; nothing of it is kept
    (Body as { destroy?: () => void } | undefined)?.destroy?.();
    throw tooLong(`${ContentLength} bytes`);
  }
  const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
  let content: string;
  try {
    content = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ToolRefusal('the document is not utf-8 text, tools work on text only');
  }
  if (content.length > MAXIMUM_CONTENT_LENGTH) {
    throw tooLong(`${content.length} characters`);
  }
  return content;
}

function tooLong(length: string): ToolRefusal {
  return new ToolRefusal(`the document has ${length}, tools work on ${MAXIMUM_CONTENT_LENGTH} characters`);
}

/**
 * Writes a version, unless the current one is another than the one that it was made from.
 *
 * INVARIANT: S3 compares and writes in one step; whatever anybody does in between, no version goes unseen.
 *
 * @param over - the current version, undefined when there is none
 * @returns the new version
 */
export async function put(store: Store, content: string, over: Stored | undefined): Promise<string> {
  const { writer, context, target } = store;
  const { runId, callId, idempotencyKey } = context;
  context.recordCost(PUT_MICRO_DOLLARS);
  const command = new PutObjectCommand({
    ...target,
    ...(over === undefined ? { IfNoneMatch: '*' } : { IfMatch: over.etag }),
    Body: content,
    ContentType: contentTypeOf(target.Key),
    Metadata: {
      [DOCUMENT_METADATA.runId]: runId,
      [DOCUMENT_METADATA.callId]: callId,
      [DOCUMENT_METADATA.idempotencyKey]: idempotencyKey,
    },
  });
  const { VersionId } = await writer()
    .send(command, { abortSignal: context.signal })
    .catch(refusedIfNothingWasDone);
  return known(VersionId, 'version');
}

/** Hides the document behind a mark, which has a version but, as S3 has it, no metadata. @returns the mark's version */
export async function remove({ writer, context, target }: Store, over: Stored): Promise<string> {
  const { VersionId } = await writer()
    .send(new DeleteObjectCommand({ ...target, IfMatch: over.etag }), { abortSignal: context.signal })
    .catch(refusedIfNothingWasDone);
  return known(VersionId, 'version');
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  json: 'application/json',
  md: 'text/markdown; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
};

function contentTypeOf(key: string): string {
  return CONTENT_TYPES[key.slice(key.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
}

/** The condition did not hold, the object that it was about is gone, or somebody else was writing. */
const CONFLICTS = ['NoSuchKey', 'ConditionalRequestConflict', 'PreconditionFailed'];

function refusedIfNothingWasDone(error: unknown): never {
  if (isNamed(error, CONFLICTS)) {
    throw new ToolRefusal('the document was changed by somebody else just now, read it again');
  }
  throw error instanceof S3ServiceException && error.$fault === 'client'
    ? new ToolRefusal(`s3 refused: ${error.name}`)
    : error;
}

/** What S3 lists of a document. It keeps no order between the two lists: their times are whole seconds. */
export interface History {
  /** The newest first. */
  readonly versions: readonly string[];
  /** Marks that the document was removed, the newest first. */
  readonly removals: readonly string[];
  readonly isRemoved: boolean;
  /** Whether there are older entries than these. */
  readonly isTruncated: boolean;
}

/** Strongly consistent. */
export async function historyOf({ client, context, target }: Store): Promise<History> {
  context.recordCost(LIST_MICRO_DOLLARS);
  const command = new ListObjectVersionsCommand({ Bucket: target.Bucket, Prefix: target.Key });
  const { IsTruncated, ...answer } = await client.send(command, { abortSignal: context.signal });
  const isIt = ({ Key }: { readonly Key?: string }) => Key === target.Key;
  const versions = (answer.Versions ?? []).filter(isIt);
  const removals = (answer.DeleteMarkers ?? []).filter(isIt);
  const idOf = ({ VersionId }: { readonly VersionId?: string }) => known(VersionId, 'version');
  return {
    versions: versions.map(idOf),
    removals: removals.map(idOf),
    isRemoved: !versions.some(({ IsLatest }) => IsLatest),
    isTruncated: IsTruncated ?? false,
  };
}

async function isAbsent(store: Store): Promise<boolean> {
  return (await historyOf(store)).isRemoved;
}

/** Deletes these versions and marks for good. @throws Error when any of them stays */
export async function deleteVersions(
  { client, context, target }: Store,
  versions: readonly string[],
): Promise<void> {
  const { Bucket, Key } = target;
  const Objects = versions.map((VersionId) => ({ Key, VersionId }));
  const command = new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } });
  const { Errors = [] } = await client.send(command, { abortSignal: context.signal });
  if (Errors.length > 0) {
    throw new Error(`${Errors.length} of ${versions.length} versions stay: ${Errors[0]?.Code}`);
  }
}

/** Key of the call that wrote a version; undefined when somebody did by hand. */
export async function keyOfVersion(
  { client, context, target }: Store,
  version: string,
): Promise<string | undefined> {
  context.recordCost(GET_MICRO_DOLLARS);
  const command = new HeadObjectCommand({ ...target, VersionId: version });
  const { Metadata = {} } = await client.send(command, { abortSignal: context.signal });
  return Metadata[DOCUMENT_METADATA.idempotencyKey];
}

function isNamed(error: unknown, names: readonly string[]): boolean {
  return error instanceof S3ServiceException && names.includes(error.name);
}

function known(value: string | undefined, what: string): string {
  if (value === undefined) {
    throw new Error(`s3 answered no ${what}, expected a bucket with versioning on`);
  }
  return value;
}
