import { MORE_THAN_TELLING, TELLING_UPDATES } from './approval-updates.ts';
import { arnOf, type Calls, elsewhere, item, on, tableArn, update } from './calls.ts';
import { PLACE } from './concrete.ts';
import type { DeployedPolicies } from './deployed-policies.ts';
import type { Call } from './evaluate.ts';
import { RUN_UPDATES } from './run-updates.ts';

// long, because it is one list of what there is to do to a control plane, and every role is held against all of it

const RUN = 'acme#run-1';
const ERASURE = 'acme#erasure#lena';
const APPROVAL = 'acme#approval-1';
const QUESTION = 'acme#go-1';
const TENANT = 'acme';
const OBJECT = 'events/dt=2026-11-21/0000000000000000.ndjson.gz';

/** Attributes of the updates in `functions/adapters/warrants.ts`, keys and conditions included. */
const BEGIN = ['run', 'callId', 'state', 'attempt', 'deadline', 'expiresAt'];
const SETTLE = ['run', 'callId', 'state', 'outcome', 'attempt'];
const HAND_OVER = [...SETTLE, 'unknownTenant', 'unknownSince', 'purgeAt'];
/** Attributes of `recordVerdict` in `functions/adapters/approvals.ts`. */
const VERDICT = ['approval', 'state', 'verdicts', 'revision', 'presses', 'waitingTenant'];
const SETTLE_BY_PERSON = ['run', 'callId', 'settled', 'unknownTenant', 'unknownSince', 'purgeAt'];

export function controlPlaneCalls(policies: DeployedPolicies): Calls {
  return {
    ...ledgerCalls(policies),
    ...logCalls(policies),
    ...transcriptCalls(policies),
    ...computeCalls(policies),
    ...identityCalls(policies),
    ...outsideCalls(policies),
  };
}

function mapped<T>(values: Readonly<Record<string, T>>, map: (value: T) => Call): Calls {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
}

