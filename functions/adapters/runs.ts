import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { RunView } from '../../contracts/api.ts';
import type { Reason, RunRef } from '../../contracts/call.ts';
import { ENV } from '../../contracts/environment.ts';
import type { ErasedCounts } from '../../contracts/retention.ts';
import type { RunMode, RunOutcome, RunStatus, User } from '../../contracts/run.ts';
import { type HOLD_WORK, personKey, RUNS, runKey, UNFINISHED_SHARDS } from '../../contracts/tables.ts';
import { type Budget, capsOf } from '../../domain/budget/budget.ts';
import type { Lease } from '../../domain/budget/lease.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import { environment } from '../runtime/environment.ts';
import type { TransactItem } from './dynamodb.ts';

const UNFINISHED = RUNS.unfinishedIndex;

/**
 * One item of the runs table. Every call updates it and pays by its size, twice as much above a kilobyte, so what a run was asked for is in the transcript,
 * where it also has people's data with it.
 */
export interface RunRecord extends RunRef, Partial<Budget>, Partial<Lease> {
  readonly workflow: string;
  readonly agent: string;
  readonly user: User;
  /** The principal that started it, such as `role/app/session`: it cannot countersign what the run proposes. */
  readonly startedBy?: string;
  /** Keyed digest of what was asked for; a client token used again must ask for the same. */
  readonly requestDigest: string;
  readonly status: RunStatus;
  readonly requestedAt: string;
  readonly mode?: RunMode;
  readonly openedAt?: string;
  readonly closedAt?: string;
  readonly outcome?: RunOutcome;
  readonly reason?: Reason;
  readonly waitingFor?: string;
  /** How long it has waited for people so far. */
  readonly waitedSeconds?: number;
  /** What was done once and for all because it goes wrong or runs low: steps of the envelope, and `loop/<turn>`. */
  readonly stepsTaken?: ReadonlySet<string>;
  /** Makes every digest of a value of the run that is kept for long; gone once its data were erased. */
  readonly digestKey?: string;
  /** Makes the hashes of names that came into the run; absent when no policy of its workflow asks where they came from. */
  readonly provenanceKey?: string;
  /** That models have taken, in and out. */
  readonly tokens?: number;
  /** JSON of the `OpenQuestion` for which money is held; absent when no model is being asked. */
  readonly asking?: string;
  /** ISO 8601 UTC; its data is kept since. */
  readonly heldSince?: string;
  /** Key of the list of unfinished runs, while it is on it. */
  readonly unfinishedShard?: string;
  /** How often it was held and released. */
  readonly holds?: number;
  /** What is to be done with its data, until all of it is. */
  readonly holdWork?: (typeof HOLD_WORK)[number];
  /** What there was of it when somebody began to erase it; it cannot be held any more then. */
  readonly erasing?: ErasedCounts;
  readonly erasedAt?: string;
  /** Days that each of its transcripts is kept; absent on runs from before envelopes said so by themselves. */
  readonly transcriptDays?: number;
}

/** A run that open-run has opened: it has a mode and a budget. Under which policies and envelope is in its event. */
export type OpenRunRecord = RunRecord &
  Required<Pick<RunRecord, keyof Budget | keyof Lease | 'mode' | 'openedAt'>>;

/** Whether a run has been opened; closed ones among them. */
export function isOpened(record: RunRecord): record is OpenRunRecord {
  return record.openedAt !== undefined;
}

export async function readRun(client: DynamoDBDocumentClient, run: RunRef): Promise<RunRecord | undefined> {
  const { Item } = await client.send(
    new GetCommand({ TableName: environment(ENV.runsTable), Key: keyOf(run), ConsistentRead: true }),
  );
  return Item as RunRecord | undefined;
}

