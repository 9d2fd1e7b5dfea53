import { BUDGETS, scopeKey, tenantDay } from '../../contracts/tables.ts';
import { type Scope, scopeId } from '../../domain/budget/daily-caps.ts';
import { isOpened, type RunRecord } from '../../functions/adapters/runs.ts';
import type { MoneyImage } from './audit.ts';
import type { Image } from './stream-images.ts';
import { CAPS, counterName, REFUSALS } from './watched-leases.ts';

/** What the images of the tables of runs and of counters say of money. */
export function moneyImages(images: readonly Image[]): readonly MoneyImage[] {
  return images.flatMap(({ stream, item }): MoneyImage[] => {
    if (stream.includes('Runs')) {
      return runImage(item as unknown as RunRecord);
    }
    switch (item[BUDGETS.partitionKey]) {
      case REFUSALS:
        return [{ kind: 'refusal', ...(item as unknown as Omit<MoneyImage & { kind: 'refusal' }, 'kind'>) }];
      case CAPS:
        return [{ kind: 'caps', caps: item.caps as Partial<Record<Scope, number[]>> }];
      default: {
        const { committedMicroDollars = 0, spentMicroDollars = 0 } = item as Record<string, number>;
        return [{ kind: 'counter', counter: counterName(item), committedMicroDollars, spentMicroDollars }];
      }
    }
  });
}

function runImage(run: RunRecord): MoneyImage[] {
  if (!isOpened(run)) {
    return [];
  }
  const { runId, tenant, leaseDay, leaseScopes } = run;
  const { capMicroDollars, leasedMicroDollars, usedMicroDollars, heldMicroDollars, spentMicroDollars } = run;
  const day = tenantDay(tenant, leaseDay);
  const counters = leaseScopes.map((scope) => `${day}/${scopeKey(scope, scopeId(run, scope))}`);
  return [
    {
      ...{ kind: 'run', runId, counters, capMicroDollars, leasedMicroDollars },
      ...{ usedMicroDollars, heldMicroDollars, spentMicroDollars },
    },
  ];
}
