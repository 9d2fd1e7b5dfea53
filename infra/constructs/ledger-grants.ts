import { Stack } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { ENV, type EnvironmentName } from '../../contracts/environment.ts';
import { LOG_KEYS } from '../../contracts/log.ts';
import { transcriptFolder } from '../../contracts/names.ts';
import {
  APPROVAL_ATTRIBUTES_OF_SLACK,
  APPROVAL_ATTRIBUTES_OF_TELLER,
  APPROVALS,
  INDEXED_RUNS,
  limitKeyPatterns,
  MODEL_ANSWER_KEYS,
  PENDING_BATCHES,
  PROMPT_SOURCES,
  QUESTIONS,
  REQUESTED_RUNS,
  RUN_ATTRIBUTES,
  RUNS,
  toolAnswerKeys,
  toolSources,
  WARRANT_ATTRIBUTES_OF_EXECUTOR,
  WARRANT_ATTRIBUTES_OF_PEOPLE,
  WARRANTS,
  writtenResourceKeys,
} from '../../contracts/tables.ts';
import { explainWildcard } from '../checks/explain.ts';
import type { ServiceFunction } from './service-function.ts';

/** The parts of the ledger that functions may be granted. */
export interface Ledger {
  readonly runs: TableV2;
  readonly warrants: TableV2;
  readonly events: TableV2;
  readonly approvals: TableV2;
  readonly limits: TableV2;
  readonly breakGlass: TableV2;
  readonly provenance: TableV2;
  readonly budgets: TableV2;
  readonly cache: TableV2;
  readonly log: TableV2;
  readonly auditBucket: Bucket;
  readonly auditKey: Key;
  readonly transcriptsBucket: Bucket;
  /** Task tokens are kept under it. */
  readonly tokenKey: Key;
}

/** Every table of the ledger, for whoever must be kept from all of them. */
export function ledgerTables(ledger: Ledger): TableV2[] {
  const { runs, warrants, events, approvals, limits, breakGlass, provenance, budgets, cache, log } = ledger;
  return [runs, warrants, events, approvals, limits, breakGlass, provenance, budgets, cache, log];
}

type TableAction =
  | 'GetItem'
  | 'BatchGetItem'
  | 'BatchWriteItem'
  | 'PutItem'
  | 'UpdateItem'
  | 'DeleteItem'
  | 'ConditionCheckItem'
  | 'Query';

/** Permission and environment in one, so that a function that may is also told where. */
export function grant(
  to: ServiceFunction,
  variable: EnvironmentName,
  table: TableV2,
  actions: readonly TableAction[],
  conditions?: Record<string, unknown>,
): void {
  to.function.addEnvironment(variable, table.tableName);
  to.allow(
    actions.map((action) => `dynamodb:${action}`),
    [table.tableArn],
    conditions,
  );
}

export function grantRuns(
  to: ServiceFunction,
  { runs }: Ledger,
  actions: readonly Exclude<TableAction, 'UpdateItem'>[],
): void {
  grant(to, ENV.runsTable, runs, actions);
}

/** For the API, and for nobody else: put a run that is requested. */
export function grantRequestRuns(to: ServiceFunction, { runs }: Ledger): void {
  grant(to, ENV.runsTable, runs, ['PutItem'], onlyKeysLike([REQUESTED_RUNS]));
}

/** Nothing that says whose run it is or what it may do, but for what the function is there to decide. */
export function grantUpdateRuns(
  to: ServiceFunction,
  { runs }: Ledger,
  by: keyof typeof RUN_ATTRIBUTES,
): void {
  const patterns = [RUNS.partitionKey, ...RUN_ATTRIBUTES[by]];
  grant(to, ENV.runsTable, runs, ['UpdateItem'], onlyAttributes(patterns, 'StringLike'));
}

export function grantApprovals(
  to: ServiceFunction,
  { approvals }: Ledger,
  actions: readonly TableAction[],
): void {
  grant(to, ENV.approvalsTable, approvals, actions);
}

/** For plan: ask whether a run may go on, and read the answer. It can neither ask about a call nor answer for one. */
export function grantAskAboutRuns(to: ServiceFunction, { approvals }: Ledger): void {
  const actions = ['GetItem', 'PutItem', 'UpdateItem'] as const;
  grant(to, ENV.approvalsTable, approvals, actions, onlyKeysLike([QUESTIONS]));
}

/**
 * For what takes verdicts from Slack, and is open to the world: read an approval and say what became of it. It can ask for none, and
 * change neither what one is about nor who is asked.
 */