/** @throws Error when there is no such run, or it has never been opened. */
export async function readOpenedRun(client: DynamoDBDocumentClient, run: RunRef): Promise<OpenRunRecord> {
  const record = await readRun(client, run);
  if (record === undefined || !isOpened(record)) {
    throw new Error(`run ${runKey(run)} ${record === undefined ? 'does not exist' : 'was never opened'}`);
  }
  return record;
}

const IS_NEW = 'attribute_not_exists(#run)';
const IS_REQUESTED = '#status = :requested';
export const IS_OPEN = '#status = :open';

export function requestRun(record: RunRecord): TransactItem {
  return {
    Put: {
      TableName: environment(ENV.runsTable),
      Item: {
        ...keyOf(record),
        ...record,
        [UNFINISHED.partitionKey]: shardOf(record.runId),
        [RUNS.personIndex.partitionKey]: personKey(record.tenant, record.user.id),
      },
      ConditionExpression: IS_NEW,
      ExpressionAttributeNames: { '#run': RUNS.partitionKey },
    },
  };
}

export function openRun(
  run: RunRef,
  opened: Budget & Lease & Required<Pick<RunRecord, 'mode' | 'openedAt'>>,
): TransactItem {
  const members = Object.entries(opened);
  return {
    Update: {
      TableName: environment(ENV.runsTable),
      Key: keyOf(run),
      UpdateExpression: `SET #status = :open, ${members.map(([name]) => `#${name} = :${name}`).join(', ')}`,
      ConditionExpression: IS_REQUESTED,
      ExpressionAttributeNames: {
        '#status': 'status',
        ...Object.fromEntries(members.map(([name]) => [`#${name}`, name])),
      },
      ExpressionAttributeValues: {
        ':open': 'open',
        ':requested': 'requested',
        ...Object.fromEntries(members.map(([name, value]) => [`:${name}`, value])),
      },
    },
  };
}

export function markWaiting(run: RunRef, approvalId: string): TransactItem {
  return {
    Update: {
      TableName: environment(ENV.runsTable),
      Key: keyOf(run),
      UpdateExpression: 'SET waitingFor = :approvalId REMOVE #unfinished',
      ConditionExpression: IS_OPEN,
      ExpressionAttributeNames: { '#status': 'status', '#unfinished': UNFINISHED.partitionKey },
      ExpressionAttributeValues: { ':open': 'open', ':approvalId': approvalId },
    },
  };
}

/** @param waitedSeconds - how long it slept, which counts as no time of its own */
export function clearWaiting(run: RunRef, waitedSeconds: number): TransactItem {
  return {
    Update: {
      TableName: environment(ENV.runsTable),
      Key: keyOf(run),
      UpdateExpression: 'SET #unfinished = :shard REMOVE waitingFor ADD waitedSeconds :waited',
      ConditionExpression: IS_OPEN,
      ExpressionAttributeNames: { '#status': 'status', '#unfinished': UNFINISHED.partitionKey },
      ExpressionAttributeValues: { ':open': 'open', ':shard': shardOf(run.runId), ':waited': waitedSeconds },
    },
  };
}

/** By a person, for this run alone. INVARIANT: of two people who set it at once one looks again. */
export function setCap(run: OpenRunRecord, capMicroDollars: number): TransactItem {
  return {
    Update: {
      TableName: environment(ENV.runsTable),
      Key: keyOf(run),
      UpdateExpression: 'SET capMicroDollars = :cap ADD capChanges :one',
      ConditionExpression: `${IS_OPEN} AND capChanges = :changes`,
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: {
        ':open': 'open',
        ':cap': capMicroDollars,
        ':one': 1,
        ':changes': run.capChanges,
      },
    },
  };
}

/** For decisions that hold nothing: the run must be there and open. */
export function runIsOpen(run: RunRef): TransactItem {
  return {
    ConditionCheck: {
      TableName: environment(ENV.runsTable),
      Key: keyOf(run),
      ConditionExpression: IS_OPEN,
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':open': 'open' },
    },
  };
}

