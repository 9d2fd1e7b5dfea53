import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Budget, capsOf, microDollars, openBudget, settle } from '../../../domain/budget/budget.ts';
import { type Budgets, BudgetsShape, dailyCaps, scopeId } from '../../../domain/budget/daily-caps.ts';
import {
  givenBack,
  hasRoom,
  type Lease,
  type Leasing,
  moreLease,
  newLease,
} from '../../../domain/budget/lease.ts';
import { chooser } from '../../support/fuzz.ts';
import { seeded } from '../../support/random.ts';

interface Run extends Budget, Lease {
  readonly tenant: string;
  readonly workflow: string;
  readonly agent: string;
  readonly user: { readonly id: string };
  readonly isOpen: boolean;
  /** Holds that nobody has settled. */
  readonly holds: readonly { readonly amount: number; readonly keys: readonly string[] }[];
}

interface Counter {
  readonly committed: number;
  readonly spent: number;
}

const DAYS = ['2026-11-21', '2026-11-22', '2026-11-23'];
const ENVELOPE = { budgets: { hard_cost_cap_usd: 0.002, max_tool_calls: 100, max_turns: 100 } };

/** Caps are small enough to be in the way most of the time; the third set caps other scopes than the first. */
const CAPS: readonly Budgets[] = [
  { daily_usd: { tenant: 0.004, user: 0.002 }, lease_usd: 0.0005 },
  { daily_usd: { tenant: 0.002, user: 0.001 }, lease_usd: 0.01 },
  { daily_usd: { tenant: 0.003, agent: 0.002, workflow: 0.0025 }, lease_usd: 0.0002 },
  { daily_usd: {}, lease_usd: 0.001 },
].map((each) => BudgetsShape.parse(each));

