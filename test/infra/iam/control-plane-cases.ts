import { type Case, exactly, roleCaller } from './cases.ts';
import { controlPlaneCalls } from './control-plane-calls.ts';
import type { DeployedPolicies } from './deployed-policies.ts';

/** What an update of a run without a limit on its attributes comes to. */
const ANY_UPDATE_OF_A_RUN = [
  "settle a run's money",
  "settle a run's money and see the whole run",
  'change for whom a run acts',
  "change a run's mode",
  'update a run without naming an attribute',
];

const EXECUTOR = [
  'read a warrant',
  'begin an attempt',
  'settle an attempt',
  'hand an unknown outcome over to people',
  'require that a run is open',
  "settle a run's money",
  'append an event',
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
    ...['read a run', 'put a run', ...ANY_UPDATE_OF_A_RUN],
    ...['append an event', 'list the events of a run'],
    ...['read an approval', 'change an approval', 'list the approvals that wait'],
    ...['open break-glass', 'read a break-glass grant', 'list the break-glass grants'],
    ...['confirm or end break-glass', 'read a warrant'],
    ...['list the unknown outcomes', 'settle an unknown outcome'],
    'start a run',
  ],
  AuthorizeRole: [
    ...['read a run', 'require that a run is open', ...ANY_UPDATE_OF_A_RUN],
    ...['read a warrant', 'put a warrant', 'append an event'],
    ...['read an approval', 'ask for an approval', 'change an approval'],
    ...['list the break-glass grants', 'require that break-glass is active'],
    ...['read an order', 'find a customer by e-mail', 'list the products'],
  ],
  OpenRunRole: ['read a run', ...ANY_UPDATE_OF_A_RUN, 'append an event'],
  PlanRole: [
    ...['read a run', ...ANY_UPDATE_OF_A_RUN, 'append an event'],
    ...['read a transcript', 'write a transcript', 'make a key for a transcript', 'decrypt a transcript'],
    ...['ask the model', 'ask the model in another region'],
  ],
  CountersignRole: [...ANY_UPDATE_OF_A_RUN, 'append an event', 'read an approval', 'change an approval'],
  CloseRunRole: [
    ...['read a run', ...ANY_UPDATE_OF_A_RUN, 'append an event'],
    ...['read an approval', 'change an approval'],
  ],
  ReconcileRole: [
    ...['read a run', ...ANY_UPDATE_OF_A_RUN, 'list unfinished runs', 'list the warrants of a run'],
    ...['invoke close-run', 'invoke the executor of retail', 'invoke the executor of helpdesk'],
    'look at an execution',
  ],
  ResumeRunRole: ['follow the approvals', 'wake a machine'],
  SealRole: ['follow the events', 'add to the log', 'put an undelivered event aside'],
  ExecuteretailRole: EXECUTOR,
  ExecutehelpdeskRole: EXECUTOR,
  GovernedCallRole: ['invoke authorize', 'invoke the executor of retail', 'invoke the executor of helpdesk'],
  'retail-support-MachineRole': MACHINE,
  'helpdesk-triage-MachineRole': MACHINE,
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