/** The same for the same run, and spread evenly over runs. */
export function shardOf(runId: string): string {
  const sum = [...runId].reduce((total, character) => total + (character.codePointAt(0) ?? 0), 0);
  return String(sum % UNFINISHED_SHARDS);
}

/**
 * In the transaction that gives back what it has leased and not used. What is still held belongs to calls whose outcome nobody knows; it counts as spent, so that the account can only
 * be too high; and the run stays unfinished, for the reconciler to find the outcome. The condition makes closing
 * happen once, and against the very amounts that the event reports.
 */
export function closeRun(
  record: RunRecord,
  closed: { readonly closedAt: string; readonly outcome: RunOutcome; readonly reason?: Reason },
): TransactItem {
  const { heldMicroDollars: held = 0, spentMicroDollars: spent = 0 } = record;
  return {
    Update: {
      TableName: environment(ENV.runsTable),
      Key: keyOf(record),
      UpdateExpression: `SET #status = :closed, closedAt = :closedAt, outcome = :outcome, heldMicroDollars = :zero,
        spentMicroDollars = :spentAndHeld, usedMicroDollars = :spentAndHeld, leasedMicroDollars = :spentAndHeld,
        countedMicroDollars = :spentAndHeld${closed.reason === undefined ? '' : ', reason = :reason'}${
          held === 0 ? ' REMOVE waitingFor, #unfinished' : ', #unfinished = :shard REMOVE waitingFor'
        }`,
      ConditionExpression:
        record.openedAt === undefined
          ? IS_REQUESTED
          : `${IS_OPEN} AND heldMicroDollars = :held AND spentMicroDollars = :spent AND leasedMicroDollars = :leased
            AND leaseDay = :leaseDay AND leaseScopes = :leaseScopes`,
      ExpressionAttributeNames: {
        '#status': 'status',
        '#unfinished': UNFINISHED.partitionKey,
      },
      ExpressionAttributeValues: {
        ':closed': 'closed',
        ':closedAt': closed.closedAt,
        ':outcome': closed.outcome,
        ':zero': 0,
        ':spentAndHeld': spent + held,
        ...(held === 0 ? {} : { ':shard': shardOf(record.runId) }),
        ...(closed.reason === undefined ? {} : { ':reason': closed.reason }),
        ...(record.openedAt === undefined
          ? { ':requested': 'requested' }
          : {
              ...{ ':open': 'open', ':held': held, ':spent': spent, ':leased': record.leasedMicroDollars },
              ...{ ':leaseDay': record.leaseDay, ':leaseScopes': record.leaseScopes },
            }),
      },
    },
  };
}

/** @param envelope - that is deployed now; without one the run can do nothing more */
export function runView(record: RunRecord, envelope: Envelope | undefined): RunView {
  const { tenant, runId, workflow, agent, user, status, requestedAt } = record;
  const { mode, openedAt, closedAt, outcome, reason, waitingFor, heldSince, erasedAt } = record;
  const optional = { mode, openedAt, closedAt, outcome, reason, waitingFor, heldSince, erasedAt };
  return {
    runId,
    tenant,
    workflow,
    agent,
    user,
    status,
    requestedAt,
    ...(Object.fromEntries(
      Object.entries(optional).filter(([, value]) => value !== undefined),
    ) as Partial<RunView>),
    ...(isOpened(record) ? { budget: budgetView(record, envelope) } : {}),
  };
}

function budgetView(record: OpenRunRecord, envelope: Envelope | undefined): NonNullable<RunView['budget']> {
  const { heldMicroDollars, spentMicroDollars, callsAuthorized, tokens = 0 } = record;
  const caps = capsOf(record, envelope);
  return {
    capMicroDollars: caps.microDollars,
    heldMicroDollars,
    spentMicroDollars,
    callsLeft: Math.max(0, caps.calls - callsAuthorized),
    tokens,
  };
}

export function keyOf(run: RunRef): Record<string, string> {
  return { [RUNS.partitionKey]: runKey(run) };
}
