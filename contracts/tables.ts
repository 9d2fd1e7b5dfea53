import type { RunRef } from './call.ts';

/**
 * Keys of the ledger's tables. Each table has one writer of new items, so that IAM alone says who may create what:
 * only `authorize` puts warrants, executors update them.
 */

/** One item per run: its status and its budget counters. */
export const RUNS = {
  partitionKey: 'run',
  /**
   * Sparse: holds runs that are neither finished nor asleep on an approval; finished means closed with no call whose
   * outcome is open. Calls do not touch its keys, so they cost no index write.
   */
  unfinishedIndex: { name: 'unfinished', partitionKey: 'unfinishedShard', sortKey: 'requestedAt' },
  /** Runs of a person, for whoever erases their data; one index write for each run, none for its calls. */
  personIndex: { name: 'person', partitionKey: 'person', sortKey: 'requestedAt' },
  /** Sparse: holds runs whose data is still to be held, or to be released. */
  holdIndex: { name: 'hold', partitionKey: 'holdWork', sortKey: 'requestedAt' },
} as const;

/** What is to be done with the data of a run, key of `holdIndex`. */
export const HOLD_WORK = ['hold', 'release'] as const;

/** When an item that is held would have gone; stands where its time to live was. */
export const HELD_TIME_TO_LIVE = 'heldPurgeAt';

/** Spreads unfinished runs, so that starting many does not queue at one key. */
export const UNFINISHED_SHARDS = 8;

/** One item per call that was allowed; the right to execute it once. */
export const WARRANTS = {
  partitionKey: 'run',
  sortKey: 'callId',
  /** Absent while the outcome is unknown and nobody has settled it: such a warrant must not vanish. */
  timeToLive: 'purgeAt',
  /** Sparse: holds only the calls whose outcome is unknown and that wait for a person. */
  unknownIndex: { name: 'unknown', partitionKey: 'unknownTenant', sortKey: 'unknownSince' },
} as const;

/** Append only; its stream feeds `seal`. What leaves it has been in the log for long, and if not, its removal is what seals it. */
export const EVENTS = { partitionKey: 'run', sortKey: 'position', timeToLive: 'purgeAt' } as const;

/** The longest wait for people is a year, and a run must find its own beginning. */
export const LEDGER_KEPT_DAYS = 400;

/** The index of the log outlives what it keeps from being sealed again: a batch or a removal that is delivered late. */
export const INDEX_KEPT_DAYS = LEDGER_KEPT_DAYS + 30;

/**
 * What integrates the log has of its own: batches that wait to be integrated, and where in the log the events of each run are. The
 * log itself does not depend on it: an entry of the index is made again from the round that it belongs to.
 */
export const LOG = { partitionKey: 'part', sortKey: 'position', timeToLive: 'purgeAt' } as const;

/** Partition of batches that wait; sorted by their keys. */
export const PENDING_BATCHES = 'pending';

const INDEXED_RUN = 'run';

/** Partition of where a run's events are, sorted by their first leaf. */
export function indexedRunKey(run: RunRef): string {
  return [INDEXED_RUN, runKey(run)].join(KEY_SEPARATOR);
}

/** Pattern, as IAM's `StringLike` takes it, of those partitions. */
export const INDEXED_RUNS = `${INDEXED_RUN}#*`;

/** One item per request for approval; its stream feeds `resume-run`. */
export const APPROVALS = {
  partitionKey: 'approval',
  /** Sparse: holds only the approvals that wait for people. */
  waitingIndex: { name: 'waiting', partitionKey: 'waitingTenant', sortKey: 'requestedAt' },
  /** Sparse: holds approvals at the instant at which somebody has to see to them next. */
  dueIndex: { name: 'due', partitionKey: 'dueShard', sortKey: 'dueAt' },
} as const;

/** Attributes that taking verdicts from Slack may touch, conditions included. Who is asked, and about what, is not among them. */
export const APPROVAL_ATTRIBUTES_OF_SLACK = [
  APPROVALS.partitionKey,
  ...['state', 'verdicts', 'revision', 'presses'],
  APPROVALS.waitingIndex.partitionKey,
] as const;

/** Spreads approvals that somebody has to see to. */
export const DUE_SHARDS = 4;

/**
 * Attributes that whoever tells people about an approval may touch, conditions included. What the call is, who is asked and
 * what people said are not among them.
 */
export const APPROVAL_ATTRIBUTES_OF_TELLER = [
  APPROVALS.partitionKey,
  'messages',
  'reachedUntil',
  'claimedUntil',
  'board',
  APPROVALS.dueIndex.partitionKey,
  APPROVALS.dueIndex.sortKey,
] as const;

