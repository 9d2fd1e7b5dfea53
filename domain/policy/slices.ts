import type { PolicyScope } from './bundle.ts';
import type { EntityUid, PolicyRequest } from './request.ts';

/** Which policies can match a request, told by their heads alone. */
export interface PolicySlices<Policy> {
  /**
   * Names the slice of a request: equal keys, equal policies. Made of what heads name and of nothing else that a request
   * brings, so there are no more keys than combinations of those, whatever ids are asked about.
   */
  readonly keyOf: (request: PolicyRequest) => string;
  /** Every policy whose head can match, in the order in which they were given. */
  readonly policiesOf: (request: PolicyRequest) => readonly Policy[];
}

/**
 * INVARIANT: sound. Cedar evaluates a policy only as far as its head matches, so a policy whose head does not match
 * neither decides nor fails; every policy that is left out is one of those.
 *
 * @param actionsAbove - an action and every group that it is in, directly or through other groups
 */
export function policySlices<Policy extends { readonly scope: PolicyScope }>(
  policies: readonly Policy[],
  actionsAbove: (action: string) => readonly string[],
): PolicySlices<Policy> {
  const scopes = policies.map(({ scope }) => scope);
  const named = {
    principals: namedBy(scopes, ({ principal }) => principal),
    principalsWithin: namedBy(scopes, ({ principalWithin }) => textOf(principalWithin)),
    resources: namedBy(scopes, ({ resource }) => textOf(resource)),
    resourcesWithin: namedBy(scopes, ({ resourceWithin }) => textOf(resourceWithin)),
    resourceTypes: namedBy(scopes, ({ resourceType }) => resourceType),
  };
  /** What is left of a request when everything is dropped that no head could tell apart. */
  const facetsOf = ({ principal, action, resource, entities }: PolicyRequest) => ({
    principal: known(named.principals, principal.id),
    principalsAbove: above(principal, entities, named.principalsWithin),
    action: action.id,
    resource: known(named.resources, textOf(resource)),
    resourcesAbove: above(resource, entities, named.resourcesWithin),
    resourceType: known(named.resourceTypes, resource.type),
  });
  return {
    keyOf: (request) => JSON.stringify(Object.values(facetsOf(request))),
    policiesOf: (request) => {
      const facets = facetsOf(request);
      const actions = new Set(actionsAbove(facets.action));
      const canMatch = (scope: PolicyScope) =>
        (scope.principal === undefined || scope.principal === facets.principal) &&
        reaches(scope.principalWithin, facets.principalsAbove) &&
        (scope.actions === undefined || scope.actions.some((action) => actions.has(action))) &&
        (scope.resource === undefined || textOf(scope.resource) === facets.resource) &&
        reaches(scope.resourceWithin, facets.resourcesAbove) &&
        (scope.resourceType === undefined || scope.resourceType === facets.resourceType);
      return policies.filter(({ scope }) => canMatch(scope));
    },
  };
}

function namedBy(
  scopes: readonly PolicyScope[],
  name: (scope: PolicyScope) => string | undefined,
): ReadonlySet<string> {
  return new Set(scopes.map(name).filter((each) => each !== undefined));
}

function known(names: ReadonlySet<string>, name: string | undefined): string | null {
  return name !== undefined && names.has(name) ? name : null;
}

function reaches(within: EntityUid | undefined, entitiesAbove: readonly string[]): boolean {
  const name = textOf(within);
  return name === undefined || entitiesAbove.includes(name);
}

/** Those of the names that stand for the entity itself or for one above it, sorted. */
function above(
  entity: EntityUid,
  entities: PolicyRequest['entities'],
  names: ReadonlySet<string>,
): readonly string[] {
  if (names.size === 0) {
    return [];
  }
  const seen = new Map([[textOf(entity), entity]]);
  // a map goes on to what is put into it on the way
  for (const name of seen.keys()) {
    for (const { uid, parents } of entities) {
      if (textOf(uid) === name) {
        for (const parent of parents) {
          seen.set(textOf(parent), parent);
        }
      }
    }
  }
  return [...seen.keys()].filter((name) => names.has(name)).sort();
}

/** INVARIANT: different entities have different texts, whatever their ids are made of. */
function textOf(entity: EntityUid): string;
function textOf(entity: EntityUid | undefined): string | undefined;
function textOf(entity: EntityUid | undefined): string | undefined {
  // a type's name holds no quotes
  return entity === undefined ? undefined : `${entity.type}"${entity.id}`;
}
