import { mean } from '../measure/statistics.ts';
import { table } from '../measure/table.ts';
import { STEPS } from './kills.ts';
import type { Everything } from './overspend.ts';
import { falseRefusalsOf } from './summary.ts';
import { usd } from './workload.ts';

/** Enough of what is wrong to begin with. */
const EXAMPLES = 5;

export function reportOf({ ministack, dynamodbLocal, chunks, governed }: Everything): readonly string[] {
  const stores = {
    MiniStack: ministack,
    ...('missing' in dynamodbLocal ? {} : { 'DynamoDB Local': dynamodbLocal }),
  };
  const observed = [...Object.values(stores).map((store) => store.observed), governed];
  const row = (name: string, of: (each: (typeof observed)[number]) => number) => [
    name,
    ...observed.map((each) => String(of(each))),
  ];
  const heldByLeases = (of: (amounts: readonly number[]) => number) =>
    Object.values(stores).map(({ observed: { findings } }) =>
      usd(Math.round(of(findings.heldByLeases))).toString(),
    );
  return [
    ...('missing' in dynamodbLocal ? [`without DynamoDB Local: ${dynamodbLocal.missing}`, ''] : []),
    table([
      ['', ...Object.keys(stores), 'governed'],
      row('runs', ({ account }) => account.runs),
      row('calls', ({ account }) => account.allowed + account.refused),
      row('allowed', ({ account }) => account.allowed),
      row("tenant's cap, USD", ({ budgets }) => budgets.daily_usd.tenant ?? 0),
      row('spent, USD', ({ account }) => usd(account.spent)),
      ...STEPS.map((step) =>
        row(
          `killed at ${step}, of these answer lost`,
          ({ kills }) => kills[step].before + kills[step].answerLost,
        ).map((cell, index) =>
          index === 0 ? cell : `${cell}, ${observed[index - 1]?.kills[step].answerLost}`,
        ),
      ),
      row('images', ({ findings }) => findings.runImages + findings.counterImages),
      row('most over a cap, USD', ({ findings }) => usd(findings.maxOver)),
      row('over a cap when it was lowered, USD', ({ findings }) => usd(findings.mostOverLowered)),
      row('leaked holds, USD', ({ account }) => usd(account.leaked)),
      row('refusals looked at', (each) => ('refusals' in each ? each.refusals : each.findings.refusals)),
      row('false refusals', (each) => falseRefusalsOf(each).length),
      ["others' leases at a refusal, mean USD", ...heldByLeases(mean)],
      ["others' leases at a refusal, most USD", ...heldByLeases((amounts) => Math.max(0, ...amounts))],
      [
        'naive: most over the cap, USD',
        ...Object.values(stores).map(({ naive }) => String(usd(naive.maxOver))),
      ],
    ]),
    '',
    table([
      ['chunk, USD', 'writes to shared items per call', 'of these to the hottest'],
      ...chunks.map(({ chunkUsd, writesPerCall }) => [
        String(chunkUsd),
        writesPerCall.toFixed(3),
        (writesPerCall / SCOPES_OF_A_RUN).toFixed(3),
      ]),
    ]),
    '',
    table([
      ['budget of a call', 'open runs', 'units', 'hold p50 ms', 'settle p50 ms'],
      ...Object.entries(stores).flatMap(([name, { parts }]) =>
        parts.map(({ openRuns, holdUnits, settleUnits, holdMilliseconds, settleMilliseconds }) => [
          ...[name, String(openRuns), String(holdUnits + settleUnits)],
          ...[holdMilliseconds.toFixed(2), settleMilliseconds.toFixed(2)],
        ]),
      ),
    ]),
    ...observed
      .flatMap((each) => [
        ...each.account.wrong,
        ...each.findings.brokenRuns,
        ...falseRefusalsOf(each),
        ...('undecided' in each ? each.undecided : []),
      ])
      .slice(0, EXAMPLES),
  ];
}

/** Tenant, user and workflow; the tenant's counter has every write of theirs. */
const SCOPES_OF_A_RUN = 3;
