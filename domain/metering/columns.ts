/** What rows are told apart by, in the order of columns. A day is that of the budgets' time zone. */
export const DIMENSIONS = {
  tenant: 'whose run it is',
  day: 'YYYY-MM-DD in the time zone of budgets',
  workflow: 'the named job',
  agent: 'the identity that acts',
} as const;

/** Kept of every run beside those of a row; no columns of the export. */
export const FINER_DIMENSIONS = {
  user: 'on whose behalf the run acts; empty when its request is not among the events',
  run: 'id of the run, or of a break-glass grant',
} as const;

interface MeasureColumn {
  readonly unit: string;
  readonly about: string;
}

const MICRO = 'micro-dollars';

/**
 * What is added up, in the order of columns. Whole numbers all, so that sums of groups are the sums of the whole. New ones go
 * to the end: whoever has read an export goes by the order.
 */
export const MEASURES = {
  runs_opened: { unit: 'runs', about: 'opened on the day' },
  runs_completed: { unit: 'runs', about: 'closed on the day with outcome completed' },
  runs_successful: { unit: 'runs', about: 'completed, and successful' },
  runs_stopped: { unit: 'runs', about: 'closed on the day with outcome stopped' },
  runs_failed: { unit: 'runs', about: 'closed on the day with outcome failed' },
  turns: { unit: 'turns', about: 'rounds of the loop that carried out calls' },
  calls_allowed: { unit: 'decisions', about: 'decision allow' },
  calls_denied: { unit: 'decisions', about: 'decision deny' },
  calls_asked: { unit: 'decisions', about: 'decision needs_approval; the same call is decided again later' },
  calls_executed: { unit: 'calls', about: 'with an outcome, whichever' },
  model_calls: { unit: 'calls', about: 'answers that were asked for and paid' },
  input_tokens: { unit: 'tokens', about: 'of those answers' },
  output_tokens: { unit: 'tokens', about: 'of those answers' },
  cached_answers: {
    unit: 'answers',
    about: 'of models and tools, used again instead of asking; paid when first given',
  },
  verdicts: { unit: 'verdicts', about: 'by people: on approvals, unknown outcomes and break-glass' },
  model_micro_dollars: { unit: MICRO, about: 'charged for models' },
  tools_micro_dollars: { unit: MICRO, about: 'charged for tool calls, their prices included' },
  infrastructure_micro_dollars: { unit: MICRO, about: 'of this deployment, by its price table' },
  people_micro_dollars: { unit: MICRO, about: 'time of verdicts, by the price table' },
  steps_alert: { unit: 'steps', about: 'budgets that warned' },
  steps_smaller_model: { unit: 'steps', about: 'budgets that made a run use a smaller model' },
  steps_less_context: { unit: 'steps', about: 'budgets that made a run use less context' },
  steps_ask: { unit: 'steps', about: 'budgets that made a run ask people' },
  steps_stop: { unit: 'steps', about: 'budgets that stopped a run' },
  routed_none: { unit: 'routes', about: 'tasks that needed no model' },
  routed_router: { unit: 'routes', about: 'tasks that the small model worked on' },
  routed_reasoning: { unit: 'routes', about: 'tasks that the large model worked on' },
  models_replaced: { unit: 'calls', about: 'answers of another model than was to be asked' },
  calls_refused_by_budgets: { unit: 'decisions', about: 'denied because something was used up' },
  runs_stopped_by_budgets: { unit: 'runs', about: 'closed because something was used up' },
  caps_micro_dollars: { unit: MICRO, about: 'caps of runs opened on the day, and changes of caps' },
  spent_micro_dollars: { unit: MICRO, about: 'of those caps: model and tools' },
} as const satisfies Readonly<Record<string, MeasureColumn>>;

export type Dimension = keyof typeof DIMENSIONS;
export type FinerDimension = Dimension | keyof typeof FINER_DIMENSIONS;
export type Measure = keyof typeof MEASURES;
export type Measures = Readonly<Record<Measure, number>>;
/** A row of the export: flat, and of stable columns. */
export type UsageRow = Readonly<Record<Dimension, string>> & Measures;

export const MEASURE_NAMES = Object.keys(MEASURES) as readonly Measure[];

export interface ColumnSchema {
  readonly name: Dimension | Measure;
  /** As Parquet and Arrow name it. */
  readonly type: 'string' | 'date' | 'int64';
  readonly unit: string;
  readonly about: string;
}

/** Every column of the export, in order. */
export const COLUMNS: readonly ColumnSchema[] = [
  ...Object.entries(DIMENSIONS).map(
    ([name, about]): ColumnSchema => ({
      name: name as Dimension,
      type: name === 'day' ? 'date' : 'string',
      unit: '',
      about,
    }),
  ),
  ...Object.entries(MEASURES).map(
    ([name, column]): ColumnSchema => ({ name: name as Measure, type: 'int64', ...column }),
  ),
];