/** What the adapters do with the domain's answers, each step of it one transaction: all of it, or nothing. */
function world(random: () => number) {
  const { one } = chooser(random);
  const runs: Run[] = [];
  const counters = new Map<string, Counter>();
  /** What was really held and spent on each day, counted where it was held. */
  const used = new Map<string, number>();
  let [day, budgets, cap] = [DAYS[0] ?? '', CAPS[0] as Budgets, ENVELOPE.budgets.hard_cost_cap_usd];
  const envelope = () => ({ budgets: { ...ENVELOPE.budgets, hard_cost_cap_usd: cap } });
  const caps = (run: Run) => dailyCaps(budgets, undefined, run, day);
  const key = (scope: string, id: string, of: string) => `${of}/${scope}/${id}`;

  /** @returns false when a counter has no room, and nothing has changed */
  function commit(index: number, run: Run, { run: change, scopes }: Leasing): boolean {
    const after = scopes.map((each) => {
      const { committed, spent } = counters.get(key(each.scope, each.id, each.day)) ?? {
        committed: 0,
        spent: 0,
      };
      return {
        each,
        counter: { committed: committed + each.committedDelta, spent: spent + each.spentDelta },
      };
    });
    const isRefused = after.some(
      ({ each, counter }) =>
        each.committedDelta > 0 && counter.committed > (each.capMicroDollars ?? Number.POSITIVE_INFINITY),
    );
    if (!isRefused) {
      for (const { each, counter } of after) {
        counters.set(key(each.scope, each.id, each.day), counter);
      }
      runs[index] = { ...run, ...change };
    }
    return !isRefused;
  }

  function count(keys: readonly string[], amount: number): void {
    for (const each of keys) {
      used.set(each, (used.get(each) ?? 0) + amount);
    }
  }

  const steps: Readonly<Record<string, (index: number, run: Run) => void>> = {
    hold(index, run) {
      const hold = Math.ceil(random() * 400);
      if (run.isOpen && run.usedMicroDollars + hold <= capsOf(run, envelope()).microDollars) {
        if (
          !hasRoom(run, hold, caps(run), day) &&
          !commit(index, run, moreLease(run, hold, caps(run), day))
        ) {
          return;
        }
        const leased = runs[index] as Run;
        assert.ok(
          run.heldMicroDollars > 0 || leased.leaseDay === day,
          'what is spent on a day counts on that day',
        );
        const keys = leased.leaseScopes.map((scope) => key(scope, scopeId(leased, scope), leased.leaseDay));
        runs[index] = {
          ...leased,
          usedMicroDollars: leased.usedMicroDollars + hold,
          heldMicroDollars: leased.heldMicroDollars + hold,
          holds: [...leased.holds, { amount: hold, keys }],
        };
        count(keys, hold);
      }
    },
    settle(index, run) {
      const [hold, ...holds] = run.holds;
      if (hold !== undefined) {
        const { heldDelta, spentDelta, releasedMicroDollars } = settle(
          hold.amount,
          random() * 1.2 * hold.amount,
        );
        count(hold.keys, -releasedMicroDollars);
        const spent = run.isOpen ? spentDelta : -releasedMicroDollars;
        runs[index] = {
          ...run,
          holds,
          usedMicroDollars: run.usedMicroDollars - releasedMicroDollars,
          heldMicroDollars: run.heldMicroDollars + (run.isOpen ? heldDelta : 0),
          spentMicroDollars: run.spentMicroDollars + spent,
        };
      }
    },
    lease(index, run) {
      if (run.isOpen) {
        commit(index, run, moreLease(run, Math.ceil(random() * 600), caps(run), day));
      }
    },
    close(index, run) {
      if (run.isOpen) {
        commit(
          index,
          { ...run, isOpen: false, spentMicroDollars: run.usedMicroDollars, heldMicroDollars: 0 },
          givenBack(run),
        );
      }
    },
    reconcile(index, run) {
      if (!run.isOpen && run.holds.length === 0) {
        commit(index, run, givenBack(run));
      }
    },
    'set a cap'(index, run) {
      const capMicroDollars = Math.ceil(random() * 2000);
      runs[index] = { ...run, capMicroDollars, capChanges: run.capChanges + 1 };
    },
  };

  return {
    runs,
    counters,
    used,
    caps,
    open() {
      const user = { id: one(['ann', 'bob']) };
      const who = {
        tenant: 'acme',
        workflow: one(['desk', 'shop']),
        agent: one(['desk', 'shop']),
        user,
      };
      const fresh: Run = {
        ...{ ...who, ...openBudget(microDollars(cap)), isOpen: true, holds: [] },
        ...{ leaseDay: day, leaseScopes: [], countedMicroDollars: 0 },
      };
      const index = runs.push(fresh) - 1;
      const amount = Math.min(fresh.capMicroDollars, microDollars(budgets.lease_usd));
      if (!commit(index, fresh, newLease(amount, caps(fresh), day))) {
        commit(index, fresh, newLease(0, caps(fresh), day));
      }
    },
    step(name: string) {
      const index = Math.floor(random() * runs.length);
      const run = runs[index];
      if (run !== undefined) {
        steps[name]?.(index, run);
      }
    },
    newDay() {
      day = DAYS[Math.min(DAYS.length - 1, DAYS.indexOf(day) + 1)] ?? day;
    },
    newCaps() {
      budgets = one(CAPS);
      cap = one([0.0005, 0.002]);
    },
    /** What runs have leased, held and spent of a counter, by the runs' own items. */
    leasedFrom(scope: string, id: string, of: string): number {
      return runs
        .filter(
          (run) =>
            run.leaseDay === of &&
            run.leaseScopes.some((each) => each === scope && scopeId(run, each) === id),
        )
        .reduce((sum, run) => sum + run.leasedMicroDollars - run.countedMicroDollars, 0);
    },
  };
}

const SEEDS = Number(process.env.LEASE_SEEDS ?? 400);
const STEPS = 120;

