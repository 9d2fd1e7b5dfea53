import { MORE_THAN_TELLING, TELLING_UPDATES } from './approval-updates.ts';
import { type Case, exactly, roleCaller } from './cases.ts';
import { controlPlaneCalls } from './control-plane-calls.ts';
import type { DeployedPolicies } from './deployed-policies.ts';

/** Updates of the same attributes are one right. */
const SETTLING = ["settle a run's money", "correct a closed run's money"];
const SLEEPING = ['let a run sleep', 'let a run wake'];
const CLOSING = [
  ...['close a run', 'close a run that holds nothing', 'let a run sleep', 'take a run off the list'],
  ...['lease more for a run', ...SETTLING],
];
const OPENING = [
  ...['open a run', "change a run's cap", 'hold money for a call'],
  ...['lease more for a run', ...SETTLING],
];
const LEASING = ['lease more for a run', 'lease of a day'];

/** What reading and changing approvals without a limit on their keys comes to. */
const READING_APPROVALS = ['read an approval', 'read the answer whether a run goes on'];
const VERDICTS_OF_QUESTIONS = ['change an approval', 'use or end the answer whether a run goes on'];
const CHANGING_APPROVALS = [
  ...Object.keys(TELLING_UPDATES),
  ...Object.keys(MORE_THAN_TELLING),
  'tell people and see the whole approval',
  'take a verdict that was pressed',
  'take a verdict and see the whole approval',
  'take a verdict on another call',
  'take a verdict and ask somebody else',
  'take a verdict and wait for longer',
  'say in which messages an approval is',
  'say that people are reached',
  'change what wakes a machine',
  'change an approval',
  'use or end the answer whether a run goes on',
  'change approvals without saying which',
];
const ASKING = [
  'ask for an approval',
  'ask whether a run goes on',
  'ask for an approval in a tenant that is named like a question',
];

const EXECUTOR = [
  'read a warrant',
  'begin an attempt',
  'settle an attempt',
  'hand an unknown outcome over to people',
  'require that a run is open',
  ...SETTLING,
  "settle a run's money and count a success",
  'count a success of what policies count no more',
  'append an event',
];

/** What an update of a limit without a limit on its keys comes to. */
const ANY_UPDATE_OF_A_LIMIT = [
  'move the breaker of a retail tool',
  'move the breaker of a retail tool in another tenant',
  'move the breaker of a helpdesk tool',
  'move the breaker of a helpdesk tool in a tenant that is named like retail',
  'move the breaker of a tool whose namespace only begins like retail',
  'free a place of a retail tool',
  'free a place of a helpdesk tool',
  'free a place of a helpdesk tool of an agent that is named like retail',
  'free a place of a helpdesk tool of an agent that is named like a kind',
  'forget the rate of a retail tool',
  'forget the rate of a helpdesk tool',
  'forget the rate of a retail tool of an agent that is named like a kind',
  'update a limit without saying which',
];

const RETAIL_LIMITS = [
  'move the breaker of a retail tool',
  'move the breaker of a retail tool in another tenant',
  'free a place of a retail tool',
];

const HELPDESK_LIMITS = [
  'move the breaker of a helpdesk tool',
  'move the breaker of a helpdesk tool in a tenant that is named like retail',
  'free a place of a helpdesk tool',
  'free a place of a helpdesk tool of an agent that is named like retail',
  'free a place of a helpdesk tool of an agent that is named like a kind',
];

const cacheOf = (namespace: string, tenant = '') => [
  `look for an answer of a ${namespace} tool${tenant}`,
  `keep an answer of a ${namespace} tool${tenant}`,
  `look whether a ${namespace} resource has changed${tenant}`,
  `say that a ${namespace} resource has changed${tenant}`,
];

const EXECUTORS = [
  'invoke the executor of retail',
  'invoke the executor of helpdesk',
  'invoke the executor of loyalty',
  'invoke the executor of stock',
  'invoke the executor of documents',
];

const MACHINE = [
  'invoke open-run',
  'invoke plan',
  'invoke countersign',
  'invoke close-run',
  'start a governed call',
];

