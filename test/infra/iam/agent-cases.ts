import assert from 'node:assert/strict';
import type { Calls } from './calls.ts';
import { type Case, EVERYTHING, exactly, FOREIGN_ADMINISTRATOR, roleCaller } from './cases.ts';
import { controlPlaneCalls } from './control-plane-calls.ts';
import type { DeployedPolicies, PolicyDocument } from './deployed-policies.ts';
import { documentCalls } from './document-calls.ts';
import type { Call, Caller } from './evaluate.ts';
import { exampleCalls, ofItsTenant } from './example-calls.ts';
import { functionCalls } from './function-calls.ts';
import { callSession } from './session.ts';
import { ORDER, shopCalls } from './shop-calls.ts';

const TENANT: Readonly<Record<string, string>> = { 'aws:PrincipalTag/tenant': 'acme' };

const ADD_POINTS = {
  tool: 'loyalty.add_points',
  arguments: { member_id: 'lena_hofer_4821', points: 50, reason: 'goodwill' },
  resource: { type: 'Member', id: 'lena_hofer_4821', attributes: {} },
};

const READ_ORDER = {
  tool: 'retail.get_order_details',
  arguments: { order_id: ORDER },
  resource: { type: 'Order', id: ORDER, attributes: {} },
};

/** What is left when a line of defence is missing: the session policy, the tags, or both. */
export async function agentCases(policies: DeployedPolicies): Promise<Case[]> {
  const shop = shopCalls(policies);
  const everything = {
    ...controlPlaneCalls(policies),
    ...documentCalls(policies),
    ...exampleCalls(policies),
    ...shop,
  };
  const retail = roleCaller(policies, 'retail-support-Agent');
  const helpdesk = roleCaller(policies, 'helpdesk-triage-Agent');
  const store = roleCaller(policies, 'store-operations-Agent');
  const session = await callSession(policies, READ_ORDER);
  const invocation = await callSession(policies, ADD_POINTS);
  const tagged = (caller: Caller, tenant: string): Caller => ({
    ...caller,
    context: { 'aws:PrincipalTag/tenant': tenant },
  });
  const token = ["read the helpdesk's token"];
  return [
    ...exactly(
      'the retail agent without a session policy',
      { ...retail, context: TENANT },
      everything,
      OF_ITS_TENANT,
    ),
    ...exactly(
      'the retail agent, had it every right',
      { ...retail, identity: EVERYTHING, context: TENANT },
      controlPlaneCalls(policies),
      SHOP_AND_SECRETS,
    ),
    ...exactly('the store agent without a session policy', { ...store, context: TENANT }, everything, [
      ...DOCUMENTS_OF_ITS_TENANT,
      ...SHARED_BY_TENANTS,
    ]),
    ...exactly('the store agent without tags', store, everything, SHARED_BY_TENANTS),
    // what no tenant has: keys that begin with a slash are in no case, and nobody writes any
    ...exactly('the store agent with an empty tenant', tagged(store, ''), everything, SHARED_BY_TENANTS),
    ...exactly(
      'an agent with every right and a boundary that only denies',
      { ...store, identity: EVERYTHING, boundary: deniesOnly(store.boundary), context: TENANT },
      controlPlaneOnly(controlPlaneCalls(policies)),
      [],
    ),
    ...exactly(
      'the refund desk without a session policy',
      { ...roleCaller(policies, 'refund-desk-Agent'), context: TENANT },
      everything,
      ofItsTenant('desk', [], ['customers', 'tickets']),
    ),
    ...exactly(
      'the invoice agent without a session policy',
      { ...roleCaller(policies, 'invoice-reconciliation-Agent'), context: TENANT },
      everything,
      ofItsTenant('erp', ['vendors'], ['invoices', 'journal', 'orders']),
    ),
    ...exactly(
      'the operations agent without a session policy',
      { ...roleCaller(policies, 'operations-Agent'), context: TENANT },
      everything,
      ofItsTenant('ops', [], ['services']),
    ),
    ...exactly('the operations agent without tags', roleCaller(policies, 'operations-Agent'), everything, []),
    ...exactly('the retail agent without tags', retail, everything, []),
    ...exactly('the retail agent with an empty tenant', tagged(retail, ''), everything, []),
    ...exactly("a call's session without tags", { ...session, context: {} }, everything, []),
    ...exactly("a call's session with the tag of another tenant", tagged(session, 'globex'), everything, []),
    ...exactly(
      'the helpdesk agent without a session policy',
      { ...helpdesk, context: TENANT },
      everything,
      token,
    ),
    ...exactly(
      'the store agent, had it every right',
      { ...store, identity: EVERYTHING, context: TENANT },
      { ...controlPlaneCalls(policies), ...functionCalls(policies) },
      [...SHOP_AND_SECRETS, ...FUNCTIONS_AND_BALANCES],
    ),
    ...exactly('a session of loyalty.add_points', invocation, everything, ['invoke the loyalty function']),
    ...exactly('an administrator of another account', FOREIGN_ADMINISTRATOR, everything, []),
  ];
}

