import {
  type Expr,
  isAuthorizedPartial,
  type PartialAuthorizationCall,
  type Policy,
  policyToJson,
} from '@cedar-policy/cedar-wasm/nodejs';
import type { BundledPolicy, PolicyBundle } from '../../domain/policy/bundle.ts';
import type { Clause, Explainer, SeenValue } from '../../domain/policy/explain.ts';
import type { PartialEngine, PartialOutcome, PartialRequest, Path } from '../../domain/policy/partial.ts';
import type { PolicyRequest } from '../../domain/policy/request.ts';
import { policySlices } from '../../domain/policy/slices.ts';
import { cedarEngine, PolicyError } from './cedar.ts';
import { decimalConversion } from './cedar-decimals.ts';
import {
  clausesOf,
  conditionOf,
  expressionText,
  isFalse,
  isTrue,
  type Known,
  pathsIn,
  simplified,
  unknownValue,
} from './cedar-expression.ts';
import { schemaSlices } from './cedar-schema-slices.ts';

/** What is known of a call when no more is known than who would make it, by which tool. */
export interface OpenCall {
  readonly agent: string;
  readonly tool: string;
  readonly resourceType: string;
  /** Members of the context that are known all the same. */
  readonly context: Readonly<Record<string, unknown>>;
}

export interface CedarPartialEngine extends PartialEngine, Explainer {
  readonly evaluate: PartialEngine['evaluate'];
  /** Every policy whose head can match some call like this. */
  readonly evaluateOpen: (call: OpenCall) => readonly PartialOutcome[];
}

/**
 * Cedar's partial evaluation over one policy bundle. Whatever the schema says that a request has, and this one has not, is
 * unknown too: a record that was written before a fact existed does not say what it was.
 *
 * @throws PolicyError when the schema does not parse
 */
export function cedarPartialEngine(bundle: Pick<PolicyBundle, 'schema' | 'policies'>): CedarPartialEngine {
  const { schema, policies } = bundle;
  const schemas = schemaSlices(schema);
  if (!('schemaOf' in schemas)) {
    throw new PolicyError(`schema of the bundle does not parse: ${schemas.join('; ')}`);
  }
  const slices = policySlices(policies, schemas.actionsAbove);
  const { quorumsFor, quorumOf } = cedarEngine(bundle);
  const typesFor = (action: string, resourceType: string) => {
    const definitions = schemas.schemaOf(action)?.[''];
    const resource = definitions?.entityTypes[resourceType];
    return {
      context: definitions?.actions[action]?.appliesTo?.context as TypeJson | undefined,
      resource: resource !== undefined && 'shape' in resource ? (resource.shape as TypeJson) : undefined,
    };
  };
  const askedOf = ({ request, hidden, notTheUser }: PartialRequest): Asked => {
    const { principal, action, resource, context, entities } = converted(request);
    const types = typesFor(action.id, resource.type);
    const under = (head: string) => hidden.filter(([first]) => first === head).map(([, ...path]) => path);
    const attributesOf = (attrs: Members) =>
      filled(withHidden(attrs, ['resource'], under('resource')), types.resource, ['resource']);
    const [given] = entities.filter(({ uid }) => uid.type === resource.type && uid.id === resource.id);
    const others = entities.filter((entity) => entity !== given);
    const attrs = attributesOf(given?.attrs ?? {});
    const differing = new Set(notTheUser.map(textOf));
    return {
      known: {
        equals: (path, literal) =>
          literal === context.user.id && differing.has(textOf(path)) ? false : undefined,
      },
      attributes: attrs,
      call: {
        principal,
        action,
        resource,
        context: filled(withHidden({ ...context }, ['context'], under('context')), types.context, [
          'context',
        ]),
        entities: [
          ...others,
          { parents: [], ...given, uid: resource, attrs },
          ...schemas.hierarchyOf(action.id),
        ],
      },
    };
  };
  const converted = (request: PolicyRequest): PolicyRequest => {
    const schemaOfAction = schemas.schemaOf(request.action.id);
    return (schemaOfAction && decimalConversion(schemaOfAction, request.action.id))?.(request) ?? request;
  };
  const evaluate = (partial: PartialRequest): readonly PartialOutcome[] => {
    const { known, call } = askedOf(partial);
    return outcomesOf(slices.policiesOf(partial.request).map(askable), known, call);
  };
  const clauses = (policyId: string, partial: PartialRequest): readonly Clause[] => {
    const parts = clausesOfPolicy(policies.find(({ id }) => id === policyId)?.text ?? '');
    const { known, call, attributes } = askedOf(partial);
    const asked = parts.map((body, index) => ({
      id: `${index}`,
      effect: 'permit' as const,
      policy: { ...MATCHES_ALL, conditions: [{ kind: 'when' as const, body }] },
    }));
    const outcomes = outcomesOf(asked, known, call);
    return parts.map((body, index) => ({
      text: expressionText(body),
      verdict: outcomes[index]?.verdict ?? 'errs',
      saw: distinct(pathsIn(body)).map((path) => seen(path, { context: call.context, resource: attributes })),
    }));
  };
  const evaluateOpen = ({ agent, tool, resourceType, context }: OpenCall): readonly PartialOutcome[] => {
    const actions = schemas.actionsAbove(tool);
    const candidates = policies.filter(
      ({ scope }) =>
        (scope.principal ?? agent) === agent &&
        (scope.actions?.some((action) => actions.includes(action)) ?? true) &&
        (scope.resourceType ?? resourceType) === resourceType &&
        (scope.resource?.type ?? resourceType) === resourceType,
    );
    return outcomesOf(
      candidates.map(askable),
      { equals: () => undefined, resourceType },
      {
        principal: { type: 'Agent', id: agent },
        action: { type: 'Action', id: tool },
        resource: null,
        context: filled({ ...context }, typesFor(tool, resourceType).context, ['context']),
        entities: schemas.hierarchyOf(tool),
      },
    );
  };
  return { evaluate, evaluateOpen, clauses, quorumsFor, quorumOf };
}

