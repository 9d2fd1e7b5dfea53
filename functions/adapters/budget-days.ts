import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../contracts/environment.ts';
import { BUDGETS, isOutcomesKey, scopeKey, tenantDay } from '../../contracts/tables.ts';
import type { DailyCap } from '../../domain/budget/daily-caps.ts';
import type { ScopeChange } from '../../domain/budget/lease.ts';
import { epochSeconds, secondsAfter } from '../../domain/time.ts';
import { environment } from '../runtime/environment.ts';
import { queryAll, type TransactItem } from './dynamodb.ts';

/** What the runs of one scope have leased on one day. Micro-dollars. */
export interface DayCounter {
  /** Leased by runs that are open, or spent. */
  readonly committedMicroDollars: number;
  /** Of runs that are closed. */
  readonly spentMicroDollars: number;
  /** The highest share of the cap of which an alert went out. */
  readonly alertedAt?: number;
}

const KEPT_DAYS = 400;
const SECONDS_PER_DAY = 86_400;

/** INVARIANT: committed never exceeds the cap, whenever it grows, and whatever the cap was before. */
const FITS = 'committedMicroDollars <= :room';
const IS_NEW_OR_FITS = `attribute_not_exists(committedMicroDollars) OR ${FITS}`;

/** Parts of a transaction, by scope and day. */
export function changeDays(tenant: string, changes: readonly ScopeChange[]): Record<string, TransactItem> {
  return Object.fromEntries(
    changes
      .filter(({ committedDelta, spentDelta }) => committedDelta !== 0 || spentDelta !== 0)
      .map((change) => [partName(change), changeDay(tenant, change)]),
  );
}

const PART = 'day:';

function partName({ scope, day }: Pick<ScopeChange, 'scope' | 'day'>): string {
  return `${PART}${scope}:${day}`;
}

/** Of parts of a transaction that failed: the scopes that had no room. */
export function scopesWithoutRoom(parts: readonly string[]): string[] {
  return parts.filter((part) => part.startsWith(PART)).map((part) => part.split(':')[1] ?? '');
}

function changeDay(tenant: string, change: ScopeChange): TransactItem {
  const { committedDelta, spentDelta, capMicroDollars, day } = change;
  const isTaking = committedDelta > 0 && capMicroDollars !== undefined;
  const room = (capMicroDollars ?? 0) - committedDelta;
  return {
    Update: {
      TableName: environment(ENV.budgetsTable),
      Key: keyOf(tenant, change),
      UpdateExpression:
        'ADD committedMicroDollars :committed, spentMicroDollars :spent SET #purgeAt = if_not_exists(#purgeAt, :purgeAt)',
      ...(isTaking ? { ConditionExpression: room < 0 ? FITS : IS_NEW_OR_FITS } : {}),
      ExpressionAttributeNames: { '#purgeAt': BUDGETS.timeToLive },
      ExpressionAttributeValues: {
        ':committed': committedDelta,
        ':spent': spentDelta,
        ':purgeAt': purgeAtOf(day),
        ...(isTaking ? { ':room': room } : {}),
      },
    },
  };
}

/** When what was counted on a day goes. Epoch seconds. */
export function purgeAtOf(day: string): number {
  return epochSeconds(secondsAfter(`${day}T00:00:00.000Z`, KEPT_DAYS * SECONDS_PER_DAY));
}

/** Once for each share, whoever sees it first. */
export function markAlerted(
  tenant: string,
  cap: Pick<DailyCap, 'scope' | 'id' | 'day'>,
  share: number,
): TransactItem {
  return {
    Update: {
      TableName: environment(ENV.budgetsTable),
      Key: keyOf(tenant, cap),
      UpdateExpression: 'SET alertedAt = :share',
      ConditionExpression: 'attribute_not_exists(alertedAt) OR alertedAt < :share',
      ExpressionAttributeValues: { ':share': share },
    },
  };
}

/** Counters of some caps, in their order. Eventually consistent. */
export async function dayCounters(
  client: DynamoDBDocumentClient,
  tenant: string,
  caps: readonly DailyCap[],
): Promise<DayCounter[]> {
  const table = environment(ENV.budgetsTable);
  const Keys = caps.map((cap) => keyOf(tenant, cap));
  if (Keys.length === 0) {
    return [];
  }
  const { Responses } = await client.send(new BatchGetCommand({ RequestItems: { [table]: { Keys } } }));
  const items = (Responses?.[table] ?? []) as (DayCounter & Record<string, unknown>)[];
  return Keys.map(
    (key) => items.find((item) => item[BUDGETS.sortKey] === key[BUDGETS.sortKey]) ?? NOTHING_COMMITTED,
  );
}

const NOTHING_COMMITTED: DayCounter = { committedMicroDollars: 0, spentMicroDollars: 0 };

/** Counters of a tenant's day, by the key of their scope. */
export async function countersOfDay(
  client: DynamoDBDocumentClient,
  tenant: string,
  day: string,
): Promise<ReadonlyMap<string, DayCounter>> {
  const items = await queryAll(client, {
    TableName: environment(ENV.budgetsTable),
    ConsistentRead: true,
    KeyConditionExpression: '#tenantDay = :tenantDay',
    ExpressionAttributeNames: { '#tenantDay': BUDGETS.partitionKey },
    ExpressionAttributeValues: { ':tenantDay': tenantDay(tenant, day) },
  });
  const counters = items.map(
    (item) => [String(item[BUDGETS.sortKey]), item as unknown as DayCounter] as const,
  );
  return new Map(counters.filter(([key]) => !isOutcomesKey(key)));
}

function keyOf(
  tenant: string,
  { scope, id, day }: Pick<DailyCap, 'scope' | 'id' | 'day'>,
): Record<string, string> {
  return { [BUDGETS.partitionKey]: tenantDay(tenant, day), [BUDGETS.sortKey]: scopeKey(scope, id) };
}
