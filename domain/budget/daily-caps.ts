import { z } from 'zod';
import type { Envelope } from '../envelope/envelope.ts';
import { microDollars } from './budget.ts';

const Dollars = z.number().positive().max(1_000_000);

/** Whose money of a day is counted together. Always within one tenant. */
export const SCOPES = ['tenant', 'user', 'agent', 'workflow'] as const;
export type Scope = (typeof SCOPES)[number];

const Caps = z.strictObject({ tenant: Dollars, user: Dollars, agent: Dollars, workflow: Dollars }).partial();

/** `policies/budgets.yaml`: what may be spent in a day. */
export const BudgetsShape = z.strictObject({
  time_zone: z
    .string()
    .refine(isTimeZone, 'expected a time zone such as UTC or Europe/Berlin')
    .default('UTC')
    .describe('where a day begins at midnight'),
  daily_usd: Caps.default({}).describe(
    'of every tenant, user, agent and workflow; without one there is no cap',
  ),
  tenants: z.record(z.string(), Caps).default({}).describe('for these tenants, instead of daily_usd'),
  lease_usd: Dollars.default(1).describe(
    'what a run leases of the day at once, at most; its own cap if that is less',
  ),
  alert_at: z
    .array(z.number().gt(0).lte(1))
    .default([0.5, 0.8, 0.95])
    .describe('shares of a daily cap at which an alert goes out, once a day each'),
});

export type Budgets = z.output<typeof BudgetsShape>;

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** What one run's money counts against on one day. */
export interface DailyCap {
  readonly scope: Scope;
  /** Which one of that scope. */
  readonly id: string;
  /** `YYYY-MM-DD` in the time zone of the budgets. */
  readonly day: string;
  readonly capMicroDollars: number;
}

/** A run, as far as it says whose money it spends. */
export interface Spender {
  readonly tenant: string;
  readonly workflow: string;
  readonly agent: string;
  readonly user: { readonly id: string };
}

/**
 * Caps that a run's money counts against on a day; a scope without a cap is left out. A tenant's own caps come before those of
 * all; of two caps of a workflow the lower one counts.
 */
export function dailyCaps(
  { daily_usd, tenants }: Budgets,
  envelope: Pick<Envelope, 'budgets'> | undefined,
  spender: Spender,
  day: string,
): DailyCap[] {
  const caps = { ...daily_usd, ...(Object.hasOwn(tenants, spender.tenant) ? tenants[spender.tenant] : {}) };
  const ofWorkflow = Math.min(
    caps.workflow ?? Number.POSITIVE_INFINITY,
    envelope?.budgets.daily_cost_cap_usd ?? Number.POSITIVE_INFINITY,
  );
  const usd = { ...caps, workflow: Number.isFinite(ofWorkflow) ? ofWorkflow : undefined };
  return SCOPES.flatMap((scope) =>
    usd[scope] === undefined
      ? []
      : [{ scope, id: scopeId(spender, scope), day, capMicroDollars: microDollars(usd[scope]) }],
  );
}

/** Which one of a scope a run spends the money of. */
export function scopeId({ tenant, user, agent, workflow }: Spender, scope: Scope): string {
  return { tenant, user: user.id, agent, workflow }[scope];
}

/** Making one takes half as long as a decision of Cedar, and every call asks for the day. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** The day that an instant is on, `YYYY-MM-DD`. */
export function dayOf({ time_zone }: Pick<Budgets, 'time_zone'>, at: Date): string {
  const format = formats.get(time_zone) ?? dayFormat(time_zone);
  formats.set(time_zone, format);
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return `${parts.year}-${parts.month}-${parts.day}`;
}

function dayFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
}

/** That much of a daily cap is leased or spent. */
export interface DayAlert {
  readonly cap: DailyCap;
  /** The highest share of it that is reached, of those at which an alert goes out. */
  readonly share: number;
  readonly used: number;
}

/** Undefined when nothing is to be said, or it was said already. */
export function dayAlert(
  cap: DailyCap,
  counter: { readonly committedMicroDollars: number; readonly alertedAt?: number } | undefined,
  shares: readonly number[],
): DayAlert | undefined {
  const { committedMicroDollars: used = 0, alertedAt = 0 } = counter ?? {};
  const reached = shares.filter((share) => used >= share * cap.capMicroDollars && share > alertedAt);
  return reached.length === 0 ? undefined : { cap, share: Math.max(...reached), used };
}