/** As if a tool had been let to declare everything: what is left is what the boundary denies. */
function deniesOnly(boundary: PolicyDocument | undefined): PolicyDocument {
  assert.ok(boundary);
  const denials = boundary.Statement.filter(({ Effect }) => Effect === 'Deny');
  return { ...boundary, Statement: [...EVERYTHING.Statement, ...denials] };
}

/** What no agent reaches whatever its tools declare: the ledger, the log, transcripts, functions of the control plane. */
function controlPlaneOnly(calls: Calls): Calls {
  const isKept = ({ action, resource }: Call) =>
    action === 'lambda:InvokeFunction' ||
    (/^(dynamodb|s3):/.test(action) &&
      /(Runs|Warrants|Events|Approvals|audit|transcripts)\b/.test(resource) &&
      !resource.includes('/stream/'));
  return Object.fromEntries(Object.entries(calls).filter(([, call]) => isKept(call)));
}

/** What its boundary leaves to an agent that somebody has given too much. */
const SHOP_AND_SECRETS = [
  ...['read a document', 'write a document', 'remove a document', 'delete a version of a document'],
  ...['read an order', 'change an order', 'find a customer by e-mail', 'list the products'],
  "read the helpdesk's token",
];

/** Likewise of functions: any that is not of the control plane may be given to it, to be invoked and nothing else. */
const FUNCTIONS_AND_BALANCES = [
  'invoke the loyalty function',
  'invoke a version of the loyalty function',
  'invoke the loyalty function of another deployment',
  'invoke a function whose name begins alike',
  'invoke a function of somebody else',
  'read a balance',
  'change a balance',
  "read the stock server's token",
];

/** What belongs to the deployment: the function keeps tenants apart, and what the token opens is divided among none. */
const SHARED_BY_TENANTS = ['invoke the loyalty function', "read the stock server's token"];

/** The union of its tools, for the tenant of its tags. */
const DOCUMENTS_OF_ITS_TENANT = [
  ...['the document', 'another document', 'a document whose name begins alike'].flatMap((which) =>
    ['read', 'read a version of', 'write', 'remove'].map((verb) => `${verb} ${which}`),
  ),
  'list the versions of the document',
  'list the versions of another document',
  'list the versions of every document of the tenant',
  ...['read a document', 'write a document', 'remove a document'],
];

/** The union of its tools, for the tenant of its tags. */
const OF_ITS_TENANT = [
  ...['the', 'another'].flatMap((which) =>
    ['read', 'change', 'replace', 'require something of'].map((verb) => `${verb} ${which} order`),
  ),
  ...['read', 'change', 'replace', 'require something of'].map((verb) => `${verb} the customer`),
  ...['read another customer', 'change another customer'],
  ...['find the customer by e-mail', 'find another customer by e-mail', 'find a customer by e-mail'],
  ...['find the customer by name', 'find another customer by name'],
  ...['read the product', 'read another product', 'look the item up', 'look another item up'],
  ...['list the products', 'read an order', 'change an order'],
];