export function grantTakeVerdicts(to: ServiceFunction, ledger: Ledger): void {
  grant(to, ENV.approvalsTable, ledger.approvals, ['GetItem']);
  to.allow(
    ['dynamodb:UpdateItem'],
    [ledger.approvals.tableArn],
    onlyAttributes(APPROVAL_ATTRIBUTES_OF_SLACK),
  );
  grantUpdateRuns(to, ledger, 'slackInteractions');
  grantAppendEvents(to, ledger);
}

/** For `countersign`: keep what wakes a machine, and be unable to read it again. */
export function grantSealTokens(to: ServiceFunction, { tokenKey }: Ledger): void {
  to.function.addEnvironment(ENV.tokenKey, tokenKey.keyArn);
  to.allow(['kms:Encrypt'], [tokenKey.keyArn]);
}

/**
 * For whoever tells people: see approvals and when each is due, and write down what was told. What a call is, who is asked and what
 * they said are not among the attributes, and no approval can be put, so telling people decides nothing.
 */
export function grantTellPeople(to: ServiceFunction, { approvals }: Ledger): void {
  grant(to, ENV.approvalsTable, approvals, ['GetItem']);
  to.allow(
    ['dynamodb:Query'],
    [APPROVALS.waitingIndex, APPROVALS.dueIndex].map(({ name }) => `${approvals.tableArn}/index/${name}`),
  );
  to.allow(['dynamodb:UpdateItem'], [approvals.tableArn], onlyAttributes(APPROVAL_ATTRIBUTES_OF_TELLER));
}

/** For those who wake machines, or say that people can still be reached. */
export function grantOpenTokens(to: ServiceFunction, { tokenKey }: Ledger): void {
  to.function.addEnvironment(ENV.tokenKey, tokenKey.keyArn);
  to.allow(['kms:Decrypt'], [tokenKey.keyArn]);
}

/** For `authorize`: look what is open, and require in a transaction that it still is. */
export function grantRequireBreakGlass(to: ServiceFunction, { breakGlass }: Ledger): void {
  grant(to, ENV.breakGlassTable, breakGlass, ['Query', 'ConditionCheckItem']);
}

/** For the API, and for nobody else: what people decide about privileged access. */
export function grantDecideBreakGlass(to: ServiceFunction, { breakGlass }: Ledger): void {
  grant(to, ENV.breakGlassTable, breakGlass, ['GetItem', 'PutItem', 'Query', 'UpdateItem']);
}

/** Events are only ever added; nobody is granted anything else. */
export function grantAppendEvents(to: ServiceFunction, { events }: Ledger): void {
  grant(to, ENV.eventsTable, events, ['PutItem']);
}

export function grantReadEvents(to: ServiceFunction, { events }: Ledger): void {
  grant(to, ENV.eventsTable, events, ['Query']);
}

export function grantQueryWaitingApprovals(to: ServiceFunction, { approvals }: Ledger): void {
  to.allow(['dynamodb:Query'], [`${approvals.tableArn}/index/${APPROVALS.waitingIndex.name}`]);
}

export function grantQueryUnfinishedRuns(to: ServiceFunction, { runs }: Ledger): void {
  to.allow(['dynamodb:Query'], [`${runs.tableArn}/index/${RUNS.unfinishedIndex.name}`]);
}

export function grantReadWarrants(to: ServiceFunction, { warrants }: Ledger): void {
  grant(to, ENV.warrantsTable, warrants, ['Query']);
}

/** For `authorize`, and for nobody else: the right to create warrants. */
export function grantCreateWarrants(to: ServiceFunction, { warrants }: Ledger): void {
  grant(to, ENV.warrantsTable, warrants, ['GetItem', 'PutItem']);
}

/**
 * For executors: read a warrant and move it on. An update of a key that does not exist creates an item, so the
 * attributes are limited too: an executor cannot write a digest, and a warrant without one is honoured by nobody.
 */
export function grantUseWarrants(to: ServiceFunction, { warrants }: Ledger): void {
  grant(to, ENV.warrantsTable, warrants, ['GetItem']);
  to.allow(['dynamodb:UpdateItem'], [warrants.tableArn], onlyAttributes(WARRANT_ATTRIBUTES_OF_EXECUTOR));
}

/** For executors: correct what a run holds and has spent, and count what succeeded. */
export function grantSettleRuns(to: ServiceFunction, ledger: Ledger): void {
  grantRuns(to, ledger, ['ConditionCheckItem']);
  grantUpdateRuns(to, ledger, 'executor');
}

