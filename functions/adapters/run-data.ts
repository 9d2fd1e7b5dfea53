import {
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  type ObjectIdentifier,
  type S3Client,
} from '@aws-sdk/client-s3';
import { DeleteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { RunRef } from '../../contracts/call.ts';
import { ENV, type EnvironmentName } from '../../contracts/environment.ts';
import type { LedgerEvent } from '../../contracts/events.ts';
import {
  APPROVALS,
  approvalKey,
  EVENTS,
  PROVENANCE,
  promptSource,
  runKey,
  toolSource,
  WARRANTS,
} from '../../contracts/tables.ts';
import { namespaceOf } from '../../domain/tool/definition.ts';
import { environment } from '../runtime/environment.ts';
import { queryAll } from './dynamodb.ts';
import { type TranscribedRun, transcriptPrefix } from './transcripts.ts';

/** Everything that is kept of a run beside its own item, for whoever erases it or holds it. */

type Key = Readonly<Record<string, string>>;
type Item = Readonly<Record<string, unknown>>;

/** An item of one of the ledger's tables. */
export interface LedgerItem {
  readonly table: EnvironmentName;
  readonly key: Key;
  readonly item: Item;
}

async function itemsUnder(
  client: DynamoDBDocumentClient,
  table: EnvironmentName,
  { partitionKey, sortKey }: { readonly partitionKey: string; readonly sortKey: string },
  partition: string,
): Promise<LedgerItem[]> {
  const items = await queryAll(client, {
    TableName: environment(table),
    ConsistentRead: true,
    KeyConditionExpression: '#partition = :partition',
    ExpressionAttributeNames: { '#partition': partitionKey },
    ExpressionAttributeValues: { ':partition': partition },
  });
  return items.map((item) => ({
    ...{ table, item },
    key: { [partitionKey]: String(item[partitionKey]), [sortKey]: String(item[sortKey]) },
  }));
}

export function eventItems(client: DynamoDBDocumentClient, run: RunRef): Promise<LedgerItem[]> {
  return itemsUnder(client, ENV.eventsTable, EVENTS, runKey(run));
}

export function warrantItems(client: DynamoDBDocumentClient, run: RunRef): Promise<LedgerItem[]> {
  return itemsUnder(client, ENV.warrantsTable, WARRANTS, runKey(run));
}

/** Names that came into the run: from the person, and from each namespace whose tools its events speak of. */
export async function provenanceItems(
  client: DynamoDBDocumentClient,
  run: RunRef,
  events: readonly LedgerEvent[],
): Promise<LedgerItem[]> {
  const namespaces = new Set(
    events.flatMap((event) => (event.type === 'call.executed' ? [namespaceOf(event.tool)] : [])),
  );
  const sources = [promptSource(run), ...[...namespaces].map((namespace) => toolSource(run, namespace))];
  const found = await Promise.all(
    sources.map((source) => itemsUnder(client, ENV.provenanceTable, PROVENANCE, source)),
  );
  return found.flat();
}

/** Keys of the approvals that were asked for in the run. */
export function approvalKeys({ tenant }: RunRef, events: readonly LedgerEvent[]): Key[] {
  const ids = events.flatMap((event) =>
    (event.type === 'call.decided' || event.type === 'run.questioned') && event.approvalId !== undefined
      ? [event.approvalId]
      : [],
  );
  return [...new Set(ids)].map((id) => ({ [APPROVALS.partitionKey]: approvalKey(tenant, id) }));
}

export async function deleteItem(
  client: DynamoDBDocumentClient,
  table: EnvironmentName,
  Key: Key,
): Promise<void> {
  await client.send(new DeleteCommand({ TableName: environment(table), Key }));
}

/** An object of a run's transcripts, whichever version of it; or what says that it was deleted. */
export interface TranscriptVersion {
  readonly identifier: ObjectIdentifier;
  readonly isMarker: boolean;
}

export async function transcriptVersions(
  s3: S3Client,
  run: TranscribedRun,
): Promise<readonly TranscriptVersion[]> {
  const found: TranscriptVersion[] = [];
  let next: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
  for (;;) {
    const page = await s3.send(
      new ListObjectVersionsCommand({
        Bucket: environment(ENV.transcriptsBucket),
        Prefix: transcriptPrefix(run),
        ...next,
      }),
    );
    const named = ({ Key, VersionId }: { Key?: string; VersionId?: string }) => ({ Key, VersionId });
    found.push(
      ...(page.Versions ?? []).map((each) => ({ identifier: named(each), isMarker: false })),
      ...(page.DeleteMarkers ?? []).map((each) => ({ identifier: named(each), isMarker: true })),
    );
    if (page.IsTruncated !== true) {
      return found;
    }
    next = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  }
}

/** S3 takes a thousand at once. */
const DELETED_AT_ONCE = 1000;

/** @throws Error when S3 keeps one of them, as it does with what is under legal hold */
export async function deleteVersions(s3: S3Client, versions: readonly TranscriptVersion[]): Promise<void> {
  for (let from = 0; from < versions.length; from += DELETED_AT_ONCE) {
    const Objects = versions.slice(from, from + DELETED_AT_ONCE).map(({ identifier }) => identifier);
    const { Errors = [] } = await s3.send(
      new DeleteObjectsCommand({
        Bucket: environment(ENV.transcriptsBucket),
        Delete: { Objects, Quiet: true },
      }),
    );
    const [first] = Errors;
    if (first !== undefined) {
      throw new Error(
        `s3 keeps ${Errors.length} of ${Objects.length} versions, the first is ${first.Key}: ${first.Code}; release what is held and erase again`,
      );
    }
  }
}
