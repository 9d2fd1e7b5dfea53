import { type ActionType, type SchemaJson, schemaToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { ACTION_TYPE, type Entity, type EntityUid } from '../../domain/policy/request.ts';

/** The schema of one deployment, action by action: Cedar copies a whole schema for every request that it checks. */
export interface SchemaSlices {
  /** What Cedar needs of the schema to check requests of one action; undefined when there is no such action. */
  readonly schemaOf: (action: string) => SchemaJson<string> | undefined;
  /** An action and every group that it is in, directly or through other groups. */
  readonly actionsAbove: (action: string) => readonly string[];
  /** The same as Cedar's entities. */
  readonly hierarchyOf: (action: string) => readonly Entity[];
}

/** Name of the namespace that has none. */
const GLOBAL = '';

/** @returns the messages of Cedar instead, when the schema does not parse */
export function schemaSlices(schema: string): SchemaSlices | readonly string[] {
  const answer = schemaToJson(schema);
  if (answer.type === 'failure') {
    return answer.errors.map(({ message }) => message);
  }
  const definitions = answer.json[GLOBAL];
  if (definitions === undefined || Object.keys(answer.json).length > 1) {
    return ['expected one schema without namespaces, as it is generated'];
  }
  const { actions, entityTypes } = definitions;
  const actionsOf = new Map(Object.entries(actions));
  const typesOf = new Map(Object.entries(entityTypes));
  const actionsAbove = (action: string) => [...reachable([action], (name) => groupsOf(actionsOf.get(name)))];
  return {
    actionsAbove,
    hierarchyOf: (action) =>
      actionsAbove(action).map((name) => ({
        uid: actionUid(name),
        attrs: {},
        parents: groupsOf(actionsOf.get(name)).map(actionUid),
      })),
    schemaOf: (action) => {
      const own = actionsOf.get(action);
      if (own === undefined) {
        return undefined;
      }
      // any string that is a type's name may stand for it: a type too many costs little, one too few refuses calls
      const types = reachable(stringsIn(own), (name) => stringsIn(typesOf.get(name))).intersection(
        new Set(typesOf.keys()),
      );
      const names = actionsAbove(action);
      return {
        [GLOBAL]: {
          ...definitions,
          entityTypes: Object.fromEntries([...typesOf].filter(([name]) => types.has(name))),
          actions: Object.fromEntries([...actionsOf].filter(([name]) => names.includes(name))),
        },
      };
    },
  };
}

function actionUid(id: string): EntityUid {
  return { type: ACTION_TYPE, id };
}

function groupsOf(action: ActionType<string> | undefined): string[] {
  return (action?.memberOf ?? []).map(({ id }) => id);
}

function reachable(from: readonly string[], next: (name: string) => readonly string[]): ReadonlySet<string> {
  const seen = new Set(from);
  // a set goes on to what is added to it on the way
  for (const name of seen) {
    for (const each of next(name)) {
      seen.add(each);
    }
  }
  return seen;
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') {
    return [value];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}