function ledgerCalls(policies: DeployedPolicies): Calls {
  const [runs, warrants, events, approvals, breakGlass] = [
    'Runs',
    'Warrants',
    'Events',
    'Approvals',
    'BreakGlass',
  ].map((name) => tableArn(policies, name)) as [string, string, string, string, string];
  return {
    'read a run': item('GetItem', runs, RUN),
    'put a run': item('PutItem', runs, RUN),
    'require that a run is open': item('ConditionCheckItem', runs, RUN),
    ...mapped(RUN_UPDATES, (attributes) => update(runs, RUN, attributes)),
    "settle a run's money and see the whole run": update(runs, RUN, RUN_UPDATES["settle a run's money"], {
      'dynamodb:ReturnValues': 'ALL_NEW',
    }),
    'change for whom a run acts': update(runs, RUN, ['run', 'user']),
    "change a run's cap": update(runs, RUN, ['run', 'capMicroDollars', 'capChanges']),
    'update a run without naming an attribute': item('UpdateItem', runs, RUN),
    'begin an erasure': item('PutItem', runs, ERASURE),
    'end an erasure': item('DeleteItem', runs, ERASURE),
    'list the runs of a person': item('Query', `${runs}/index/person`, 'acme#lena'),
    'list what is to be held': item('Query', `${runs}/index/hold`, 'hold'),
    'delete a run': item('DeleteItem', runs, RUN),
    'list unfinished runs': item('Query', `${runs}/index/unfinished`, '3'),
    'scan the runs': on(runs, 'dynamodb:Scan'),
    'read a warrant': item('GetItem', warrants, RUN),
    'put a warrant': item('PutItem', warrants, RUN),
    'begin an attempt': update(warrants, RUN, BEGIN),
    'settle an attempt': update(warrants, RUN, SETTLE),
    'settle an attempt and see the whole warrant': update(warrants, RUN, SETTLE, {
      'dynamodb:ReturnValues': 'ALL_NEW',
    }),
    'hand an unknown outcome over to people': update(warrants, RUN, HAND_OVER),
    'list the unknown outcomes': item('Query', `${warrants}/index/unknown`, TENANT),
    'settle an unknown outcome': update(warrants, RUN, SETTLE_BY_PERSON),
    'settle an unknown outcome and see the whole warrant': update(warrants, RUN, SETTLE_BY_PERSON, {
      'dynamodb:ReturnValues': 'ALL_NEW',
    }),
    'settle an unknown outcome and make its warrant usable': update(warrants, RUN, [
      ...SETTLE_BY_PERSON,
      'state',
      'expiresAt',
    ]),
    'settle an unknown outcome and change what the call answered': update(warrants, RUN, [
      ...SETTLE_BY_PERSON,
      'outcome',
    ]),
    'settle an unknown outcome for another call': update(warrants, RUN, [...SETTLE_BY_PERSON, 'digest']),
    "write a warrant's digest": update(warrants, RUN, [...BEGIN, 'digest']),
    'change what a warrant is for': update(warrants, RUN, [...BEGIN, 'proposal']),
    'change whose warrant it is': update(warrants, RUN, ['run', 'callId', 'agent']),
    'change the hold of a warrant': update(warrants, RUN, ['run', 'callId', 'holdMicroDollars']),
    'update a warrant without naming an attribute': item('UpdateItem', warrants, RUN),
    'let a warrant stay': update(warrants, RUN, ['run', 'callId', 'purgeAt', 'heldPurgeAt']),
    'delete a warrant': item('DeleteItem', warrants, RUN),
    'list the warrants of a run': item('Query', warrants, RUN),
    'scan the warrants': on(warrants, 'dynamodb:Scan'),
    'write warrants in a batch': item('BatchWriteItem', warrants, RUN),
    'insert a warrant by PartiQL': item('PartiQLInsert', warrants, RUN),
    'append an event': item('PutItem', events, RUN),
    'change an event': update(events, RUN, ['run', 'position', 'event']),
    'let an event stay': update(events, RUN, ['run', 'position', 'purgeAt', 'heldPurgeAt']),
    'delete an event': item('DeleteItem', events, RUN),
    'list the events of a run': item('Query', events, RUN),
    'scan the events': on(events, 'dynamodb:Scan'),
    'follow the events': on(
      `${arnOf(policies, 'DynamoDB::GlobalTable', 'Events')}/stream/2026-01-01T00:00:00.000`,
      'dynamodb:GetRecords',
    ),
    'read an approval': item('GetItem', approvals, APPROVAL),
    'ask for an approval': item('PutItem', approvals, APPROVAL),
    'change an approval': update(approvals, APPROVAL, ['approval', 'state', 'verdicts']),
    'take a verdict that was pressed': update(approvals, APPROVAL, VERDICT),
    'take a verdict and see the whole approval': update(approvals, APPROVAL, VERDICT, {
      'dynamodb:ReturnValues': 'ALL_NEW',
    }),
    'take a verdict on another call': update(approvals, APPROVAL, [...VERDICT, 'digest']),
    'take a verdict and ask somebody else': update(approvals, APPROVAL, [...VERDICT, 'asks']),
    'take a verdict and wait for longer': update(approvals, APPROVAL, [...VERDICT, 'expiresAt']),
    'say in which messages an approval is': update(approvals, APPROVAL, ['approval', 'messages']),
    'say that people are reached': update(approvals, APPROVAL, ['approval', 'reachedUntil']),
    ...mapped(TELLING_UPDATES, (attributes) => update(approvals, APPROVAL, attributes)),
    ...mapped(MORE_THAN_TELLING, (attributes) =>
      update(approvals, APPROVAL, [...(TELLING_UPDATES['add a message'] ?? []), ...attributes]),
    ),
    'tell people and see the whole approval': update(
      approvals,
      APPROVAL,
      TELLING_UPDATES['add a message'] ?? [],
      { 'dynamodb:ReturnValues': 'ALL_NEW' },
    ),
    'see what is due': item('Query', `${approvals}/index/due`, '3'),
    'change what wakes a machine': update(approvals, APPROVAL, ['approval', 'sealedToken', 'tokenDigest']),
    'read the answer whether a run goes on': item('GetItem', approvals, QUESTION),
    'ask whether a run goes on': item('PutItem', approvals, QUESTION),
    'use or end the answer whether a run goes on': update(approvals, QUESTION, ['approval', 'state']),
    'ask for an approval in a tenant that is named like a question': item(
      'PutItem',
      approvals,
      'go-acme#approval-1',
    ),
    'change approvals without saying which': on(approvals, 'dynamodb:UpdateItem'),
    'delete an approval': item('DeleteItem', approvals, APPROVAL),
    'list the approvals that wait': item('Query', `${approvals}/index/waiting`, 'acme'),
    'scan the approvals': on(approvals, 'dynamodb:Scan'),
    'follow the approvals': on(`${approvals}/stream/2026-01-01T00:00:00.000`, 'dynamodb:GetRecords'),
    ...limitCalls(policies),
    ...provenanceCalls(policies),
    ...budgetCalls(policies),
    ...cacheCalls(policies),
    'read a break-glass grant': item('GetItem', breakGlass, TENANT),
    'list the break-glass grants': item('Query', breakGlass, TENANT),
    'require that break-glass is active': item('ConditionCheckItem', breakGlass, TENANT),
    'open break-glass': item('PutItem', breakGlass, TENANT),
    'confirm or end break-glass': update(breakGlass, TENANT, ['tenant', 'grantId', 'state', 'expiresAt']),
    'delete a break-glass grant': item('DeleteItem', breakGlass, TENANT),
    'scan the break-glass grants': on(breakGlass, 'dynamodb:Scan'),
    'delete a table of the ledger': on(warrants, 'dynamodb:DeleteTable'),
    'loosen the policy of a table': on(warrants, 'dynamodb:PutResourcePolicy'),
  };
}

