import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { DEFAULT_TENANT, type RunView } from '../../contracts/api.ts';
import type { BudgetsView, ScopeView } from '../../contracts/budgets.ts';
import { scopeOfKey } from '../../contracts/tables.ts';
import type { IdentityDirectory, Person } from '../../domain/approval/directory.ts';
import { ledgerEvent } from '../../domain/audit/event.ts';
import { capsOf, microDollars } from '../../domain/budget/budget.ts';
import { dailyCaps, dayOf } from '../../domain/budget/daily-caps.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import { redactText } from '../../domain/redaction/redact.ts';
import { type Clock, timestamp } from '../../domain/time.ts';
import { countersOfDay, type DayCounter } from '../adapters/budget-days.ts';
import { ConditionsFailed, transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import { listPauses } from '../adapters/pauses.ts';
import { isOpened, type OpenRunRecord, readRun, runView, setCap as setRunCap } from '../adapters/runs.ts';
import { knownCaller } from './caller.ts';
import { ApiFailure, Note, parsed, parsedBody, Tenant } from './http.ts';

export interface BudgetDependencies {
  readonly client: DynamoDBDocumentClient;
  readonly bundle: Pick<PolicyBundle, 'budgets' | 'envelopes'>;
  readonly directory: IdentityDirectory;
  readonly clock: Clock;
}

const Day = z.iso.date('expected a day such as 2026-11-21');

/**
 * What the runs of a tenant have leased and spent on a day.
 *
 * @param day - `YYYY-MM-DD`; undefined for today in the time zone of the budgets
 * @throws ApiFailure 400 when the day is none
 */
export async function getBudgets(
  tenant: string,
  day: string | undefined,
  { client, bundle, clock }: Omit<BudgetDependencies, 'directory'>,
): Promise<BudgetsView> {
  const of = day === undefined ? dayOf(bundle.budgets, clock()) : parsed(z.object({ day: Day }), { day }).day;
  const [counters, paused] = await Promise.all([
    countersOfDay(client, tenant, of),
    listPauses(client, tenant),
  ]);
  const scopes = [...counters].map(([key, counter]) => scopeView(tenant, key, counter, bundle));
  const share = ({ capMicroDollars = Number.POSITIVE_INFINITY, committedMicroDollars }: ScopeView) =>
    committedMicroDollars / capMicroDollars;
  return {
    tenant,
    day: of,
    timeZone: bundle.budgets.time_zone,
    scopes: scopes.sort((left, right) => share(right) - share(left)),
    paused,
  };
}

function scopeView(
  tenant: string,
  key: string,
  { committedMicroDollars, spentMicroDollars }: DayCounter,
  { budgets, envelopes }: BudgetDependencies['bundle'],
): ScopeView {
  const { scope, id } = scopeOfKey(key);
  const spender = { tenant, user: { id }, agent: id, workflow: id };
  const envelope = scope === 'workflow' ? envelopes[id] : undefined;
  const cap = dailyCaps(budgets, envelope, spender, '').find((each) => each.scope === scope);
  return {
    ...{ scope, id, committedMicroDollars, spentMicroDollars },
    ...(cap === undefined ? {} : { capMicroDollars: cap.capMicroDollars }),
  };
}

const SetCapShape = z.strictObject({
  tenant: Tenant.default(DEFAULT_TENANT),
  capMicroDollars: z.int().min(0),
  note: Note,
});

const RECORDING_TRIES = 3;

/**
 * Sets the cap of an open run, for this run alone; it counts from its next hold on. The same cap again changes nothing.
 *
 * @throws ApiFailure 400 bad body or more than the envelope grants, 403 the caller may not, 404 unknown run, 409 the run is not open
 */
export async function setCap(
  runId: string,
  body: string,
  caller: string | undefined,
  { client, bundle, directory, clock }: BudgetDependencies,
): Promise<RunView> {
  const { tenant, capMicroDollars, note } = parsedBody(SetCapShape, body);
  const by = await knownCaller(directory, caller);
  for (let attempt = 1; ; attempt += 1) {
    const run = await readRun(client, { tenant, runId });
    if (run === undefined) {
      throw new ApiFailure(404, 'unknown_run', `tenant '${tenant}' has no run '${runId}'`);
    }
    if (run.status !== 'open' || !isOpened(run)) {
      throw new ApiFailure(
        409,
        'run_not_open',
        `the run is ${run.status}, only an open run has a cap to set`,
      );
    }
    const envelope = bundle.envelopes[run.workflow];
    refuseUnlessAllowed(run, envelope, by, capMicroDollars);
    const { microDollars: beforeMicroDollars } = capsOf(run, envelope);
    if (beforeMicroDollars === capMicroDollars) {
      return runView(run, envelope);
    }
    const changes = run.capChanges + 1;
    const change = { beforeMicroDollars, capMicroDollars, by: by.id, note: redactText(note).value };
    const event = { type: 'budget.cap_changed', ...change } as const;
    try {
      await transact(client, {
        run: setRunCap(run, capMicroDollars),
        event: appendEvent(ledgerEvent(run, `budget/cap-${changes}`, timestamp(clock), event)),
      });
      return runView({ ...run, capMicroDollars, capChanges: changes }, envelope);
    } catch (error) {
      if (!(error instanceof ConditionsFailed) || attempt === RECORDING_TRIES) {
        throw error;
      }
    }
  }
}

function refuseUnlessAllowed(
  run: OpenRunRecord,
  envelope: Envelope | undefined,
  person: Person,
  cap: number,
): void {
  const role = envelope?.reviewer_role ?? '(none)';
  if (!person.roles.includes(role)) {
    throw new ApiFailure(
      403,
      'missing_role',
      `${person.id} lacks the role '${role}', ask somebody who has it`,
    );
  }
  if (person.id === run.user.id) {
    const message = `${person.id} is the one the run acts for, ask somebody else`;
    throw new ApiFailure(403, 'own_request', message);
  }
  const most = microDollars(envelope?.budgets.hard_cost_cap_usd ?? 0);
  if (cap > most) {
    const message = `expected at most ${most}, which is what the envelope of '${run.workflow}' grants`;
    throw new ApiFailure(400, 'invalid_request', message, [{ field: 'capMicroDollars', message }]);
  }
}
