import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { RunRef } from '../../contracts/call.ts';
import { ENV } from '../../contracts/environment.ts';
import { PROVENANCE, promptSource, toolSource } from '../../contracts/tables.ts';
import type { ContextScores } from '../../domain/detector/detector.ts';
import type { NamesSeen } from '../../domain/provenance/origin.ts';
import { epochSeconds, secondsAfter } from '../../domain/time.ts';
import { namespaceOf } from '../../domain/tool/definition.ts';
import { environment } from '../runtime/environment.ts';
import { queryAll, type TransactItem } from './dynamodb.ts';

/** What came into a run at once: names, and how the text scored. */
export interface CameIn {
  readonly names: NamesSeen;
  /** Absent for what was not looked at. */
  readonly scores?: ContextScores | undefined;
}

/** The longest wait for people is a year; a run that outlived what it has seen would be decided on as if it had seen nothing. */
const KEPT_SECONDS = 400 * 86_400;

/** In the sort key's place for what the person said, which is no call. */
const PROMPT_ID = 'prompt';

/** In one transaction with the run: of a run that exists, what the person said is there. */
export function keepPrompt(run: RunRef, { names, scores }: CameIn, at: string): TransactItem {
  return put(promptSource(run), PROMPT_ID, { hashes: names.hashes, scores }, at);
}

/** In one transaction with the outcome: what has been answered is known to have been. */
export function keepOutput(
  run: RunRef & { readonly callId: string },
  { names: { tool = '', ...names }, scores }: CameIn,
  at: string,
): TransactItem {
  return put(toolSource(run, namespaceOf(tool)), run.callId, { tool, ...names, scores }, at);
}

function put(
  source: string,
  callId: string,
  item: Readonly<Record<string, unknown>>,
  at: string,
): TransactItem {
  return {
    Put: {
      TableName: environment(ENV.provenanceTable),
      Item: {
        [PROVENANCE.partitionKey]: source,
        [PROVENANCE.sortKey]: callId,
        ...item,
        [PROVENANCE.timeToLive]: epochSeconds(secondsAfter(at, KEPT_SECONDS)),
      },
    },
  };
}

/**
 * Everything that came into a run so far, strongly consistent.
 *
 * INVARIANT: what a tool answered is told by the key that only its namespace's executor may put, whatever the item says.
 *
 * @param namespaces - of the tools that the run may use
 */
export async function readCameIn(
  client: DynamoDBDocumentClient,
  run: RunRef,
  namespaces: readonly string[],
): Promise<readonly CameIn[]> {
  const ofTools = namespaces.map(async (namespace) => {
    const items = await read(client, toolSource(run, namespace));
    return items.filter(({ names: { tool = '' } }) => namespaceOf(tool) === namespace);
  });
  const ofPrompt = read(client, promptSource(run)).then((items) =>
    items.map(({ names: { hashes }, ...rest }) => ({ ...rest, names: { hashes } })),
  );
  return (await Promise.all([ofPrompt, ...ofTools])).flat();
}

async function read(client: DynamoDBDocumentClient, source: string): Promise<CameIn[]> {
  const items = await queryAll(client, {
    TableName: environment(ENV.provenanceTable),
    KeyConditionExpression: '#source = :source',
    ExpressionAttributeNames: { '#source': PROVENANCE.partitionKey },
    ExpressionAttributeValues: { ':source': source },
    ConsistentRead: true,
  });
  return items.map(({ tool, isMessage, hashes, scores }) => ({
    names: {
      ...(tool === undefined ? {} : { tool: String(tool) }),
      ...(isMessage === true ? { isMessage } : {}),
      hashes: hashes as Uint8Array,
    },
    ...(scores === undefined ? {} : { scores: scores as ContextScores }),
  }));
}