function assertRuns(runs: readonly Run[], what: string): void {
  for (const run of runs) {
    const { usedMicroDollars, heldMicroDollars, spentMicroDollars, leasedMicroDollars } = run;
    assert.equal(usedMicroDollars, heldMicroDollars + spentMicroDollars, what);
    assert.ok(
      usedMicroDollars <= leasedMicroDollars,
      `${what}: used ${usedMicroDollars} of ${leasedMicroDollars}`,
    );
    assert.ok(heldMicroDollars >= 0 && spentMicroDollars >= 0, what);
  }
}

describe(`any interleaving of opening, holding, settling, leasing, closing and reconciling (LEASE_SEEDS=${SEEDS})`, () => {
  test('keeps what is used below what is leased, and what is leased below every cap that it grew under', () => {
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const random = seeded(seed);
      const { one } = chooser(random);
      const { runs, counters, used, caps, ...doing } = world(random);
      const before = new Map<string, number>();
      for (let step = 0; step < STEPS; step += 1) {
        const name = one([
          'open',
          'hold',
          'hold',
          'hold',
          'settle',
          'settle',
          'lease',
          'close',
          'reconcile',
          'set a cap',
          'day',
          'caps',
        ]);
        const what = `seed ${seed}, step ${step}, ${name}`;
        if (name === 'open') {
          doing.open();
        } else if (name === 'day' && random() < 0.2) {
          doing.newDay();
        } else if (name === 'caps' && random() < 0.2) {
          doing.newCaps();
        } else {
          doing.step(name);
        }
        assertRuns(runs, what);
        for (const [key, { committed, spent }] of counters) {
          const [of = '', scope = '', id = ''] = key.split('/');
          assert.ok(
            (used.get(key) ?? 0) <= committed,
            `${what}: ${key} has ${used.get(key)} used of ${committed}`,
          );
          assert.equal(committed - spent, doing.leasedFrom(scope, id, of), `${what}: ${key}`);
          if (committed > (before.get(key) ?? 0)) {
            const someone = runs.find((run) => scopeId(run, scope as 'user') === id) as Run;
            const now = caps(someone).find((cap) => cap.scope === scope)?.capMicroDollars;
            assert.ok(
              committed <= (now ?? Number.POSITIVE_INFINITY),
              `${what}: ${key} has ${committed} of ${now}`,
            );
          }
          before.set(key, committed);
        }
      }
    }
  });

  test('leaves nothing committed but what was spent, once all runs are closed, settled and reconciled', () => {
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const random = seeded(seed + SEEDS);
      const { one } = chooser(random);
      const { runs, counters, ...doing } = world(random);
      for (let step = 0; step < STEPS; step += 1) {
        const name = one(['open', 'hold', 'hold', 'settle', 'lease', 'close', 'reconcile', 'day']);
        if (name === 'open') {
          doing.open();
        } else if (name === 'day') {
          doing.newDay();
        } else {
          doing.step(name);
        }
      }
      // in any order: calls end late, and more than once somebody looks
      for (let step = 0; step < runs.length * 100; step += 1) {
        doing.step(one(['close', 'settle', 'settle', 'reconcile']));
      }
      for (const run of runs) {
        assert.deepEqual([run.isOpen, run.holds.length, run.heldMicroDollars], [false, 0, 0], `seed ${seed}`);
        assert.equal(run.leasedMicroDollars, run.spentMicroDollars, `seed ${seed}`);
      }
      for (const [key, { committed, spent }] of counters) {
        assert.equal(committed, spent, `seed ${seed}: ${key}`);
      }
      const spent = runs.reduce((sum, run) => sum + run.spentMicroDollars, 0);
      const counted = [...counters]
        .filter(([key]) => key.includes('/tenant/'))
        .reduce((sum, [, each]) => sum + each.spent, 0);
      assert.equal(counted, spent, `seed ${seed}: what the tenant's days say was spent`);
    }
  });
});