/** Keys as `contracts/tables.ts` makes them; names try to be taken for something else. */
function budgetCalls(policies: DeployedPolicies): Calls {
  const budgets = tableArn(policies, 'Budgets');
  const day = 'acme#2026-11-21';
  const PAUSED = 'acme#paused';
  const ending = ['tenantDay', 'scope', 'at', 'runId', 'resumedAt'];
  const keys = ['tenantDay', 'scope'];
  return {
    'lease of a day': update(budgets, day, [
      ...keys,
      'committedMicroDollars',
      'spentMicroDollars',
      'purgeAt',
    ]),
    'lease of a day and see what was leased': update(budgets, day, [...keys, 'committedMicroDollars'], {
      'dynamodb:ReturnValues': 'ALL_NEW',
    }),
    'say that little of a day is left': update(budgets, day, [...keys, 'alertedAt']),
    'count how a run has ended': update(budgets, day, [
      ...[...keys, 'runs', 'failed', 'stopped', 'costMicroDollars', 'purgeAt'],
    ]),
    'see how runs have ended': item('GetItem', budgets, day),
    'require that nobody has begun to count anew': item('ConditionCheckItem', budgets, day),
    'see whether a workflow is paused': item('GetItem', budgets, PAUSED),
    'pause a workflow': item('PutItem', budgets, PAUSED),
    'pause a workflow without saying which': on(budgets, 'dynamodb:PutItem'),
    'resume a workflow': update(budgets, PAUSED, ending),
    'resume a workflow and see the whole pause': update(budgets, PAUSED, ending, {
      'dynamodb:ReturnValues': 'ALL_NEW',
    }),
    'say of a day that it is resumed': update(budgets, day, ending),
    'change why a workflow is paused': update(budgets, PAUSED, [...ending, 'reason']),
    'forget a pause': item('DeleteItem', budgets, PAUSED),
    'put a day in a tenant that is named like a pause': item('PutItem', budgets, 'paused#2026-11-21'),
    'write something else about a day': update(budgets, day, [...keys, 'capMicroDollars']),
    'update a day without naming an attribute': item('UpdateItem', budgets, day),
    'see which policies were in force': item('GetItem', budgets, 'acme#policy'),
    'say that policies have changed': item('PutItem', budgets, 'acme#policy'),
    'forget which policies were in force': item('DeleteItem', budgets, 'acme#policy'),
    'see how much of a day is left': item('BatchGetItem', budgets, day),
    'list what was leased of a day': item('Query', budgets, day),
    'put a day': item('PutItem', budgets, day),
    'forget a day': item('DeleteItem', budgets, day),
    'scan the days': on(budgets, 'dynamodb:Scan'),
  };
}

