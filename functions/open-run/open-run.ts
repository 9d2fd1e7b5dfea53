import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { RunRef } from '../../contracts/call.ts';
import type { RunMode } from '../../contracts/run.ts';
import { ledgerEvent } from '../../domain/audit/event.ts';
import { microDollars, openBudget } from '../../domain/budget/budget.ts';
import { type DailyCap, type DayAlert, dailyCaps, dayAlert, dayOf } from '../../domain/budget/daily-caps.ts';
import { type Leasing, newLease } from '../../domain/budget/lease.ts';
import { digestOf } from '../../domain/call/canonical.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import { type Clock, timestamp } from '../../domain/time.ts';
import { changeDays, dayCounters, markAlerted, scopesWithoutRoom } from '../adapters/budget-days.ts';
import { ConditionsFailed, transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import { pauseInForce } from '../adapters/pauses.ts';
import { openRun as openRunRecord, type RunRecord, readRun } from '../adapters/runs.ts';
import type { PolicyChangeRecorder } from './policy-change.ts';

interface Dependencies {
  readonly client: DynamoDBDocumentClient;
  readonly bundle: PolicyBundle;
  readonly clock: Clock;
  readonly recordPolicyChange: PolicyChangeRecorder;
}

/** Others lease at the same time, so what was left may be gone. */
const OPENING_TRIES = 5;

/**
 * Opens a requested run: pins its envelope and policy bundle, sets its mode, and leases its first slice of the day's caps. A day that
 * has less room gives what it has; a run that gets nothing is open, and its first hold is refused with the reason.
 * A run that was requested before its workflow was paused is opened as stopped. Repeating it changes nothing.
 *
 * @throws Error when the run does not exist, is closed, or its workflow has no envelope
 */
export async function openRun(
  run: RunRef,
  dependencies: Dependencies,
): Promise<{ readonly run: RunRecord; readonly alerts: readonly DayAlert[] }> {
  const { client, bundle, clock, recordPolicyChange } = dependencies;
  const record = await readRun(client, run);
  if (record === undefined) {
    throw new Error(`run ${run.runId} does not exist, start runs through the API`);
  }
  const { workflow } = record;
  const envelope = bundle.envelopes[workflow];
  if (envelope === undefined) {
    throw new Error(
      `workflow '${workflow}' has no envelope, add policies/envelopes/${workflow}.yaml and deploy`,
    );
  }
  const [pause] = await Promise.all([
    pauseInForce(client, run.tenant, envelope),
    recordPolicyChange(record, dependencies),
  ]);
  const mode = pause === undefined ? envelope.mode : 'stopped';
  const day = dayOf(bundle.budgets, clock());
  const caps = dailyCaps(bundle.budgets, envelope, record, day);
  const cap = microDollars(envelope.budgets.hard_cost_cap_usd);
  let amount = Math.min(cap, microDollars(bundle.budgets.lease_usd));
  for (let attempt = 1; ; attempt += 1) {
    try {
      await open(record, { envelope, mode }, newLease(amount, caps, day), dependencies);
      return { run: record, alerts: await alert(record, caps, dependencies) };
    } catch (error) {
      const failed = error instanceof ConditionsFailed ? error.parts : undefined;
      if (failed === undefined || attempt === OPENING_TRIES) {
        throw error;
      }
      if (scopesWithoutRoom(failed).length === 0) {
        const opened = await openedAlready(client, record, error);
        return { run: opened, alerts: await alert(record, caps, dependencies) };
      }
      amount = attempt === OPENING_TRIES - 1 ? 0 : Math.min(amount, await roomLeft(client, record, caps));
    }
  }
}

async function open(
  record: RunRecord,
  { envelope, mode }: { readonly envelope: Envelope; readonly mode: RunMode },
  lease: Leasing,
  { client, bundle, clock }: Dependencies,
): Promise<void> {
  const openedAt = timestamp(clock);
  const capMicroDollars = microDollars(envelope.budgets.hard_cost_cap_usd);
  const { owner } = envelope;
  const pinned = { policyDigest: bundle.digest, envelopeDigest: digestOf(envelope) };
  const body = { type: 'run.opened', owner, mode, capMicroDollars, ...pinned } as const;
  await transact(client, {
    run: openRunRecord(record, { ...openBudget(capMicroDollars), ...lease.run, mode, openedAt }),
    event: appendEvent(ledgerEvent(record, 'run/opened', openedAt, body)),
    ...changeDays(record.tenant, lease.scopes),
  });
}

/** Says that little of a day is left: once for each share of each cap, whichever run sees it first. */
async function alert(
  run: RunRecord,
  caps: readonly DailyCap[],
  { client, bundle, clock }: Dependencies,
): Promise<readonly DayAlert[]> {
  const counters = await dayCounters(client, run.tenant, caps);
  const due = caps.flatMap((cap, index) => dayAlert(cap, counters[index], bundle.budgets.alert_at) ?? []);
  const sent = await Promise.all(due.map((each) => alertOnce(run, each, { client, at: timestamp(clock) })));
  return due.filter((_, index) => sent[index]);
}

async function alertOnce(
  run: RunRecord,
  { cap, share, used }: DayAlert,
  { client, at }: { readonly client: DynamoDBDocumentClient; readonly at: string },
): Promise<boolean> {
  const { scope, id, day, capMicroDollars: of } = cap;
  const body = {
    type: 'budget.step',
    step: 'alert',
    share,
    cap: `${scope} ${id} on ${day}`,
    used,
    of,
  } as const;
  try {
    await transact(client, {
      day: markAlerted(run.tenant, cap, share),
      event: appendEvent(ledgerEvent(run, `budget/day-${scope}-${share}`, at, body)),
    });
    return true;
  } catch (error) {
    if (error instanceof ConditionsFailed) {
      return false;
    }
    throw error;
  }
}

async function roomLeft(
  client: DynamoDBDocumentClient,
  { tenant }: RunRecord,
  caps: readonly DailyCap[],
): Promise<number> {
  const counters = await dayCounters(client, tenant, caps);
  const rooms = caps.map(
    ({ capMicroDollars }, index) => capMicroDollars - (counters[index]?.committedMicroDollars ?? 0),
  );
  return Math.max(0, Math.min(...rooms));
}

async function openedAlready(
  client: DynamoDBDocumentClient,
  run: RunRecord,
  error: unknown,
): Promise<RunRecord> {
  const current = await readRun(client, run);
  if (current?.status !== 'open') {
    throw error;
  }
  return current;
}
