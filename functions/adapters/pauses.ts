import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { PauseView } from '../../contracts/budgets.ts';
import { ENV } from '../../contracts/environment.ts';
import {
  BUDGETS,
  OUTCOME_COUNTERS,
  outcomesKey,
  pauseKey,
  pausesOf,
  scopeOfKey,
  tenantDay,
} from '../../contracts/tables.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import type { OutcomeCounts } from '../../domain/envelope/stop-conditions.ts';
import { environment } from '../runtime/environment.ts';
import { purgeAtOf } from './budget-days.ts';
import { queryAll, type TransactItem } from './dynamodb.ts';

/** A workflow's runs of one day in one tenant. */
export interface WorkflowDay {
  readonly tenant: string;
  readonly workflow: string;
  /** `YYYY-MM-DD` in the time zone of the budgets. */
  readonly day: string;
}

/** In the transaction that closes the run. */
export function addOutcome(of: WorkflowDay, added: OutcomeCounts): TransactItem {
  return changeCounters(of, 'ADD', added);
}

const NOTHING: OutcomeCounts = { runs: 0, failed: 0, stopped: 0, costMicroDollars: 0 };

/** In the transaction that resumes the workflow, which would be paused again at once otherwise. */
export function beginAnew(of: WorkflowDay): TransactItem {
  return changeCounters(of, 'SET', NOTHING);
}

function changeCounters(of: WorkflowDay, verb: 'ADD' | 'SET', counts: OutcomeCounts): TransactItem {
  const counters = OUTCOME_COUNTERS.map((name) => `#${name} ${verb === 'SET' ? '=' : ''} :${name}`);
  const purge = '#purgeAt = if_not_exists(#purgeAt, :purgeAt)';
  return {
    Update: {
      TableName: environment(ENV.budgetsTable),
      Key: dayKey(of),
      UpdateExpression:
        verb === 'SET' ? `SET ${counters.join(', ')}, ${purge}` : `ADD ${counters.join(', ')} SET ${purge}`,
      ExpressionAttributeNames: {
        ...Object.fromEntries(OUTCOME_COUNTERS.map((name) => [`#${name}`, name])),
        '#purgeAt': BUDGETS.timeToLive,
      },
      ExpressionAttributeValues: {
        ...Object.fromEntries(OUTCOME_COUNTERS.map((name) => [`:${name}`, counts[name]])),
        ':purgeAt': purgeAtOf(of.day),
      },
    },
  };
}

export async function readOutcomes(client: DynamoDBDocumentClient, of: WorkflowDay): Promise<OutcomeCounts> {
  const { Item } = await client.send(
    new GetCommand({ TableName: environment(ENV.budgetsTable), Key: dayKey(of), ConsistentRead: true }),
  );
  return (Item as OutcomeCounts | undefined) ?? NOTHING;
}

/**
 * Parts of the transaction that pauses, once.
 * INVARIANT: counters that somebody has set to 0 since they were read pause nothing; otherwise they only grow.
 */
export function pauseWorkflow(
  of: WorkflowDay,
  { reason, at, runId }: PauseView,
  seen: OutcomeCounts,
): Record<'pause' | 'outcomes', TransactItem> {
  const TableName = environment(ENV.budgetsTable);
  return {
    pause: {
      Put: {
        TableName,
        Item: { ...keyOf(of), reason, at, runId },
        ConditionExpression: 'attribute_not_exists(#scope) OR attribute_exists(#resumedAt)',
        ExpressionAttributeNames: { '#scope': BUDGETS.sortKey, '#resumedAt': 'resumedAt' },
      },
    },
    outcomes: {
      ConditionCheck: {
        TableName,
        Key: dayKey(of),
        ConditionExpression: '#runs >= :seen',
        ExpressionAttributeNames: { '#runs': 'runs' },
        ExpressionAttributeValues: { ':seen': seen.runs },
      },
    },
  };
}

/**
 * Nobody may delete anything, so the item stays and says that it is over. Of two people who resume at once one does.
 *
 * @param resumedAt - ISO 8601 UTC
 */
export function endPause(tenant: string, pause: PauseView, resumedAt: string): TransactItem {
  return {
    Update: {
      TableName: environment(ENV.budgetsTable),
      Key: keyOf({ tenant, workflow: pause.workflow }),
      UpdateExpression: 'SET #resumedAt = :resumedAt',
      ConditionExpression: 'attribute_not_exists(#resumedAt) AND #at = :at AND #runId = :runId',
      ExpressionAttributeNames: { '#at': 'at', '#runId': 'runId', '#resumedAt': 'resumedAt' },
      ExpressionAttributeValues: { ':at': pause.at, ':runId': pause.runId, ':resumedAt': resumedAt },
    },
  };
}

/** The pause that is in force. */
export async function readPause(
  client: DynamoDBDocumentClient,
  of: Pick<WorkflowDay, 'tenant' | 'workflow'>,
): Promise<PauseView | undefined> {
  const { Item } = await client.send(
    new GetCommand({ TableName: environment(ENV.budgetsTable), Key: keyOf(of), ConsistentRead: true }),
  );
  return Item === undefined || !isInForce(Item) ? undefined : viewOf(Item);
}

/** The pause that holds new runs back. Workflows without stop conditions have none, and cost no read. */
export async function pauseInForce(
  client: DynamoDBDocumentClient,
  tenant: string,
  { workflow, stop_conditions: conditions = [] }: Pick<Envelope, 'workflow' | 'stop_conditions'>,
): Promise<PauseView | undefined> {
  return conditions.length === 0 ? undefined : readPause(client, { tenant, workflow });
}

export async function listPauses(client: DynamoDBDocumentClient, tenant: string): Promise<PauseView[]> {
  const items = await queryAll(client, {
    TableName: environment(ENV.budgetsTable),
    ConsistentRead: true,
    KeyConditionExpression: '#tenantDay = :pauses',
    ExpressionAttributeNames: { '#tenantDay': BUDGETS.partitionKey },
    ExpressionAttributeValues: { ':pauses': pausesOf(tenant) },
  });
  return items.filter(isInForce).map(viewOf);
}

/** INVARIANT: who resumes may write no reason, and so can pause nothing. */
function isInForce({ reason, resumedAt }: Record<string, unknown>): boolean {
  return reason !== undefined && resumedAt === undefined;
}

function viewOf(item: Record<string, unknown>): PauseView {
  const { id: workflow } = scopeOfKey(String(item[BUDGETS.sortKey]));
  const { reason, at, runId } = item as unknown as PauseView;
  return { workflow, reason, at, runId };
}

function dayKey({ tenant, workflow, day }: WorkflowDay): Record<string, string> {
  return { [BUDGETS.partitionKey]: tenantDay(tenant, day), [BUDGETS.sortKey]: outcomesKey(workflow) };
}

function keyOf({ tenant, workflow }: Pick<WorkflowDay, 'tenant' | 'workflow'>): Record<string, string> {
  return { [BUDGETS.partitionKey]: pausesOf(tenant), [BUDGETS.sortKey]: pauseKey(workflow) };
}