function provenanceCalls(policies: DeployedPolicies): Calls {
  const provenance = tableArn(policies, 'Provenance');
  return {
    'keep what a person said': item('PutItem', provenance, 'acme#run-1#prompt'),
    'keep what a retail tool answered': item('PutItem', provenance, 'acme#run-1#tool#retail'),
    'keep what a helpdesk tool answered': item('PutItem', provenance, 'acme#run-1#tool#helpdesk'),
    'keep what a helpdesk tool answered in a run that is named like retail': item(
      'PutItem',
      provenance,
      'acme#tool#retail#tool#helpdesk',
    ),
    'keep what a tool answered whose namespace only ends like retail': item(
      'PutItem',
      provenance,
      'acme#run-1#tool#xretail',
    ),
    'keep something without saying what': on(provenance, 'dynamodb:PutItem'),
    'let what a person said stay': update(provenance, 'acme#run-1#prompt', [
      'source',
      'callId',
      'purgeAt',
      'heldPurgeAt',
    ]),
    'see what came into a run': item('Query', provenance, 'acme#run-1#prompt'),
    'change what came into a run': update(provenance, 'acme#run-1#tool#retail', [
      'source',
      'callId',
      'hashes',
    ]),
    'forget what came into a run': item('DeleteItem', provenance, 'acme#run-1#prompt'),
    'scan what came into runs': on(provenance, 'dynamodb:Scan'),
  };
}

/** Keys as `contracts/tables.ts` makes them; names of tenants and agents try to be taken for something else. */
function limitCalls(policies: DeployedPolicies): Calls {
  const limits = tableArn(policies, 'Limits');
  const attributes = ['limit', 'state', 'failures', 'purgeAt'];
  const move = (key: string) => update(limits, key, attributes);
  return {
    'move the breaker of a retail tool': move('acme#breaker#retail.get_order_details'),
    'move the breaker of a retail tool in another tenant': move('globex#breaker#retail.get_order_details'),
    'move the breaker of a helpdesk tool': move('acme#breaker#helpdesk.get_ticket'),
    'move the breaker of a helpdesk tool in a tenant that is named like retail': move(
      'breaker-retail.x#breaker#helpdesk.get_ticket',
    ),
    'move the breaker of a tool whose namespace only begins like retail': move('acme#breaker#retailer.get'),
    'free a place of a retail tool': move('acme#slot#retail.get_order_details#retail-support#0'),
    'free a place of a helpdesk tool': move('acme#slot#helpdesk.get_ticket#helpdesk-triage#0'),
    'free a place of a helpdesk tool of an agent that is named like retail': move(
      'acme#slot#helpdesk.get_ticket#retail.x#0',
    ),
    'free a place of a helpdesk tool of an agent that is named like a kind': move(
      'acme#slot#helpdesk.get_ticket#slot#0',
    ),
    'forget the rate of a retail tool': move('acme#rate#retail.get_order_details#retail-support'),
    'forget the rate of a helpdesk tool': move('acme#rate#helpdesk.get_ticket#helpdesk-triage'),
    'forget the rate of a retail tool of an agent that is named like a kind': move(
      'acme#rate#retail.get_order_details#slot',
    ),
    'update a limit without saying which': on(limits, 'dynamodb:UpdateItem'),
    'look at a breaker': item('GetItem', limits, 'acme#breaker#retail.get_order_details'),
    'look at places': item('BatchGetItem', limits, 'acme#slot#retail.get_order_details#retail-support#0'),
    'put a limit': item('PutItem', limits, 'acme#breaker#retail.get_order_details'),
    'delete a limit': item('DeleteItem', limits, 'acme#rate#retail.get_order_details#retail-support'),
    'scan the limits': on(limits, 'dynamodb:Scan'),
  };
}

/** Keys as `contracts/tables.ts` makes them; names of tenants try to be taken for something else. */
function cacheCalls(policies: DeployedPolicies): Calls {
  const cache = tableArn(policies, 'Cache');
  const attributes = ['entry', 'version', 'writing', 'purgeAt'];
  const all = (namespace: string, tenant = 'acme') => ({
    [`look for an answer of a ${namespace} tool${inTenant(tenant)}`]: item(
      'BatchGetItem',
      cache,
      `${tenant}#tool#${namespace}#d`,
    ),
    [`keep an answer of a ${namespace} tool${inTenant(tenant)}`]: item(
      'PutItem',
      cache,
      `${tenant}#tool#${namespace}#d`,
    ),
    [`look whether a ${namespace} resource has changed${inTenant(tenant)}`]: item(
      'BatchGetItem',
      cache,
      `${tenant}#resource#${namespace}#d`,
    ),
    [`say that a ${namespace} resource has changed${inTenant(tenant)}`]: update(
      cache,
      `${tenant}#resource#${namespace}#d`,
      attributes,
    ),
  });
  return {
    ...all('retail'),
    ...all('helpdesk'),
    ...all('helpdesk', 'tool-retail'),
    ...all('retailer'),
    'look for an answer of a model': item('GetItem', cache, 'acme#model#d'),
    'keep an answer of a model': item('PutItem', cache, 'acme#model#d'),
    'put that a retail resource has not changed': item('PutItem', cache, 'acme#resource#retail#d'),
    'change an answer of a retail tool': update(cache, 'acme#tool#retail#d', ['entry', 'answer']),
    'change an answer of a model': update(cache, 'acme#model#d', ['entry', 'answer']),
    'put into the cache without saying what': on(cache, 'dynamodb:PutItem'),
    'forget an answer of a model': item('DeleteItem', cache, 'acme#model#d'),
    'forget that a retail resource has changed': item('DeleteItem', cache, 'acme#resource#retail#d'),
    'scan the cache': on(cache, 'dynamodb:Scan'),
  };
}

