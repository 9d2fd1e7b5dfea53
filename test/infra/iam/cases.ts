import assert from 'node:assert/strict';
import { PLACE } from './concrete.ts';
import { type DeployedPolicies, type PolicyDocument, sessionArn } from './deployed-policies.ts';
import type { Call, Caller } from './evaluate.ts';

/** One row of the proof: this caller may, or may not, make this call. */
export interface Case {
  readonly who: string;
  readonly caller: Caller;
  readonly what: string;
  readonly call: Call;
  readonly may: boolean;
}

/** A row for every call there is: those listed are allowed, and every other one is denied. */
export function exactly(
  who: string,
  caller: Caller,
  calls: Readonly<Record<string, Call>>,
  may: readonly string[],
): Case[] {
  const unknown = may.filter((what) => !Object.hasOwn(calls, what));
  assert.deepEqual(unknown, [], `${who}: no such calls`);
  return Object.entries(calls).map(([what, call]) => ({ who, caller, what, call, may: may.includes(what) }));
}

/** A function or a machine under its own name. */
export function roleCaller({ roles }: DeployedPolicies, name: string): Caller {
  const role = roles.get(name);
  assert.ok(role, `no role '${name}', expected one of ${[...roles.keys()].join(', ')}`);
  const { arn, identity, boundary } = role;
  return { principal: sessionArn(arn, name), identity, boundary };
}

export const EVERYTHING: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
};

/** Somebody of the account with every right that an identity can have. */
export const ADMINISTRATOR: Caller = {
  principal: `arn:${PLACE.partition}:sts::${PLACE.account}:assumed-role/Administrator/somebody`,
  identity: EVERYTHING,
};

export const OWN_ROOT: Caller = {
  principal: `arn:${PLACE.partition}:iam::${PLACE.account}:root`,
  identity: EVERYTHING,
};

export const OTHER_ACCOUNT = '999999999999';

export const FOREIGN_ADMINISTRATOR: Caller = {
  principal: `arn:${PLACE.partition}:sts::${OTHER_ACCOUNT}:assumed-role/Administrator/somebody`,
  identity: EVERYTHING,
};
