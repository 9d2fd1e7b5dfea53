import { BatchGetCommand, type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { ENV } from '../../contracts/environment.ts';
import { CACHE } from '../../contracts/tables.ts';
import { modelKey } from '../../domain/cache/keys.ts';
import { isWithin, NEVER_WRITTEN, UNWRITTEN, type WrittenResource } from '../../domain/cache/written.ts';
import { type Clock, epochSeconds, timestamp } from '../../domain/time.ts';
import { environment } from '../runtime/environment.ts';
import { telemetry } from '../runtime/step.ts';

/** Larger ones are asked for again: reading one would cost more than most tools do. An item may have 400 kB. */
export const MAXIMUM_ANSWER_BYTES = 100_000;

/** Text, because DynamoDB would give numbers and empty lists back otherwise than JSON has them. */
const JsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue('is not JSON');
    return z.NEVER;
  }
});

const Kept = z.object({ answer: JsonText, askedAt: z.string(), version: z.string().default(NEVER_WRITTEN) });

/** An answer that may be given again. */
export type KeptAnswer = z.output<typeof Kept>;

const Written = z.object({
  version: z.string().default(NEVER_WRITTEN),
  writing: z
    .set(z.string())
    .default(new Set())
    .transform((names) => [...names]),
  unsureUntil: z.string().optional(),
});

/**
 * What was kept under a key, and what is known of the writes to the resource that it is about, both strongly consistent. They
 * are two reads, in either order: a version that is the same was the same all the time in between.
 *
 * @throws when not both can be read
 */
export async function readCache(
  client: DynamoDBDocumentClient,
  answerKey: string,
  resourceKey: string,
): Promise<{ readonly kept: KeptAnswer | undefined; readonly resource: WrittenResource }> {
  const TableName = environment(ENV.cacheTable);
  const Keys = [itemKey(answerKey), itemKey(resourceKey)];
  const { Responses = {}, UnprocessedKeys = {} } = await client.send(
    new BatchGetCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }),
  );
  // INVARIANT: what DynamoDB left out for once is not taken for a resource that nobody has written to
  if (Object.keys(UnprocessedKeys).length > 0) {
    throw new Error('the cache answered a part of what it was asked');
  }
  const items = Responses[TableName] ?? [];
  const find = (key: string) => items.find((item) => item[CACHE.partitionKey] === key);
  const resource = find(resourceKey);
  return {
    kept: keptOf(find(answerKey)),
    resource: resource === undefined ? UNWRITTEN : Written.parse(resource),
  };
}

/** What is no such item was not kept. */
function keptOf(item: Readonly<Record<string, unknown>> | undefined): KeptAnswer | undefined {
  return item === undefined ? undefined : Kept.safeParse(item).data;
}

/**
 * Keeps an answer, in place of an earlier one.
 *
 * @param kept - `askedAt` and `version` of before it was asked for
 * @returns false when it is too large to be kept
 */
export async function keepAnswer(
  client: DynamoDBDocumentClient,
  key: string,
  { answer, askedAt, version }: KeptAnswer,
  seconds: number,
): Promise<boolean> {
  const text = JSON.stringify(answer);
  if (text === undefined || Buffer.byteLength(text) > MAXIMUM_ANSWER_BYTES) {
    return false;
  }
  await client.send(
    new PutCommand({
      TableName: environment(ENV.cacheTable),
      Item: {
        ...itemKey(key),
        ...{ answer: text, askedAt, version },
        [CACHE.timeToLive]: epochSeconds(askedAt) + seconds,
      },
    }),
  );
  return true;
}

/** What a model is asked, and for how long an answer to it may be given again. */
export interface ModelRequest {
  readonly tenant: string;
  readonly seconds: number;
  /** All that the answer may depend on, as JSON: model, system prompt, messages, tools, parameters. */
  readonly request: unknown;
  readonly clock: Clock;
}

/**
 * What the model answered to exactly this request before, or answers now. A cache that is out is passed over, with a warning.
 *
 * @param ask - asks the model. Its answer is JSON, and is kept as soon as it is there; so what it has cost has to be on record
 *   when `ask` returns, or a crash in between would have somebody use an answer that nobody was charged for
 * @param isFit - whether an answer may be given again
 * @throws whatever `ask` throws; nothing is kept then
 */
export async function cachedAnswer<T>(
  client: DynamoDBDocumentClient,
  { tenant, seconds, request, clock }: ModelRequest,
  ask: () => Promise<T>,
  isFit: (answer: T) => boolean,
): Promise<{ readonly answer: T; readonly cached: boolean }> {
  const key = modelKey(tenant, request);
  const askedAt = timestamp(clock);
  const kept = await orPassedOver(async () => {
    const TableName = environment(ENV.cacheTable);
    const { Item } = await client.send(new GetCommand({ TableName, Key: itemKey(key) }));
    return keptOf(Item);
  });
  if (kept !== undefined && isWithin(kept.askedAt, { now: askedAt, seconds })) {
    return { answer: kept.answer as T, cached: true };
  }
  const answer = await ask();
  if (isFit(answer)) {
    await orPassedOver(() => keepAnswer(client, key, { answer, askedAt, version: NEVER_WRITTEN }, seconds));
  }
  return { answer, cached: false };
}

/** A cache is no reason for anything to fail. */
export async function orPassedOver<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    telemetry.warn('the cache was passed over', { error });
    return undefined;
  }
}

export function itemKey(key: string): Record<string, string> {
  return { [CACHE.partitionKey]: key };
}
