import {
  type ActionConstraint,
  type EntityUidJson,
  type Expr,
  type PolicyJson,
  policyToText,
} from '@cedar-policy/cedar-wasm/nodejs';
import { ACTION_TYPE } from '../../../domain/policy/request.ts';
import { expressionMutants, opposite, type Reach } from './expression-mutants.ts';

/** A policy that differs from a reviewed one in one place. */
export interface PolicyMutant {
  /** What was done to what, in Cedar's own words; made when it is asked for. */
  readonly change: () => string;
  /** Absent when the whole policy is removed. */
  readonly json?: PolicyJson;
  /** Whether the policy then matches more requests, or fewer. */
  readonly reach: Reach;
}

export interface MutationWords {
  /** The groups that a tool is in. */
  readonly groupsOf: (action: string) => readonly string[];
  readonly approverRoles: readonly string[];
}

/** Every single mutant: of head, conditions and of who approves, and the policy removed. */
export function policyMutants(policy: PolicyJson, words: MutationWords): PolicyMutant[] {
  return [
    { change: () => 'the whole policy removed', reach: 'narrower' },
    ...entityMutants(policy, 'principal'),
    ...entityMutants(policy, 'resource'),
    ...actionMutants(policy, words.groupsOf),
    ...conditionMutants(policy),
    ...approvalMutants(policy, words.approverRoles),
  ];
}

function entityMutants(policy: PolicyJson, variable: 'principal' | 'resource'): PolicyMutant[] {
  const constraint = policy[variable];
  const instead = (widened: object, change: string): PolicyMutant => ({
    change: () => `${change} the constraint of ${variable} ${JSON.stringify(constraint)}`,
    json: { ...policy, [variable]: widened },
    reach: 'wider',
  });
  if (constraint.op === 'All') {
    return [];
  }
  const halves =
    constraint.op === 'is' && constraint.in !== undefined
      ? [
          instead({ op: 'is', entity_type: constraint.entity_type }, 'only the type kept of'),
          instead({ op: 'in', ...constraint.in }, 'the type dropped from'),
        ]
      : [];
  return [instead({ op: 'All' }, 'removed:'), ...halves];
}

function actionMutants(policy: PolicyJson, groupsOf: MutationWords['groupsOf']): PolicyMutant[] {
  const names = actionNames(policy.action);
  if (names === undefined) {
    return [];
  }
  const instead = (action: ActionConstraint, change: string, reach: Reach): PolicyMutant => ({
    ...{ change: () => change, json: { ...policy, action }, reach },
  });
  const groups = new Set(names.flatMap(groupsOf));
  return [
    instead({ op: 'All' }, `removed: the constraint of action to ${names.join(', ')}`, 'wider'),
    ...(names.length < 2 ? [] : names).map((name) =>
      instead(inActions(names.filter((each) => each !== name)), `action ${name} dropped`, 'narrower'),
    ),
    ...[...groups].map((group) =>
      instead(inActions([...names, group]), `actions of the group '${group}' added`, 'wider'),
    ),
  ];
}

/** @returns undefined when the policy is over every action */
export function actionNames(action: ActionConstraint): readonly string[] | undefined {
  const entities = 'entities' in action ? action.entities : 'entity' in action ? [action.entity] : undefined;
  return entities?.map((entity: EntityUidJson) => ('__entity' in entity ? entity.__entity : entity).id);
}

function inActions(names: readonly string[]): ActionConstraint {
  return { op: 'in', entities: names.map((id) => ({ type: ACTION_TYPE, id })) };
}

function conditionMutants(policy: PolicyJson): PolicyMutant[] {
  return policy.conditions.flatMap(({ kind, body }, index): PolicyMutant[] => {
    const instead = (expression: Expr) => ({
      ...policy,
      conditions: policy.conditions.with(index, { kind, body: expression }),
    });
    return [
      {
        change: () => `removed: ${kind} { ${textOf(body)} }`,
        json: { ...policy, conditions: policy.conditions.toSpliced(index, 1) },
        reach: 'wider',
      },
      ...expressionMutants(body).map(({ expression, change, clause, reach }) => ({
        change: () => `${change}: ${textOf(clause)}`,
        json: instead(expression),
        reach: kind === 'when' ? reach : opposite(reach),
      })),
    ];
  });
}

/** Fewest and most people that `@quorum` may say. */
const PEOPLE = { fewest: 1, most: 9 };

function approvalMutants(policy: PolicyJson, approverRoles: readonly string[]): PolicyMutant[] {
  const { approvers, quorum = '1', ...others } = policy.annotations ?? {};
  if (approvers === undefined) {
    return [];
  }
  const instead = (annotations: Record<string, string>, change: string): PolicyMutant => ({
    ...{ change: () => change, json: { ...policy, annotations }, reach: 'other' },
  });
  const people = [Number(quorum) + 1, Number(quorum) - 1].filter(
    (count) => count >= PEOPLE.fewest && count <= PEOPLE.most,
  );
  return [
    instead(others, `removed: @approvers("${approvers}")`),
    ...people.map((count) =>
      instead({ ...others, approvers, quorum: `${count}` }, `@quorum("${count}") instead of "${quorum}"`),
    ),
    ...approverRoles
      .filter((role) => role !== approvers)
      .map((role) =>
        instead({ ...others, approvers: role, quorum }, `@approvers("${role}") instead of "${approvers}"`),
      ),
  ];
}

/** An expression as it is written in a policy. */
function textOf(body: Expr): string {
  const answer = policyToText({
    effect: 'permit',
    ...{ principal: { op: 'All' }, action: { op: 'All' }, resource: { op: 'All' } },
    conditions: [{ kind: 'when', body }],
  });
  return answer.type === 'failure'
    ? JSON.stringify(body)
    : answer.text.slice(answer.text.indexOf('{') + 1, answer.text.lastIndexOf('}')).trim();
}
