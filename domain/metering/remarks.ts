import type { MeteredEvent } from './events.ts';

/** Something that made a run cheaper or ended it, with its reason; counted, not listed one by one. */
export interface Remark {
  /** `step`, `routed` and `replaced` made it cheaper; `refused` and `stopped` are what a budget said no to. */
  readonly kind: 'step' | 'routed' | 'replaced' | 'refused' | 'stopped';
  /** A step, a route, `<model> by <model>`, a tool, or an outcome. */
  readonly what: string;
  /** Code of the reason, or the cap. */
  readonly why: string;
}

export interface CountedRemark extends Remark {
  readonly count: number;
}

/** `budget_exhausted`, `daily_budget_exhausted`, `calls_exhausted`, `tokens_exhausted` and whatever else is named like them. */
export function isOfBudgets(code: string): boolean {
  return /(^|_)(budget|exhausted)(_|$)/.test(code);
}

export function remarksOf(event: MeteredEvent): readonly Remark[] {
  switch (event.type) {
    case 'budget.step':
      return [{ kind: 'step', what: event.step, why: event.cap }];
    case 'model.routed':
      return event.route === 'reasoning'
        ? []
        : [{ kind: 'routed', what: event.route, why: event.reason.code }];
    case 'model.called': {
      const { insteadOf, model } = event;
      return insteadOf === undefined
        ? []
        : [{ kind: 'replaced', what: `${insteadOf.model} by ${model}`, why: insteadOf.why.code }];
    }
    case 'call.decided': {
      const code = event.reasons?.map((reason) => reason.code).find(isOfBudgets);
      return code === undefined ? [] : [{ kind: 'refused', what: event.tool, why: code }];
    }
    case 'run.closed': {
      const { outcome, reason } = event;
      return reason !== undefined && isOfBudgets(reason.code)
        ? [{ kind: 'stopped', what: outcome, why: reason.code }]
        : [];
    }
    default:
      return [];
  }
}

/** The most frequent first. */
export function tallied(remarks: readonly Remark[]): readonly CountedRemark[] {
  const counted = Map.groupBy(remarks, ({ kind, what, why }) => JSON.stringify([kind, what, why]));
  return [...counted]
    .sort(([one, those], [other, others]) => others.length - those.length || (one < other ? -1 : 1))
    .flatMap(([, those]) => those.slice(0, 1).map((remark) => ({ ...remark, count: those.length })));
}
