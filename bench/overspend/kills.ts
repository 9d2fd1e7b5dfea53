import type { CountingProxy, Passing } from '../measure/counting-proxy.ts';
import { killSender } from '../measure/kill-sender.ts';

/** Steps at whose requests a process can die; of each at two instants. */
export const STEPS = ['open', 'lease', 'hold', 'begin', 'settle', 'close', 'finish'] as const;
export type Step = (typeof STEPS)[number];

export interface KillCounts {
  /** Before the request had arrived: nothing was done. */
  readonly before: number;
  /** Before the answer had: it was done, and whoever did it never learned. */
  readonly answerLost: number;
}

export interface Kills {
  readonly count: () => Readonly<Record<Step, KillCounts>>;
  readonly stop: () => void;
}

/** Of one instant of one step; runs have fewer steps than calls, and a day without money is asked for it again and again. */
const CHANCES: Readonly<Record<Step, number>> = {
  ...{ open: 0.02, lease: 0.004, hold: 0.008, begin: 0.008, settle: 0.008, close: 0.04, finish: 0.02 },
};

/** Kills whoever sends money's requests through a proxy, at random. */
export function killAtRandom(proxy: CountingProxy): Kills {
  const counts = Object.fromEntries(STEPS.map((step) => [step, { before: 0, answerLost: 0 }]));
  proxy.watch((passing) => {
    const step = stepOf(passing);
    if (step === undefined || Math.random() >= CHANCES[step] || !killSender(passing, proxy)) {
      return false;
    }
    const instant = passing.instant === 'before it arrives' ? 'before' : 'answerLost';
    const count = counts[step];
    if (count !== undefined) {
      count[instant] += 1;
    }
    return true;
  });
  return {
    count: () => structuredClone(counts) as Record<Step, KillCounts>,
    stop: () => proxy.watch(() => false),
  };
}

function stepOf({ operation, requestBody }: Passing): Step | undefined {
  const has = (text: string) => requestBody.includes(text);
  if (operation === 'UpdateItem' && has('-Warrants')) {
    return 'begin';
  }
  if (operation !== 'TransactWriteItems') {
    return undefined;
  }
  const events = {
    'run.opened': 'open',
    'run.closed': 'close',
    'call.decided': 'hold',
    'call.executed': 'settle',
  } as const;
  const [, step] = Object.entries(events).find(([type]) => has(`"${type}"`)) ?? [];
  return step ?? (has('REMOVE #unfinished') ? 'finish' : has('-Budgets') ? 'lease' : undefined);
}

export function totalOf(counts: Readonly<Record<Step, KillCounts>>): KillCounts {
  const all = Object.values(counts);
  return {
    before: all.reduce((sum, { before }) => sum + before, 0),
    answerLost: all.reduce((sum, { answerLost }) => sum + answerLost, 0),
  };
}
