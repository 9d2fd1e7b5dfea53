/** Environment variables of the functions: set by infra, read through `functions/runtime/environment.ts`. */
export const ENV = {
  runsTable: 'RUNS_TABLE',
  warrantsTable: 'WARRANTS_TABLE',
  eventsTable: 'EVENTS_TABLE',
  approvalsTable: 'APPROVALS_TABLE',
  limitsTable: 'LIMITS_TABLE',
  breakGlassTable: 'BREAK_GLASS_TABLE',
  provenanceTable: 'PROVENANCE_TABLE',
  budgetsTable: 'BUDGETS_TABLE',
  cacheTable: 'CACHE_TABLE',
  auditBucket: 'AUDIT_BUCKET',
  logTable: 'LOG_TABLE',
  /** Key that checkpoints of the log are signed with. */
  auditKey: 'AUDIT_KEY',
  /** Queue of what is in the ledger's stream and is no event that can be sealed. */
  unsealableQueue: 'UNSEALABLE_QUEUE',
  transcriptsBucket: 'TRANSCRIPTS_BUCKET',
  /** `enabled` where runs may bring their own proposals; unset in production. */
  recordedProvider: 'RECORDED_PROVIDER',
  /** Name of the function that closes runs. */
  closeRunFunction: 'CLOSE_RUN_FUNCTION',
  /** Names of the functions that erase a person's data, and that keep a run's. */
  erasePersonFunction: 'ERASE_PERSON_FUNCTION',
  holdRunFunction: 'HOLD_RUN_FUNCTION',
  /** JSON of tool name to its destinations, for executors whose tools have any. */
  toolDestinations: 'TOOL_DESTINATIONS',
  /** `enabled` where tools may reach servers on loopback; unset everywhere but in the local cloud of the tests. */
  loopbackDestinations: 'LOOPBACK_DESTINATIONS',
  /** Guardrail of Bedrock beside the rules of detectors, and its version; unset where the rules are alone. */
  guardrailId: 'GUARDRAIL_ID',
  guardrailVersion: 'GUARDRAIL_VERSION',
  /** Key under which task tokens are kept. */
  tokenKey: 'TASK_TOKEN_KEY',
  /** Of Slack's Web API, with a slash at the end. */
  slackApiUrl: 'SLACK_API_URL',
  /** Name prefix of everything in this deployment. */
  prefix: 'COUNTERSIGN_PREFIX',
  /** Account of this deployment; a part of names that are global, as those of buckets are. */
  account: 'COUNTERSIGN_ACCOUNT',
  /** Set by Lambda itself. */
  region: 'AWS_REGION',
} as const;

export type EnvironmentName = (typeof ENV)[keyof typeof ENV];
