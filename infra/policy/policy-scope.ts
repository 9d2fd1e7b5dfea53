import type { EntityUidJson, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { PolicyScope } from '../../domain/policy/bundle.ts';
import type { EntityUid } from '../../domain/policy/request.ts';

/**
 * What a policy can match, from its head.
 *
 * INVARIANT: a scope may be too wide, never too narrow; a constraint that is not understood here matches everything.
 */
export function scopeOf({
  principal,
  action,
  resource,
}: Pick<PolicyJson, 'principal' | 'action' | 'resource'>): PolicyScope {
  const actions = 'entities' in action ? action.entities : 'entity' in action ? [action.entity] : undefined;
  const principalWithin = withinOf(principal);
  const resourceWithin = withinOf(resource);
  return {
    ...(principal.op === '==' && 'entity' in principal ? { principal: uidOf(principal.entity).id } : {}),
    ...(principalWithin === undefined ? {} : { principalWithin }),
    ...(actions === undefined ? {} : { actions: actions.map((entity) => uidOf(entity).id) }),
    ...(resource.op === '==' && 'entity' in resource ? { resource: uidOf(resource.entity) } : {}),
    ...(resourceWithin === undefined ? {} : { resourceWithin }),
    ...(resource.op === 'is' ? { resourceType: resource.entity_type } : {}),
  };
}

/** Of `in X` and of `is T in X`. */
function withinOf(constraint: PolicyJson['principal'] | PolicyJson['resource']): EntityUid | undefined {
  const within =
    constraint.op === 'in' ? constraint : constraint.op === 'is' && 'in' in constraint && constraint.in;
  return within && 'entity' in within ? uidOf(within.entity) : undefined;
}

function uidOf(entity: EntityUidJson): EntityUid {
  const { type, id } = '__entity' in entity ? entity.__entity : entity;
  return { type, id };
}