function inTenant(tenant: string): string {
  return tenant === 'acme' ? '' : ` in a tenant that is named like ${tenant}`;
}

function logCalls(policies: DeployedPolicies): Calls {
  const bucket = arnOf(policies, 'S3::Bucket', 'Audit');
  const object = `${bucket}/${OBJECT}`;
  const log = tableArn(policies, 'Log');
  const key = arnOf(policies, 'KMS::Key', 'AuditKey');
  const unsealable = arnOf(policies, 'SQS::Queue', 'Unsealable');
  const onlyIfNew = { 's3:if-none-match': '*' };
  const put = (name: string) => ({
    ...{ action: 's3:PutObject', resource: `${bucket}/${name}`, context: onlyIfNew },
  });
  return {
    'seal a batch for the log': put('batches/dt=2026-11-21/20261121T101500123Z-0123.ndjson.gz'),
    'keep policies that decided beside the log': put(`bundles/${'0'.repeat(64)}.json`),
    'write over policies that decided beside the log': on(
      `${bucket}/bundles/${'0'.repeat(64)}.json`,
      's3:PutObject',
    ),
    'begin a round of the log': put('rounds/0000000000000000.json'),
    'add a tile to the log': put('tile/0/000.p/7'),
    'add to the log': put(OBJECT),
    'keep a checkpoint of the log': put('checkpoints/0000000000000007'),
    'put the first checkpoint of the log': put('checkpoint'),
    'move the checkpoint of the log from the one before': {
      ...on(`${bucket}/checkpoint`, 's3:PutObject'),
      context: { 's3:if-match': '"0123"' },
    },
    'move the checkpoint of the log from whatever it is': on(`${bucket}/checkpoint`, 's3:PutObject'),
    'write over a kept checkpoint of the log': {
      ...on(`${bucket}/checkpoints/0000000000000007`, 's3:PutObject'),
      context: { 's3:if-match': '"0123"' },
    },
    'write over an object of the log': on(object, 's3:PutObject'),
    'put into the audit bucket beside the log': put('else.ndjson'),
    'read a batch of the log': on(`${bucket}/batches/dt=2026-11-21/x.ndjson.gz`, 's3:GetObject'),
    'read a tile of the log': on(`${bucket}/tile/0/000.p/7`, 's3:GetObject'),
    'read entries of the log': on(`${bucket}/tile/entries/000.p/7`, 's3:GetObject'),
    'read a round of the log': on(`${bucket}/rounds/0000000000000000.json`, 's3:GetObject'),
    'read the checkpoint of the log': on(`${bucket}/checkpoint`, 's3:GetObject'),
    'read the log': on(object, 's3:GetObject'),
    'list the audit bucket': on(bucket, 's3:ListBucket'),
    'say that a batch waits': item('PutItem', log, 'pending'),
    'put where a run is': item('PutItem', log, 'run#acme#run-1'),
    'write where a run is': item('BatchWriteItem', log, 'run#acme#run-1'),
    'take away what waits': item('BatchWriteItem', log, 'pending'),
    'write anything else beside the log': item('BatchWriteItem', log, 'else'),
    'see what waits to be integrated': item('Query', log, 'pending'),
    'look where a run is': item('Query', log, 'run#acme#run-1'),
    'forget where a run is': item('DeleteItem', log, 'run#acme#run-1'),
    'sign for the log': on(key, 'kms:Sign'),
    'see the public key of the log': on(key, 'kms:GetPublicKey'),
    'destroy the key of the log': on(key, 'kms:ScheduleKeyDeletion'),
    'put aside what cannot be sealed': on(unsealable, 'sqs:SendMessage'),
    'take away what cannot be sealed': on(unsealable, 'sqs:DeleteMessage'),
    'hide an object of the log': on(object, 's3:DeleteObject'),
    'delete a version of an object of the log': on(object, 's3:DeleteObjectVersion'),
    'hide an object of the log by replicating a deletion': on(object, 's3:ReplicateDelete'),
    'change the retention of an object of the log': on(object, 's3:PutObjectRetention'),
    'bypass the retention of an object of the log': on(object, 's3:BypassGovernanceRetention'),
    'change the lock of the audit bucket': on(bucket, 's3:PutBucketObjectLockConfiguration'),
    'let objects of the log expire': on(bucket, 's3:PutLifecycleConfiguration'),
    'suspend the versions of the audit bucket': on(bucket, 's3:PutBucketVersioning'),
    'delete the audit bucket': on(bucket, 's3:DeleteBucket'),
    'replace the policy of the audit bucket': on(bucket, 's3:PutBucketPolicy'),
  };
}

