import { arnOf, on } from './calls.ts';
import { ADMINISTRATOR, type Case, exactly, FOREIGN_ADMINISTRATOR, OWN_ROOT, roleCaller } from './cases.ts';
import { controlPlaneCalls } from './control-plane-calls.ts';
import type { DeployedPolicies } from './deployed-policies.ts';

/** What the bucket's own policy refuses to everybody, whatever rights they have. */
const REFUSED_TO_EVERYBODY = [
  'write over an object of the log',
  'write over a kept checkpoint of the log',
  'write over policies that decided beside the log',
  'move the checkpoint of the log from whatever it is',
  'hide an object of the log',
  'delete a version of an object of the log',
  'hide an object of the log by replicating a deletion',
  'change the retention of an object of the log',
  'bypass the retention of an object of the log',
  'change the lock of the audit bucket',
  'let objects of the log expire',
  'suspend the versions of the audit bucket',
  'delete the audit bucket',
];

/** The audit bucket against those who may do everything else. */
export function logCases(policies: DeployedPolicies): Case[] {
  const calls = controlPlaneCalls(policies);
  const aboutTheLog = Object.fromEntries(
    Object.entries(calls).filter(
      ([what, { action }]) => / log\b|audit bucket/.test(what) && action.startsWith('s3:'),
    ),
  );
  const others = Object.keys(aboutTheLog).filter((what) => !REFUSED_TO_EVERYBODY.includes(what));
  const overHttp = Object.fromEntries(
    Object.entries(aboutTheLog).map(([what, call]) => [
      `${what} without TLS`,
      { ...call, context: { ...call.context, 'aws:SecureTransport': 'false' } },
    ]),
  );
  return [
    ...exactly('an administrator', ADMINISTRATOR, aboutTheLog, others),
    ...exactly('the root of the account', OWN_ROOT, aboutTheLog, others),
    ...exactly('an administrator of another account', FOREIGN_ADMINISTRATOR, aboutTheLog, []),
    ...exactly('an administrator', ADMINISTRATOR, overHttp, []),
    ...exactly('seal', roleCaller(policies, 'SealRole'), overHttp, []),
    ...callersOfTheApi(policies),
  ];
}

/** A function that somebody from outside reaches: through this very API, and as what IAM has verified there. */
function callersOfTheApi(policies: DeployedPolicies): Case[] {
  const api = on(arnOf(policies, 'Lambda::Function', 'ApiFunction'), 'lambda:InvokeFunction');
  const route = (id: string, path: string) => ({
    ...api,
    context: { 'aws:SourceArn': `arn:aws:execute-api:us-east-1:123456789012:${id}/$default/GET${path}` },
  });
  const gateway = { principal: 'apigateway.amazonaws.com' };
  const row = (
    who: string,
    what: string,
    call: Case['call'],
    may: boolean,
    caller: Case['caller'] = gateway,
  ) => ({
    ...{ who, caller, what, call, may },
  });
  return [
    row('API Gateway', 'invoke the api for one of its routes', route('HttpApi', '/approvals'), true),
    row('API Gateway', 'invoke the api for another route', route('HttpApi', '/admin'), false),
    row('API Gateway', 'invoke the api for another API', route('OtherApi', '/approvals'), false),
    row('EventBridge', 'invoke the api', route('HttpApi', '/approvals'), false, {
      principal: 'events.amazonaws.com',
    }),
    row('an administrator of another account', 'invoke the api', api, false, FOREIGN_ADMINISTRATOR),
  ];
}