/** All that each function and each machine needs for what its code does; nothing else is allowed to it. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  ApiRole: [
    ...['read a run', 'put a run', ...SLEEPING, "change a run's cap", 'list what was leased of a day'],
    ...['append an event', 'list the events of a run'],
    ...[...READING_APPROVALS, ...CHANGING_APPROVALS, 'list the approvals that wait'],
    ...['start a run', 'write a transcript', 'make a key for a transcript'],
    ...['open break-glass', 'read a break-glass grant', 'list the break-glass grants'],
    ...['confirm or end break-glass', 'read a warrant'],
    ...['list the unknown outcomes', 'settle an unknown outcome'],
    'keep what a person said',
    ...['see whether a workflow is paused', 'resume a workflow', 'count how a run has ended'],
    ...['invoke erase-person', 'invoke hold-run'],
    // proves what is in the log, and reads no entry of it
    ...['list the audit bucket', 'read a tile of the log', 'read the checkpoint of the log'],
    ...['look where a run is', 'see the public key of the log'],
  ],
  // reads no transcript, deletes no run and no event, lifts no hold
  ErasePersonRole: [
    ...['read a run', 'list the runs of a person', 'say that a run is to be erased', 'make a run nobody’s'],
    // by taking the name away; IAM knows attributes and no values
    'change for whom a run acts',
    // its conditions name what says so, which to IAM is as good as writing it; S3 keeps what is held from it all the same
    'say that all of a run is held',
    ...['begin an erasure', 'end an erasure'],
    ...['list the warrants of a run', 'delete a warrant', 'list the unknown outcomes'],
    ...['see what came into a run', 'forget what came into a run', 'delete an approval'],
    ...['list the events of a run', 'append an event'],
    ...['delete a transcript', 'delete a version of a transcript', 'list the versions of the transcripts'],
  ],
  // deletes nothing
  HoldRunRole: [
    ...['read a run', 'list what is to be held', "say that a run's data is held"],
    ...["say that a run's data is released", 'say that all of a run is held'],
    ...['list the events of a run', 'append an event', 'let an event stay'],
    ...['list the warrants of a run', 'let a warrant stay'],
    ...['see what came into a run', 'let what a person said stay'],
    ...['hold a transcript', 'list the versions of the transcripts'],
  ],
  AuthorizeRole: [
    ...['read a run', 'require that a run is open', 'hold money for a call', ...LEASING],
    ...[...SLEEPING, 'take a run off the list'],
    ...['read a warrant', 'put a warrant', 'append an event'],
    ...[...READING_APPROVALS, ...ASKING, ...CHANGING_APPROVALS],
    ...['list the break-glass grants', 'require that break-glass is active'],
    ...['read an order', 'find a customer by e-mail', 'list the products'],
    ...[...ANY_UPDATE_OF_A_LIMIT, 'look at a breaker', 'look at places'],
    ...['read a document', 'list the documents'],
    ...['hold money for a call that counts', 'see what came into a run'],
  ],
  OpenRunRole: [
    ...['read a run', ...OPENING, 'append an event'],
    ...['lease of a day', 'see how much of a day is left', 'say that little of a day is left'],
    'see whether a workflow is paused',
    ...['see which policies were in force', 'say that policies have changed'],
  ],
  PlanRole: [
    ...['read a run', 'require that a run is open', ...SETTLING, ...LEASING, 'append an event'],
    ...['hold money for a model', "settle a model's answer", 'take steps of a run'],
    'ask whether a run goes on',
    'read the answer whether a run goes on',
    'use or end the answer whether a run goes on',
    ...['read a transcript', 'write a transcript', 'make a key for a transcript', 'decrypt a transcript'],
    ...['ask the model', 'ask the model in another region'],
    ...['look for an answer of a model', 'keep an answer of a model'],
  ],
  CountersignRole: [
    ...['let a run sleep', 'append an event', ...READING_APPROVALS, ...CHANGING_APPROVALS],
    'keep what wakes a machine',
  ],
  // neither starts a run, nor wakes a machine, nor asks for an approval, nor puts a warrant
  SlackInteractionsRole: [
    ...[...READING_APPROVALS, 'take a verdict that was pressed', ...VERDICTS_OF_QUESTIONS],
    ...[...SLEEPING, 'append an event'],
    ...["read the Slack app's token", 'read what Slack signs with'],
  ],
  // neither approves, nor asks for an approval, nor wakes a machine as if somebody had approved
  TellPeopleRole: [
    ...[...READING_APPROVALS, 'list the approvals that wait', 'see what is due', 'follow the approvals'],
    ...[...Object.keys(TELLING_UPDATES), 'append an event'],
    ...['say in which messages an approval is', 'say that people are reached'],
    ...['open what wakes a machine', 'tell a machine that people are reached', 'end the wait of a machine'],
    "read the Slack app's token",
  ],
  CloseRunRole: [
    ...['read a run', ...CLOSING, 'append an event', 'lease of a day'],
    // it reads the counters of days, and what else is in their table
    ...['count how a run has ended', 'see how runs have ended', 'see which policies were in force'],
    'require that nobody has begun to count anew',
    ...['see whether a workflow is paused', 'pause a workflow'],
    ...[...READING_APPROVALS, ...CHANGING_APPROVALS],
  ],
  ReconcileRole: [
    ...[
      'read a run',
      'lease of a day',
      'lease more for a run',
      'take a run off the list',
      'list unfinished runs',
      'list the warrants of a run',
    ],
    ...['invoke close-run', ...EXECUTORS],
    'look at an execution',
  ],
  ResumeRunRole: [
    ...['follow the approvals', 'wake a machine', 'end the wait of a machine'],
    'open what wakes a machine',
  ],
  // makes up no entry of the log, and signs nothing
  SealRole: [
    ...['follow the events', 'seal a batch for the log', 'read a batch of the log'],
    ...['say that a batch waits', 'look where a run is'],
    'keep policies that decided beside the log',
    ...['put an undelivered event aside', 'put aside what cannot be sealed'],
  ],
  // makes up no batch
  CheckpointRole: [
    ...[
      'list the audit bucket',
      'read a batch of the log',
      'read a round of the log',
      'read a tile of the log',
      'read entries of the log',
    ],
    ...['read the log', 'read the checkpoint of the log'],
    ...[
      'begin a round of the log',
      'add a tile to the log',
      'add to the log',
      'keep a checkpoint of the log',
    ],
    ...['put the first checkpoint of the log', 'move the checkpoint of the log from the one before'],
    ...[
      'see what waits to be integrated',
      'look where a run is',
      'write where a run is',
      'take away what waits',
    ],
    ...['sign for the log', 'see the public key of the log'],
  ],
  ExecuteretailRole: [
    ...EXECUTOR,
    ...RETAIL_LIMITS,
    ...cacheOf('retail'),
    'keep what a retail tool answered',
  ],
  ExecutehelpdeskRole: [
    ...[...EXECUTOR, ...HELPDESK_LIMITS],
    ...[...cacheOf('helpdesk'), ...cacheOf('helpdesk', ' in a tenant that is named like tool-retail')],
    'keep what a helpdesk tool answered',
    'keep what a helpdesk tool answered in a run that is named like retail',
  ],
  ExecutedocumentsRole: EXECUTOR,
  ExecuteloyaltyRole: EXECUTOR,
  ExecutestockRole: EXECUTOR,
  ExecutedeskRole: EXECUTOR,
  ExecuteerpRole: EXECUTOR,
  ExecuteopsRole: EXECUTOR,
  // the sample's existing system is no part of the control plane
  LoyaltyRole: [],
  GovernedCallRole: ['invoke authorize', ...EXECUTORS],
  'retail-support-MachineRole': MACHINE,
  'helpdesk-triage-MachineRole': MACHINE,
  'store-operations-MachineRole': MACHINE,
  'refund-desk-MachineRole': MACHINE,
  'invoice-reconciliation-MachineRole': MACHINE,
  'operations-MachineRole': MACHINE,
};

/** Of every role that is no agent's, against all that can be done to a control plane. */
export function controlPlaneCases(policies: DeployedPolicies): Case[] {
  const calls = controlPlaneCalls(policies);
  const services = [...policies.roles.keys()].filter((name) => !name.endsWith('-Agent'));
  return services.flatMap((name) => {
    const needed = NEEDED[name];
    if (needed === undefined) {
      throw new Error(`role '${name}' is in no table, say in control-plane-cases.ts what it needs`);
    }
    return exactly(name, roleCaller(policies, name), calls, [...needed, 'write a trace']);
  });
}