function transcriptCalls(policies: DeployedPolicies): Calls {
  const bucket = arnOf(policies, 'S3::Bucket', 'Transcripts');
  const transcript = `${bucket}/transcripts/acme/run-1/00001.json`;
  const key = arnOf(policies, 'KMS::Key', 'TranscriptsKey');
  const tokenKey = arnOf(policies, 'KMS::Key', 'TaskTokensKey');
  return {
    'read a transcript': on(transcript, 's3:GetObject'),
    'write a transcript': on(transcript, 's3:PutObject'),
    'delete a transcript': on(transcript, 's3:DeleteObject'),
    'delete a version of a transcript': on(transcript, 's3:DeleteObjectVersion'),
    'hold a transcript': on(transcript, 's3:PutObjectLegalHold'),
    'lock a transcript': on(transcript, 's3:PutObjectRetention'),
    'list the versions of the transcripts': on(bucket, 's3:ListBucketVersions'),
    'write beside the transcripts': on(`${bucket}/else.json`, 's3:PutObject'),
    'list the transcripts': on(bucket, 's3:ListBucket'),
    'make a key for a transcript': on(key, 'kms:GenerateDataKey'),
    'decrypt a transcript': on(key, 'kms:Decrypt'),
    'keep what wakes a machine': on(tokenKey, 'kms:Encrypt'),
    'open what wakes a machine': on(tokenKey, 'kms:Decrypt'),
    'destroy the key of the transcripts': on(key, 'kms:ScheduleKeyDeletion'),
  };
}

function computeCalls(policies: DeployedPolicies): Calls {
  const invoke = (name: string) =>
    on(arnOf(policies, 'Lambda::Function', `${name}Function`), 'lambda:InvokeFunction');
  const machine = arnOf(policies, 'StepFunctions::StateMachine', 'retail-support-Machine');
  const governedCall = arnOf(policies, 'StepFunctions::StateMachine', 'GovernedCall');
  const execution = `${machine.replace(':stateMachine:', ':execution:')}:run-1`;
  const queue = arnOf(policies, 'SQS::Queue', 'SealUndelivered');
  return {
    'invoke authorize': invoke('Authorize'),
    'invoke open-run': invoke('OpenRun'),
    'invoke plan': invoke('Plan'),
    'invoke countersign': invoke('Countersign'),
    'invoke close-run': invoke('CloseRun'),
    'invoke erase-person': invoke('ErasePerson'),
    'invoke hold-run': invoke('HoldRun'),
    'invoke seal': invoke('Seal'),
    'invoke checkpoint': invoke('Checkpoint'),
    'invoke what takes presses': invoke('SlackInteractions'),
    'invoke what tells people': invoke('TellPeople'),
    'invoke the executor of retail': invoke('Executeretail'),
    'invoke the executor of helpdesk': invoke('Executehelpdesk'),
    'invoke the executor of loyalty': invoke('Executeloyalty'),
    'invoke the executor of stock': invoke('Executestock'),
    'invoke the executor of documents': invoke('Executedocuments'),
    'replace the code of an executor': on(
      arnOf(policies, 'Lambda::Function', 'ExecuteretailFunction'),
      'lambda:UpdateFunctionCode',
    ),
    'start a run': on(machine, 'states:StartExecution'),
    'start a governed call': on(governedCall, 'states:StartSyncExecution'),
    'look at an execution': on(execution, 'states:DescribeExecution'),
    'stop an execution': on(execution, 'states:StopExecution'),
    'change a machine': on(governedCall, 'states:UpdateStateMachine'),
    'wake a machine': {
      ...on(machine, 'states:SendTaskSuccess'),
      listIsWrong: 'it says that this takes no resource; Step Functions asks for the machine that waits',
    },
    'tell a machine that people are reached': {
      ...on(machine, 'states:SendTaskHeartbeat'),
      listIsWrong: 'as above',
    },
    'end the wait of a machine': { ...on(machine, 'states:SendTaskFailure'), listIsWrong: 'as above' },
    'end the wait of a machine of somebody else': {
      ...on(elsewhere('states', 'stateMachine:other'), 'states:SendTaskFailure'),
      listIsWrong: 'as above',
    },
    'wake a machine of somebody else': {
      ...on(elsewhere('states', 'stateMachine:other'), 'states:SendTaskSuccess'),
      listIsWrong: 'as above',
    },
    'put an undelivered event aside': on(queue, 'sqs:SendMessage'),
    'take an undelivered event away': on(queue, 'sqs:DeleteMessage'),
    'write a trace': on('*', 'xray:PutTraceSegments'),
  };
}