/** For `authorize`: hold money, count what is allowed, and require of every counter that it is as it was read. */
export function grantHoldForCalls(to: ServiceFunction, ledger: Ledger): void {
  grantRuns(to, ledger, ['GetItem', 'ConditionCheckItem']);
  grantUpdateRuns(to, ledger, 'authorize');
}

/** For `authorize`: see what has come into a run. */
export function grantReadProvenance(to: ServiceFunction, { provenance }: Ledger): void {
  grant(to, ENV.provenanceTable, provenance, ['Query']);
}

/** For the API, and for nobody else: keep what a person said. */
export function grantKeepPrompts(to: ServiceFunction, { provenance }: Ledger): void {
  grant(to, ENV.provenanceTable, provenance, ['PutItem'], onlyKeysLike([PROMPT_SOURCES]));
}

/** For executors: keep what the tools of their own namespace answered, and of no other. */
export function grantKeepOutputs(to: ServiceFunction, { provenance }: Ledger, namespace: string): void {
  grant(to, ENV.provenanceTable, provenance, ['PutItem'], onlyKeysLike([toolSources(namespace)]));
}

/**
 * For the API: list the calls whose outcome is unknown, and write down what a person has found out. Neither what a call
 * is nor whether it may be executed is among the attributes, so this can make no warrant usable.
 */
export function grantSettleUnknownOutcomes(to: ServiceFunction, { warrants }: Ledger): void {
  grant(to, ENV.warrantsTable, warrants, ['GetItem']);
  to.allow(['dynamodb:Query'], [`${warrants.tableArn}/index/${WARRANTS.unknownIndex.name}`]);
  to.allow(['dynamodb:UpdateItem'], [warrants.tableArn], onlyAttributes(WARRANT_ATTRIBUTES_OF_PEOPLE));
}

/** For `authorize`: take what a call may have of its limits, and look at breakers. */
export function grantTakeLimits(to: ServiceFunction, { limits }: Ledger): void {
  grant(to, ENV.limitsTable, limits, ['GetItem', 'BatchGetItem', 'UpdateItem']);
}

/**
 * For executors: give places back and say what calls came to, of their own tools only. An executor runs the code of one
 * namespace's tools; it must not open the breaker of another's, nor touch a rate.
 */
export function grantReportToLimits(to: ServiceFunction, { limits }: Ledger, namespace: string): void {
  grant(to, ENV.limitsTable, limits, ['UpdateItem'], onlyKeysLike(limitKeyPatterns(namespace)));
}

/**
 * For executors: give answers of their own namespace's tools again, keep them, and say which of its resources are written to. An
 * executor that is taken over can neither answer for another namespace nor say that another's resource has not changed.
 */
export function grantCacheReads(to: ServiceFunction, { cache }: Ledger, namespace: string): void {
  const [answers, resources] = [toolAnswerKeys(namespace), writtenResourceKeys(namespace)];
  grant(to, ENV.cacheTable, cache, ['BatchGetItem'], onlyKeysLike([answers, resources]));
  grant(to, ENV.cacheTable, cache, ['PutItem'], onlyKeysLike([answers]));
  grant(to, ENV.cacheTable, cache, ['UpdateItem'], onlyKeysLike([resources]));
}

/** For `plan`: give answers of models again, and keep them. */
export function grantCacheModelAnswers(to: ServiceFunction, { cache }: Ledger): void {
  grant(to, ENV.cacheTable, cache, ['GetItem', 'PutItem'], onlyKeysLike([MODEL_ANSWER_KEYS]));
}

export function onlyKeysLike(patterns: readonly string[]): Record<string, unknown> {
  return {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...patterns] },
    // "for all values" also holds when there are none
    Null: { 'dynamodb:LeadingKeys': 'false' },
  };
}

/** Updates that name these attributes only, and are answered with no others. */
export function onlyAttributes(
  attributes: readonly string[],
  operator: 'StringEquals' | 'StringLike' = 'StringEquals',
): Record<string, unknown> {
  return {
    [`ForAllValues:${operator}`]: { 'dynamodb:Attributes': [...attributes] },
    // "for all values" also holds when there are none
    Null: { 'dynamodb:Attributes': 'false' },
    StringEqualsIfExists: { 'dynamodb:ReturnValues': ['NONE', 'UPDATED_OLD', 'UPDATED_NEW'] },
  };
}

/**
 * For `seal`: put batches and say that they wait, look whether what leaves the ledger is in the log, and keep the policies that decided.
 * It can touch nothing of the log.
 */