/**
 * One item for what a person asked of a run, and one per call that answered something: the names in it as keyed hashes, and
 * how it scored. Who wrote an item is in its partition key, so that IAM keeps an executor from saying what a person said.
 */
export const PROVENANCE = { partitionKey: 'source', sortKey: 'callId', timeToLive: 'purgeAt' } as const;

/**
 * One item per day and scope that has a cap: what its runs have leased of it; per day and workflow with stop conditions: how its
 * runs have ended; per workflow that was ever paused; and per tenant, the policies that its runs were opened under last. Calls do not
 * touch them.
 */
export const BUDGETS = { partitionKey: 'tenantDay', sortKey: 'scope', timeToLive: 'purgeAt' } as const;

/** What leasing and giving back touch of it. */
export const BUDGET_COUNTERS = ['committedMicroDollars', 'spentMicroDollars'] as const;

/** How the runs of a workflow that were closed on a day have ended; named apart from what leases touch. */
export const OUTCOME_COUNTERS = ['runs', 'failed', 'stopped', 'costMicroDollars'] as const;

/** One item per break-glass grant; few, and gone some weeks after, so one tenant's are read together. */
export const BREAK_GLASS = { partitionKey: 'tenant', sortKey: 'grantId', timeToLive: 'purgeAt' } as const;

/**
 * Attributes that an executor may touch on a warrant. None of them says what the call is, so an executor that
 * invents a warrant by updating a key that does not exist gets one without a digest, which no executor honours.
 */
export const WARRANT_ATTRIBUTES_OF_EXECUTOR = [
  WARRANTS.partitionKey,
  WARRANTS.sortKey,
  'state',
  'expiresAt',
  'attempt',
  'deadline',
  'outcome',
  WARRANTS.timeToLive,
  WARRANTS.unknownIndex.partitionKey,
  WARRANTS.unknownIndex.sortKey,
] as const;

/**
 * Attributes that the API may touch on a warrant, to write down what a person has found out. Neither `state` nor
 * `outcome` nor the digest is among them, so no verdict can make a warrant usable again.
 */
export const WARRANT_ATTRIBUTES_OF_PEOPLE = [
  WARRANTS.partitionKey,
  WARRANTS.sortKey,
  'settled',
  WARRANTS.timeToLive,
  WARRANTS.unknownIndex.partitionKey,
  WARRANTS.unknownIndex.sortKey,
] as const;

/** A call counts in a run's history when it is allowed, or when it has succeeded. */
export type Counted = 'allowed' | 'succeeded';

/** Attribute of the run's item. Allowed and succeeded differ in it, because different functions may add to them. */
export function counterAttribute(name: string, when: Counted): string {
  return `${when}_${name}`;
}

/** Pattern of those attributes: a counter that policies drop may still be added to by calls that are under way. */
const counters = (when: Counted) => counterAttribute('*', when);

/** What settling a call or a model's answer touches on a run. */
const MONEY = ['status', 'usedMicroDollars', 'heldMicroDollars', 'spentMicroDollars'];
/** What a hold is conditional on, and what leasing more for it touches. */
const HOLDS = ['status', 'capChanges', 'leasedMicroDollars', 'usedMicroDollars', 'heldMicroDollars'];
const LEASE = ['leaseDay', 'leaseScopes', 'leasedMicroDollars', 'countedMicroDollars', 'usedMicroDollars'];
/** What falling asleep and waking up touch. */
const SLEEP = ['status', 'waitingFor', RUNS.unfinishedIndex.partitionKey];

/**
 * Attributes that each function may touch on a run that is there, beside its key, as patterns of IAM's `StringLike`. Whose run
 * it is nobody may change but what erases people, and the mode only whoever opens it.
 */