function identityCalls(policies: DeployedPolicies): Calls {
  const agent = arnOf(policies, 'IAM::Role', 'retail-support-Agent');
  const authorize = arnOf(policies, 'IAM::Role', 'AuthorizeRole');
  return {
    'give an agent another policy': on(agent, 'iam:PutRolePolicy'),
    "take an agent's boundary away": on(agent, 'iam:DeleteRolePermissionsBoundary'),
    'let somebody else become an agent': on(agent, 'iam:UpdateAssumeRolePolicy'),
    'pass the role of authorize on': on(authorize, 'iam:PassRole'),
    'assume the role of authorize': on(authorize, 'sts:AssumeRole'),
  };
}

function outsideCalls(policies: DeployedPolicies): Calls {
  const model = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
  const orders = tableArn(policies, 'orders');
  const documents = arnOf(policies, 'S3::Bucket', 'Documents');
  const document = `${documents}/acme/opening-hours.md`;
  return {
    'read an order': item('GetItem', orders, 'acme##W1'),
    'change an order': update(orders, 'acme##W1', ['id', 'document', 'version']),
    'find a customer by e-mail': item(
      'Query',
      `${tableArn(policies, 'customers')}/index/byEmail`,
      'acme#a@b.c',
    ),
    'list the products': item('Query', `${tableArn(policies, 'products')}/index/byTenant`, 'acme'),
    "read the helpdesk's token": on(
      arnOf(policies, 'SecretsManager::Secret', 'Secrethelpdeskapitoken'),
      'secretsmanager:GetSecretValue',
    ),
    "read the Slack app's token": on(
      arnOf(policies, 'SecretsManager::Secret', 'Slackbottoken'),
      'secretsmanager:GetSecretValue',
    ),
    'read what Slack signs with': on(
      arnOf(policies, 'SecretsManager::Secret', 'Slacksigningsecret'),
      'secretsmanager:GetSecretValue',
    ),
    'replace what Slack signs with': on(
      arnOf(policies, 'SecretsManager::Secret', 'Slacksigningsecret'),
      'secretsmanager:PutSecretValue',
    ),
    'read a document': on(document, 's3:GetObject'),
    'write a document': on(document, 's3:PutObject'),
    'remove a document': on(document, 's3:DeleteObject'),
    'delete a version of a document': on(document, 's3:DeleteObjectVersion'),
    'list the documents': on(documents, 's3:ListBucket'),
    'ask the model': on(elsewhere('bedrock', `inference-profile/us.${model}`), 'bedrock:InvokeModel'),
    'ask the model in another region': on(
      `arn:${PLACE.partition}:bedrock:us-west-2::foundation-model/${model}`,
      'bedrock:InvokeModel',
    ),
    'ask another model': on(
      `arn:${PLACE.partition}:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0`,
      'bedrock:InvokeModel',
    ),
  };
}
