import { microDollars } from '../../domain/budget/budget.ts';
import { mean } from '../measure/statistics.ts';
import type { Findings } from './audit.ts';
import type { GovernedObserved } from './governed.ts';
import { totalOf } from './kills.ts';
import { CALLS, type Observed } from './on-a-store.ts';
import type { Everything, OnStore } from './overspend.ts';
import { usd } from './workload.ts';

/** Writes of one transaction of which others are yet to follow: a run and three counters. */
const MAXIMUM_OUT_OF_STEP = 3;
const RUNS = 50;

/** What must hold did hold, in every part. */
export function isAsItMust({ ministack, dynamodbLocal, governed }: Everything): boolean {
  const stores = 'missing' in dynamodbLocal ? [ministack] : [ministack, dynamodbLocal];
  return stores.every(isStoreAsItMust) && isGovernedAsItMust(governed);
}

function isStoreAsItMust({ observed, naive }: OnStore): boolean {
  const { account, findings, kills } = observed;
  const { before, answerLost } = totalOf(kills);
  return (
    isLedgerRight(observed) &&
    account.allowed + account.refused >= CALLS &&
    account.refusedOtherwise === 0 &&
    findings.refusals > 0 &&
    findings.falseRefusals.length === 0 &&
    observed.undecided.length === 0 &&
    before > 0 &&
    answerLost > 0 &&
    // or they could not have failed
    findings.mostOverLowered > 0 &&
    naive.maxOver > 0
  );
}

function isGovernedAsItMust(governed: GovernedObserved): boolean {
  const { before, answerLost } = totalOf(governed.kills);
  return (
    isLedgerRight(governed) &&
    governed.refusals > 0 &&
    governed.falseRefusals.length === 0 &&
    before > 0 &&
    answerLost > 0
  );
}

function isLedgerRight({ account, findings }: Pick<Observed, 'account' | 'findings'>): boolean {
  const { maxOver, maxUncommitted, longestOutOfStep, brokenRuns } = findings;
  return (
    maxOver + maxUncommitted + brokenRuns.length === 0 &&
    longestOutOfStep <= MAXIMUM_OUT_OF_STEP &&
    account.runs >= RUNS &&
    account.unsettled + account.leaked + account.wrong.length === 0 &&
    account.spent === account.spentByEvents
  );
}

/** One object, of dollars. */
export function summaryOf(everything: Everything): object {
  const { ministack, dynamodbLocal, chunks, governed } = everything;
  const stores = 'missing' in dynamodbLocal ? [ministack] : [ministack, dynamodbLocal];
  const all = [...stores.map(({ observed }) => observed), governed];
  const sum = (of: (each: (typeof all)[number]) => number) =>
    all.reduce((total, each) => total + of(each), 0);
  return {
    bench: 'overspend',
    calls: sum(({ account }) => account.allowed + account.refused),
    cap_usd: sum(({ budgets }) => budgets.daily_usd.tenant ?? 0),
    spent_usd: usd(sum(({ account }) => account.spent)),
    max_over_usd: usd(Math.max(...all.map(({ findings }) => findings.maxOver))),
    leaked_holds_usd: usd(sum(({ account }) => account.leaked)),
    false_refusals: sum((each) => falseRefusalsOf(each).length),
    ministack: storeSummary(ministack),
    dynamodb_local: 'missing' in dynamodbLocal ? dynamodbLocal : storeSummary(dynamodbLocal),
    governed: {
      ...ledgerSummary(governed),
      ...{ refusals: governed.refusals, false_refusals: governed.falseRefusals.length },
      ...{ never_settled: governed.neverSettled },
    },
    naive: {
      calls: ministack.naive.calls,
      max_over_usd: usd(ministack.naive.maxOver),
      ...('missing' in dynamodbLocal
        ? {}
        : { max_over_usd_dynamodb_local: usd(dynamodbLocal.naive.maxOver) }),
    },
    kills: sum(({ kills }) => totalOf(kills).before + totalOf(kills).answerLost),
    answers_lost: sum(({ kills }) => totalOf(kills).answerLost),
    writes_per_call_to_shared_items: Object.fromEntries(
      chunks.map(({ chunkUsd, writesPerCall }) => [`chunk_usd_${chunkUsd}`, rounded(writesPerCall)]),
    ),
    units_per_call: Object.fromEntries(
      stores.flatMap(({ parts }, index) =>
        parts.map(({ openRuns, holdUnits, settleUnits }) => [
          `${index === 0 ? 'ministack' : 'dynamodb_local'}_${openRuns}_open_runs`,
          holdUnits + settleUnits,
        ]),
      ),
    ),
    passed: isAsItMust(everything),
  };
}

export function falseRefusalsOf(observed: Observed | GovernedObserved): Findings['falseRefusals'] {
  return 'falseRefusals' in observed ? observed.falseRefusals : observed.findings.falseRefusals;
}

function storeSummary({ observed, naive, parts }: OnStore): object {
  const { findings, undecided, account } = observed;
  return {
    ...ledgerSummary(observed),
    over_lowered_cap_usd: usd(findings.mostOverLowered),
    refusals: findings.refusals,
    false_refusals: findings.falseRefusals.length,
    held_by_leases_usd: {
      mean: rounded(usd(mean(findings.heldByLeases))),
      max: usd(Math.max(0, ...findings.heldByLeases)),
    },
    ...{ undecided: undecided.length, never_begun: account.neverBegun },
    naive_max_over_usd: usd(naive.maxOver),
    budget_part: parts.map((part) => ({
      open_runs: part.openRuns,
      units: part.holdUnits + part.settleUnits,
      hold_p50_ms: rounded(part.holdMilliseconds),
      settle_p50_ms: rounded(part.settleMilliseconds),
    })),
  };
}

function ledgerSummary({ account, findings, kills, budgets, seconds }: Omit<Observed, 'undecided'>): object {
  const { before, answerLost } = totalOf(kills);
  return {
    ...{ runs: account.runs, calls: account.allowed + account.refused, allowed: account.allowed },
    ...{ cap_usd: budgets.daily_usd.tenant, spent_usd: usd(account.spent) },
    ...{ max_over_usd: usd(findings.maxOver), uncommitted_usd: usd(findings.maxUncommitted) },
    ...{ leaked_holds_usd: usd(account.leaked), unsettled: account.unsettled, wrong: account.wrong.length },
    ...{ images: findings.runImages + findings.counterImages, broken_run_images: findings.brokenRuns.length },
    ...{ kills: before + answerLost, answers_lost: answerLost, seconds: Math.round(seconds) },
  };
}

const SHOWN = microDollars(1);

function rounded(value: number): number {
  return Math.round(value * SHOWN) / SHOWN;
}