export const RUN_ATTRIBUTES = {
  authorize: [
    ...[...HOLDS, ...LEASE, ...SLEEP, 'waitedSeconds'],
    ...['mode', 'callsAuthorized', counters('allowed'), counters('succeeded')],
  ],
  openRun: [
    ...['status', 'mode', 'openedAt', 'capMicroDollars', 'capChanges', 'callsAuthorized'],
    ...[...LEASE, 'heldMicroDollars', 'spentMicroDollars'],
  ],
  plan: [...MONEY, ...HOLDS, ...LEASE, 'tokens', 'asking', 'stepsTaken'],
  executor: [...MONEY, counters('succeeded')],
  countersign: SLEEP,
  slackInteractions: [...SLEEP, 'waitedSeconds'],
  api: [...SLEEP, 'waitedSeconds', 'capMicroDollars', 'capChanges'],
  closeRun: [
    ...['status', 'closedAt', 'outcome', 'reason', 'heldMicroDollars', 'spentMicroDollars', 'waitingFor'],
    ...[...LEASE, RUNS.unfinishedIndex.partitionKey],
  ],
  reconcile: ['status', ...LEASE, RUNS.unfinishedIndex.partitionKey],
  /** Takes away whose run it was and what its digests are made with; nothing else of it. */
  erasePerson: [
    ...['status', RUNS.unfinishedIndex.partitionKey, 'heldSince', RUNS.holdIndex.partitionKey],
    ...[RUNS.personIndex.partitionKey, 'erasing', 'erasedAt', 'user', 'startedBy', 'asking'],
    ...['digestKey', 'provenanceKey'],
  ],
  holdRun: ['heldSince', 'holds', RUNS.holdIndex.partitionKey, 'erasing'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Separates the parts of a composite key; not allowed in tenants, run ids, call ids and namespaces. */
export const KEY_SEPARATOR = '#';

/** One item per rate, per place for a call under way, and per circuit breaker; each is worth something for a while only. */
export const LIMITS = { partitionKey: 'limit', timeToLive: 'purgeAt' } as const;

const RATE = 'rate';
const SLOT = 'slot';
const BREAKER = 'breaker';

/** Whose calls of which tool a limit counts. */
export interface LimitedCalls {
  readonly tenant: string;
  readonly agent: string;
  readonly tool: string;
}

export function rateKey({ tenant, agent, tool }: LimitedCalls): string {
  return checkedKey('a limit', tenant, RATE, tool, agent);
}

/** @param slot - from 0 */
export function slotKey({ tenant, agent, tool }: LimitedCalls, slot: number): string {
  return checkedKey('a limit', tenant, SLOT, tool, agent, String(slot));
}

/** Agents of a tenant share it: what is out for one of them is out for all. */
export function breakerKey({ tenant, tool }: Omit<LimitedCalls, 'agent'>): string {
  return checkedKey('a limit', tenant, BREAKER, tool);
}

/**
 * Patterns, as IAM's `StringLike` takes them, of the keys that the executor of a namespace may update: places and
 * breakers of its own tools, and no rate. No part of a key has a separator in it, so the kind and the tool are where a
 * pattern says they are, whatever a tenant or an agent is called.
 */
export function limitKeyPatterns(namespace: string): string[] {
  return [SLOT, BREAKER].map((kind) => ['*', kind, `${namespace}.*`].join(KEY_SEPARATOR));
}

/** INVARIANT: a part with a separator in it could be taken for two, and its key for another namespace's. */
function checkedKey(what: string, ...parts: readonly string[]): string {
  const broken = parts.find((part) => part === '' || part.includes(KEY_SEPARATOR));
  if (broken !== undefined) {
    throw new Error(
      `part '${broken}' of ${what}'s key, expected one or more characters without '${KEY_SEPARATOR}'`,
    );
  }
  return parts.join(KEY_SEPARATOR);
}

/**
 * Answers that may be given again, and one item per resource that was written to, which says which of them still hold. Nothing
 * in it is worth keeping.
 */
export const CACHE = { partitionKey: 'entry', timeToLive: 'purgeAt' } as const;

const MODEL = 'model';
const RESOURCE = 'resource';
const TOOL = 'tool';

/** @param digest - of the request, so that no part of a key can be chosen to look like another's */
export function toolAnswerKey(tenant: string, namespace: string, digest: string): string {
  return checkedKey('an answer', tenant, TOOL, namespace, digest);
}

export function modelAnswerKey(tenant: string, digest: string): string {
  return checkedKey('an answer', tenant, MODEL, digest);
}

/** @param digest - of the resource's type and id */
export function writtenResourceKey(tenant: string, namespace: string, digest: string): string {
  return checkedKey('a resource', tenant, RESOURCE, namespace, digest);
}

/** Patterns, as IAM's `StringLike` takes them, of the keys that the executor of a namespace may use, and `plan`. */
export function toolAnswerKeys(namespace: string): string {
  return ['*', TOOL, namespace, '*'].join(KEY_SEPARATOR);
}
export function writtenResourceKeys(namespace: string): string {
  return ['*', RESOURCE, namespace, '*'].join(KEY_SEPARATOR);
}
export const MODEL_ANSWER_KEYS = ['*', MODEL, '*'].join(KEY_SEPARATOR);

/** Pattern, as IAM's `StringLike` takes it, of the keys that the API may put: of runs, and not of erasures. */
export const REQUESTED_RUNS = ['*', 'run-*'].join(KEY_SEPARATOR);

/** Of `personIndex`. */
export function personKey(tenant: string, userId: string): string {
  return checkedKey('a person', tenant, userId);
}

const ERASURE = 'erasure';

/** Of an erasure under way, in the runs table: it goes with the erasure, and is the last that knows whom it was about. */
export function erasureKey(tenant: string, userId: string): string {
  return checkedKey('an erasure', tenant, ERASURE, userId);
}

/** Pattern, as IAM's `StringLike` takes it, of those keys; a run's has one separator only. */
export const ERASURES = ['*', ERASURE, '*'].join(KEY_SEPARATOR);

/** Begins the id that events of an erasure have for a run's. */
export const ERASURE_PREFIX = 'erasure-';

export function runKey(run: RunRef): string {
  return [run.tenant, run.runId].join(KEY_SEPARATOR);
}

/** Reverses `runKey`. */
export function runOfKey(key: string): RunRef {
  const [tenant = '', runId = ''] = key.split(KEY_SEPARATOR);
  return { tenant, runId };
}

const PROMPT = 'prompt';

/** Of what came into a run from the person who asked for it. */
export function promptSource(run: RunRef): string {
  return [runKey(run), PROMPT].join(KEY_SEPARATOR);
}

/** Of what came into a run from the tools of a namespace. */
export function toolSource(run: RunRef, namespace: string): string {
  return [runKey(run), TOOL, namespace].join(KEY_SEPARATOR);
}

/** Patterns, as IAM's `StringLike` takes them, of the keys that the API may put, and the executor of a namespace. */
export const PROMPT_SOURCES = ['*', PROMPT].join(KEY_SEPARATOR);
export function toolSources(namespace: string): string {
  return ['*', TOOL, namespace].join(KEY_SEPARATOR);
}

export function tenantDay(tenant: string, day: string): string {
  return [tenant, day].join(KEY_SEPARATOR);
}

export function scopeKey(scope: string, id: string): string {
  return [scope, id].join(KEY_SEPARATOR);
}

const OUTCOMES = 'outcomes';
const PAUSED = 'paused';
const WORKFLOW = 'workflow';

/** Sort key, beside the scopes of a day, of how a workflow's runs have ended on it. */
export function outcomesKey(workflow: string): string {
  return scopeKey(OUTCOMES, workflow);
}

export function isOutcomesKey(key: string): boolean {
  return key.startsWith(scopeKey(OUTCOMES, ''));
}

/** Partition of a tenant's workflows that are paused; no day is called so. */
export function pausesOf(tenant: string): string {
  return checkedKey('a pause', tenant, PAUSED);
}

export function pauseKey(workflow: string): string {
  return scopeKey(WORKFLOW, workflow);
}

/** What resuming touches of a pause, conditions included; without a reason, which is not among them, an item is no pause. */
export const PAUSE_ATTRIBUTES_OF_PEOPLE = [
  BUDGETS.partitionKey,
  BUDGETS.sortKey,
  ...['at', 'runId', 'resumedAt'],
] as const;

/** Pattern, as IAM's `StringLike` takes it, of the partitions of pauses: who may write them may write no day. */
export const PAUSES = ['*', PAUSED].join(KEY_SEPARATOR);

const POLICY = 'policy';

/** Key of what says which policies a tenant's runs were opened under last. */
export function policyMarkKey(tenant: string): Record<string, string> {
  return { [BUDGETS.partitionKey]: checkedKey('a policy', tenant, POLICY), [BUDGETS.sortKey]: POLICY };
}

/** Pattern, as IAM's `StringLike` takes it, of the partitions of those. */
export const POLICY_MARKS = ['*', POLICY].join(KEY_SEPARATOR);

/** Reverses `scopeKey`. */
export function scopeOfKey(key: string): { readonly scope: string; readonly id: string } {
  const [scope = '', id = ''] = key.split(KEY_SEPARATOR);
  return { scope, id };
}

/** Begins the ids of approvals that let a run go on; those of calls begin otherwise. */
export const QUESTION_PREFIX = 'go-';

/** Pattern, as IAM's `StringLike` takes it, of the keys of those approvals: plan asks for them and for no others. */
export const QUESTIONS = ['*', `${QUESTION_PREFIX}*`].join(KEY_SEPARATOR);

export function approvalKey(tenant: string, approvalId: string): string {
  return [tenant, approvalId].join(KEY_SEPARATOR);
}

const BOARD_ID = 'board';

/** Of the one item of a tenant that is no approval: what people were told lately, and who is telling them now. */
export function boardKey(tenant: string): string {
  return approvalKey(tenant, BOARD_ID);
}

/** Reverses `approvalKey`; without an id for a tenant's board. */
export function approvalOfKey(key: string): { readonly tenant: string; readonly approvalId?: string } {
  const [tenant = '', approvalId = ''] = key.split(KEY_SEPARATOR);
  return approvalId === BOARD_ID ? { tenant } : { tenant, approvalId };
}

/** Sorts by time; the id makes it unique. */
export function eventPosition(event: { readonly at: string; readonly id: string }): string {
  return [event.at, event.id].join(KEY_SEPARATOR);
}