export function grantSeal(to: ServiceFunction, { auditBucket, log }: Ledger): void {
  to.function.addEnvironment(ENV.auditBucket, auditBucket.bucketName);
  grantFolder(to, auditBucket, LOG_KEYS.batches, ['s3:PutObject', 's3:GetObject']);
  grantFolder(to, auditBucket, LOG_KEYS.bundles, ['s3:PutObject']);
  grant(to, ENV.logTable, log, ['PutItem'], onlyKeysLike([PENDING_BATCHES]));
  grant(to, ENV.logTable, log, ['Query'], onlyKeysLike([INDEXED_RUNS]));
}

/** For `checkpoint`, and for nobody else: make the log out of batches, and sign it. It can make up no batch. */
export function grantCheckpoint(to: ServiceFunction, { auditBucket, auditKey, log }: Ledger): void {
  const { batches, rounds, tiles, events, checkpoints, checkpoint } = LOG_KEYS;
  to.function.addEnvironment(ENV.auditBucket, auditBucket.bucketName);
  to.function.addEnvironment(ENV.auditKey, auditKey.keyArn);
  // without the right to list S3 does not say that an object is absent
  to.allow(['s3:ListBucket'], [auditBucket.bucketArn]);
  grantFolder(to, auditBucket, batches, ['s3:GetObject']);
  for (const folder of [rounds, tiles, events, checkpoints]) {
    grantFolder(to, auditBucket, folder, ['s3:PutObject', 's3:GetObject']);
  }
  to.allow(['s3:PutObject', 's3:GetObject'], [auditBucket.arnForObjects(checkpoint)]);
  grant(to, ENV.logTable, log, ['Query', 'BatchWriteItem'], onlyKeysLike([PENDING_BATCHES, INDEXED_RUNS]));
  to.allow(['kms:Sign', 'kms:GetPublicKey'], [auditKey.keyArn]);
}

/** Folders of hashes, `tile/0/` and above, and not `tile/entries/`, where events of all tenants are. */
const HASHES = `${LOG_KEYS.tiles}?/`;

/** For the API: prove where in the log events of a run are. It reads hashes and the checkpoint, no entry, and signs nothing. */
export function grantProve(to: ServiceFunction, { auditBucket, auditKey, log }: Ledger): void {
  to.function.addEnvironment(ENV.auditBucket, auditBucket.bucketName);
  to.function.addEnvironment(ENV.auditKey, auditKey.keyArn);
  // without the right to list S3 does not say that there is no checkpoint yet
  to.allow(['s3:ListBucket'], [auditBucket.bucketArn]);
  grantFolder(to, auditBucket, HASHES, ['s3:GetObject']);
  to.allow(['s3:GetObject'], [auditBucket.arnForObjects(LOG_KEYS.checkpoint)]);
  grant(to, ENV.logTable, log, ['Query'], onlyKeysLike([INDEXED_RUNS]));
  to.allow(['kms:GetPublicKey'], [auditKey.keyArn]);
}

export function grantTranscripts(to: ServiceFunction, ledger: Ledger): void {
  grantBeginTranscripts(to, ledger);
  grantFolder(to, ledger.transcriptsBucket, TRANSCRIPTS, ['s3:GetObject']);
  grantKey(to, ledger.transcriptsBucket, 'kms:Decrypt');
}

/** For the API: keep what a run is asked for, and read nothing. */
export function grantBeginTranscripts(to: ServiceFunction, { transcriptsBucket }: Ledger): void {
  to.function.addEnvironment(ENV.transcriptsBucket, transcriptsBucket.bucketName);
  grantFolder(to, transcriptsBucket, TRANSCRIPTS, ['s3:PutObject']);
  grantKey(to, transcriptsBucket, 'kms:GenerateDataKey');
}

export const TRANSCRIPTS = transcriptFolder(undefined);

function grantKey(to: ServiceFunction, { encryptionKey }: Bucket, action: string): void {
  if (encryptionKey !== undefined) {
    to.allow([action], [encryptionKey.keyArn]);
  }
}

/** @param folder - with a slash at its end */
export function grantFolder(
  to: ServiceFunction,
  bucket: Bucket,
  folder: string,
  actions: readonly string[],
): void {
  const objects = `${Stack.of(bucket).exportValue(bucket.bucketArn)}/${folder}*`;
  to.allow(actions, [objects]);
  explainWildcard(
    to.role,
    objects,
    'keys are made from runs and contents, so objects are named by their folder',
  );
}