type Members = Readonly<Record<string, unknown>>;

/** As much of a type as is looked at here. */
interface TypeJson {
  readonly type?: string;
  readonly attributes?: Readonly<Record<string, TypeJson & { readonly required?: boolean }>>;
}

function withHidden(members: Members, above: Path, hidden: readonly Path[]): Members {
  const names = new Map(hidden.map(([name = '', ...rest]) => [name, rest]));
  const replaced = [...names].map(([name, rest]): [string, unknown] => {
    const path = [...above, name];
    const inner = hidden.filter(([first]) => first === name).map(([, ...each]) => each);
    return [
      name,
      rest.length === 0 ? unknownValue(path) : withHidden((members[name] ?? {}) as Members, path, inner),
    ];
  });
  return { ...members, ...Object.fromEntries(replaced) };
}

/** What the schema says must be there, and is not, is there and unknown. */
function filled(members: Members, type: TypeJson | undefined, above: Path): Members {
  const required = Object.entries(type?.attributes ?? {}).filter(([, { required }]) => required !== false);
  return {
    ...members,
    ...Object.fromEntries(
      required.flatMap(([name, inner]): [string, unknown][] => {
        const path = [...above, name];
        const value = Object.hasOwn(members, name) ? members[name] : undefined;
        if (value === undefined) {
          return [[name, unknownValue(path)]];
        }
        return inner.attributes !== undefined && isRecord(value) ? [[name, filled(value, inner, path)]] : [];
      }),
    ),
  };
}

/** Not what Cedar reads as an entity or an extension. */
function isRecord(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('__extn' in value);
}

const MATCHES_ALL = {
  effect: 'permit',
  principal: { op: 'All' },
  action: { op: 'All' },
  resource: { op: 'All' },
} as const;

/** The parts of a policy's conditions that must all hold; none of a policy that has no conditions. */
function clausesOfPolicy(text: string): readonly Expr[] {
  const answer = policyToJson(text);
  if (answer.type === 'failure') {
    throw new PolicyError(
      `the policy does not parse: ${answer.errors.map(({ message }) => message).join('; ')}`,
    );
  }
  const condition = simplified(conditionOf(answer.json.conditions), { equals: () => undefined });
  return isTrue(condition) ? [] : clausesOf(condition);
}

/** What is at a path, as far as it goes. */
function seen(path: Path, from: Members): SeenValue {
  const text = path.join('.');
  let value: unknown = from;
  for (const name of path) {
    if (isUnknown(value)) {
      return { path: text, state: 'hidden' };
    }
    value = isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  if (isUnknown(value)) {
    return { path: text, state: 'hidden' };
  }
  return value === undefined
    ? { path: text, state: 'absent' }
    : { path: text, state: 'known', value: decimalIn(value) ?? value };
}

function isUnknown(value: unknown): boolean {
  return (value as { readonly __extn?: { readonly fn?: unknown } } | undefined)?.__extn?.fn === 'unknown';
}

/** The number that Cedar reads as a decimal. */
function decimalIn(value: unknown): number | undefined {
  const { fn, arg } =
    (value as { readonly __extn?: { readonly fn?: unknown; readonly arg?: unknown } } | undefined)?.__extn ??
    {};
  return fn === 'decimal' ? Number(arg) : undefined;
}

function distinct(paths: readonly Path[]): readonly Path[] {
  return [...new Map(paths.map((path) => [textOf(path), path])).values()];
}

function textOf(path: Path): string {
  return JSON.stringify(path);
}

interface Asked {
  readonly known: Known;
  readonly attributes: Members;
  readonly call: Call;
}

interface Askable {
  readonly id: string;
  readonly effect: PartialOutcome['effect'];
  readonly policy: Policy;
}

function askable({ id, effect, text }: BundledPolicy): Askable {
  return { id, effect, policy: text };
}

type Call = Pick<PartialAuthorizationCall, 'principal' | 'action' | 'resource'> & {
  readonly context: Members;
  readonly entities: readonly unknown[];
};

function outcomesOf(policies: readonly Askable[], known: Known, call: Call): readonly PartialOutcome[] {
  const staticPolicies = Object.fromEntries(policies.map(({ id, policy }) => [id, policy]));
  const answer = isAuthorizedPartial({
    ...(call as unknown as PartialAuthorizationCall),
    policies: { staticPolicies },
  });
  if (answer.type === 'failure') {
    const why = answer.errors.map(({ message }) => message).join('; ');
    throw new PolicyError(`cedar could not read what it was asked: ${why}`);
  }
  const { residuals, errored, satisfied } = answer.response;
  return policies.map(({ id, effect }) => {
    const outcome = { id, effect, conditions: [], needs: [] };
    if (errored.includes(id)) {
      return { ...outcome, verdict: 'errs' };
    }
    if (satisfied.includes(id)) {
      return { ...outcome, verdict: 'holds' };
    }
    const residual = residuals[id];
    if (residual === undefined) {
      throw new PolicyError(`cedar does not say what becomes of policy '${id}'`);
    }
    const left = simplified(conditionOf(residual.conditions), known);
    if (isTrue(left) || isFalse(left)) {
      return { ...outcome, verdict: isTrue(left) ? 'holds' : 'fails' };
    }
    const needs = [...new Set(pathsIn(left).map((path) => path.join('.')))].sort();
    return { ...outcome, verdict: 'open', conditions: clausesOf(left).map(expressionText), needs };
  });
}
