import { createHash } from 'node:crypto';
import { z } from 'zod';
import { microDollars } from '../../domain/budget/budget.ts';
import { type Budgets, BudgetsShape } from '../../domain/budget/daily-caps.ts';
import { ENVELOPE_DEFAULTS, type Envelope } from '../../domain/envelope/envelope.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import type { ToolDefinition } from '../../domain/tool/definition.ts';

export const TENANT = 'acme';
const USERS = 5;
const WORKFLOWS = ['desk', 'shop'];

/** What one call holds at most, micro-dollars; it costs between a fifth of that and all of it. */
const HOLDS = [100, 250, 400];
const CHEAPEST_SHARE = 0.2;

/** Above what the calls of a run can hold, so that only the day is in their way. */
const RUN_CAP_USD = 0.01;

export const CALLS_PER_RUN = 20;

/** A run that makes its calls, two at a time, in the order of their numbers. */
export interface PlannedRun {
  readonly runId: string;
  readonly workflow: string;
  readonly userId: string;
  readonly calls: number;
}

/** @param first - number of the first */
export function plannedRuns(count: number, first = 0): readonly PlannedRun[] {
  return Array.from({ length: count }, (_, index) => {
    const number = first + index;
    return {
      runId: `run-${String(number).padStart(4, '0')}`,
      workflow: WORKFLOWS[number % WORKFLOWS.length] ?? '',
      userId: `user-${number % USERS}`,
      calls: CALLS_PER_RUN,
    };
  });
}

/** About half of what 1,100 calls cost, so that each of the three is in the way of somebody. */
const DAILY_USD = { tenant: 0.08, user: 0.02, workflow: 0.045 };

/** A few calls' worth, so that leases grow while calls run. */
export const CHUNK_USD = 0.0015;

export function budgetsOf(caps: Partial<typeof DAILY_USD> = {}, lease_usd = CHUNK_USD): Budgets {
  return BudgetsShape.parse({ daily_usd: { ...DAILY_USD, ...caps }, lease_usd });
}

/** Below what is committed when it comes into force. */
export const LOWERED_TENANT_USD = 0.02;

/** As the functions have it, as far as money is concerned. */
export function bundleOf(budgets: Budgets): PolicyBundle {
  return {
    ...{
      digest: 'bench',
      schema: '',
      policies: [],
      history: {},
      countersigning: { schema: '', policies: [] },
      toolsDigest: 'bench',
      destinations: {},
    },
    directory: { approver_roles: [], people: {} } as unknown as PolicyBundle['directory'],
    prices: {} as PolicyBundle['prices'],
    envelopes: Object.fromEntries(WORKFLOWS.map((workflow) => [workflow, envelopeOf(workflow)])),
    budgets,
  };
}

function envelopeOf(workflow: string): Envelope {
  return {
    ...{ version: '1', workflow, agent: workflow, mode: 'autonomous' },
    ...{ owner: 'bench', steward: 'bench', reviewer_role: 'bench' },
    models: ENVELOPE_DEFAULTS.models,
    budgets: { hard_cost_cap_usd: RUN_CAP_USD, max_tool_calls: CALLS_PER_RUN, max_turns: CALLS_PER_RUN },
    loops: ENVELOPE_DEFAULTS.loops,
    permissions: {
      allowed_tools: [],
      approval_roles: [],
      approval_heartbeat_minutes: 1,
      approval_timeout_hours: 1,
    },
    logging: { store_transcripts_days: 1 },
  };
}

/** What one call holds and costs: the same whoever makes it, and however often. */
export interface PlannedCall {
  readonly callId: string;
  readonly definition: ToolDefinition;
  readonly costMicroDollars: number;
}

export function plannedCall({ runId }: PlannedRun, index: number, seed: string): PlannedCall {
  const callId = `${String(index + 1).padStart(4, '0')}-00`;
  const [first = 0, second = 0] = createHash('sha256').update(`${seed}/${runId}/${callId}`).digest();
  const hold = HOLDS[first % HOLDS.length] ?? 0;
  const share = CHEAPEST_SHARE + (1 - CHEAPEST_SHARE) * (second / 255);
  return { callId, definition: toolThatHolds(hold), costMicroDollars: Math.round(share * hold) };
}

function toolThatHolds(maximumCostMicroDollars: number): ToolDefinition {
  return {
    ...{ name: `bench.spend_${maximumCostMicroDollars}`, description: 'costs money', resource: 'Purse' },
    ...{ input: z.strictObject({}), output: z.string(), effect: 'read', tier: 0, access: [] },
    ...{ maximumCostMicroDollars, timeoutSeconds: 10, loggedArguments: [] },
  };
}

export function usd(amount: number): number {
  return amount / microDollars(1);
}
