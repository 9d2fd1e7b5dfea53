/** X-Ray annotation, log and metric dimension names; operators search by these. */
export const ANNOTATIONS = {
  tenant: 'tenant',
  runId: 'run_id',
  workflow: 'workflow',
  agent: 'agent',
  tool: 'tool',
  decision: 'decision',
  status: 'status',
} as const;

export const METRICS_NAMESPACE = 'Countersign';

export const METRICS = {
  decisions: 'Decisions',
  outcomes: 'Outcomes',
  costMicroDollars: 'CostMicroDollars',
  approvalsRequested: 'ApprovalsRequested',
  verdicts: 'Verdicts',
  peopleTold: 'PeopleTold',
  tellingFailures: 'TellingFailures',
  waitsEnded: 'WaitsEnded',
  previewMismatches: 'PreviewMismatches',
  runsClosed: 'RunsClosed',
  eventsSealed: 'EventsSealed',
  eventsUnsealable: 'EventsUnsealable',
  eventsIntegrated: 'EventsIntegrated',
  logLagSeconds: 'LogLagSeconds',
  limitRefusals: 'LimitRefusals',
  breakersOpened: 'BreakersOpened',
  breakGlassChanges: 'BreakGlassChanges',
  breakGlassUses: 'BreakGlassUses',
  detectorFailures: 'DetectorFailures',
  factFailures: 'FactFailures',
  budgetSteps: 'BudgetSteps',
  workflowsPaused: 'WorkflowsPaused',
  cacheHits: 'CacheHits',
  outcomesSettledByPeople: 'OutcomesSettledByPeople',
  slackPresses: 'SlackPresses',
  slackRequestsRefused: 'SlackRequestsRefused',
  slackFailures: 'SlackFailures',
} as const;
