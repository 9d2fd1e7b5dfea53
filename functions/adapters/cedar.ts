import {
  type AuthorizationAnswer,
  type CheckParseAnswer,
  type EntityJson,
  preparsePolicySet,
  preparseSchema,
  type StatefulAuthorizationCall,
  statefulIsAuthorized,
} from '@cedar-policy/cedar-wasm/nodejs';
import type { BundledPolicy, PolicyBundle } from '../../domain/policy/bundle.ts';
import { ASKED_PARTS, type AskedPart, asksFor } from '../../domain/policy/context-reads.ts';
import type { Evaluation, PolicyEngine, Quorum } from '../../domain/policy/decide.ts';
import { ACTION_TYPE, type Entity, type PolicyRequest } from '../../domain/policy/request.ts';
import { policySlices } from '../../domain/policy/slices.ts';
import { decimalConversion } from './cedar-decimals.ts';
import { type RequestCheck, requestCheck } from './cedar-request-check.ts';
import { type SchemaSlices, schemaSlices } from './cedar-schema-slices.ts';

/** Cedar could not evaluate. Nothing is decided: whoever asked fails closed. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}

/**
 * Parsed slices that are kept. One takes a few kB in WASM, so all of them take tens of the function's 1024 MB; a
 * container that sees more than these in turn parses some again, in about a millisecond each.
 */
const MAXIMUM_SLICES = 10_000;

/** What Cedar keeps parsed of one slice. */
interface ParsedSlice {
  /** Name under which Cedar keeps the policies. */
  readonly name: string;
  readonly quorums: readonly Quorum[];
  /** What no policy of it asks for; leaving it out saves Cedar the reading. */
  readonly unasked: readonly AskedPart[];
}

/** How requests of one action are held to the schema: here, or by Cedar under a name that it keeps the schema by. */
type ParsedAction = {
  /** Undefined when there is nothing to convert. */
  readonly converted: ((request: PolicyRequest) => PolicyRequest) | undefined;
} & (
  | {
      readonly check: RequestCheck;
      /** The action and its groups, which Cedar does not know without a schema. */
      readonly hierarchy: readonly Entity[];
    }
  | { readonly check?: undefined; readonly schemaName: string }
);

/** Cedar keeps what it has parsed by name and in one place for all engines of a process. */
let engines = 0;

/**
 * Cedar in WASM over one policy bundle. A request is held to the schema and evaluated with the policies that can match
 * it; those are parsed when they are first needed, and kept.
 *
 * @param maximumSlices - parsed slices that are kept; of more, those that were not used for longest are parsed again
 * @throws PolicyError when the schema does not parse
 */
export function cedarEngine(
  { schema, policies }: Pick<PolicyBundle, 'schema' | 'policies'>,
  maximumSlices: number = MAXIMUM_SLICES,
): PolicyEngine {
  const schemas = slicedSchema(schema);
  const slices = policySlices(policies, schemas.actionsAbove);
  const policyById = new Map(policies.map((policy) => [policy.id, policy]));
  engines += 1;
  const prefix = `${engines}`;
  const parsedActions = new Map<string, ParsedAction>();
  // in the order of their last use
  const parsedSlices = new Map<string, ParsedSlice>();

  const actionFor = (action: string): ParsedAction => {
    const kept = parsedActions.get(action);
    if (kept !== undefined) {
      return kept;
    }
    const schemaOfAction = schemas.schemaOf(action);
    if (schemaOfAction === undefined) {
      throw new PolicyError(`request does not fit the schema: it has no action '${action}'`);
    }
    const name = `${prefix}/${parsedActions.size}`;
    const check = requestCheck(schemaOfAction, action);
    if (check === undefined) {
      must('schema', () => preparseSchema(name, schemaOfAction));
    }
    const converted = decimalConversion(schemaOfAction, action);
    const parsed =
      check === undefined
        ? { converted, schemaName: name }
        : { converted, check, hierarchy: schemas.hierarchyOf(action) };
    parsedActions.set(action, parsed);
    return parsed;
  };

  const sliceFor = (request: PolicyRequest): ParsedSlice => {
    const key = slices.keyOf(request);
    const kept = parsedSlices.get(key);
    if (kept !== undefined) {
      parsedSlices.delete(key);
      parsedSlices.set(key, kept);
      return kept;
    }
    const own = slices.policiesOf(request);
    const [oldest] = parsedSlices;
    const replaced = parsedSlices.size < maximumSlices ? undefined : oldest;
    const name = replaced?.[1].name ?? `${prefix}/${parsedSlices.size}`;
    const staticPolicies = Object.fromEntries(own.map(({ id, text }) => [id, text]));
    must('policies', () => preparsePolicySet(name, { staticPolicies }));
    // INVARIANT: of the slices that are kept no two have one name
    if (replaced !== undefined) {
      parsedSlices.delete(replaced[0]);
    }
    const reads = new Set(own.flatMap((policy) => policy.reads));
    const unasked = ASKED_PARTS.filter((part) => !asksFor(reads, part));
    const parsed = { name, quorums: distinctQuorums(own), unasked };
    parsedSlices.set(key, parsed);
    return parsed;
  };

  return {
    evaluate: (request) => evaluate(request, actionFor(request.action.id), () => sliceFor(request)),
    quorumsFor: (request) => sliceFor(request).quorums,
    quorumOf: (id) => quorumOf(policyById.get(id)),
    reasonOf: (id) => policyById.get(id)?.annotations.reason,
  };
}

function evaluate(request: PolicyRequest, parsed: ParsedAction, sliceOf: () => ParsedSlice): Evaluation {
  const { action } = request;
  const unfit = action.type === ACTION_TYPE ? parsed.check?.(request) : `an action of type ${action.type}`;
  if (unfit !== undefined) {
    throw new PolicyError(`request does not fit the schema: ${unfit}`);
  }
  const { principal, resource, context, entities } = converted(request, parsed);
  const slice = sliceOf();
  const answer = answerOf(() =>
    statefulIsAuthorized({
      principal,
      action,
      resource,
      // Cedar holds a request to the whole schema, and without one only to what policies ask for
      context: (parsed.check === undefined
        ? context
        : without(context, slice.unasked)) as unknown as StatefulAuthorizationCall['context'],
      entities: (parsed.check === undefined
        ? entities
        : tellingOf([...entities, ...parsed.hierarchy])) as unknown as EntityJson[],
      ...(parsed.check === undefined
        ? { preparsedSchemaName: parsed.schemaName, validateRequest: true }
        : {}),
      preparsedPolicySetId: slice.name,
    }),
  );
  if (answer.type === 'failure') {
    throw new PolicyError(
      `request does not fit the schema: ${answer.errors.map(({ message }) => message).join('; ')}`,
    );
  }
  const { decision, diagnostics } = answer.response;
  // INVARIANT: Cedar skips a policy that fails to evaluate; a skipped guardrail would let a call through
  if (diagnostics.errors.length > 0) {
    const failures = diagnostics.errors.map(({ policyId, error }) => `${policyId}: ${error.message}`).sort();
    throw new PolicyError(`policies failed to evaluate: ${failures.join('; ')}`);
  }
  return { allowed: decision === 'allow', policies: [...diagnostics.reason].sort() };
}

function without(context: PolicyRequest['context'], unasked: readonly AskedPart[]): object {
  const rest: Partial<Record<string, unknown>> = { ...context };
  for (const part of unasked) {
    delete rest[part];
  }
  return rest;
}

function converted(request: PolicyRequest, parsed: ParsedAction): PolicyRequest {
  try {
    return parsed.converted?.(request) ?? request;
  } catch (error) {
    throw new PolicyError(`request does not fit the schema: ${(error as Error).message}`);
  }
}

/** Without a schema an entity that is not given is one without attributes and parents: those need not be given. */
function tellingOf(entities: readonly Entity[]): Entity[] {
  return entities.filter(({ attrs, parents }) => parents.length > 0 || Object.keys(attrs).length > 0);
}

function slicedSchema(schema: string): SchemaSlices {
  const slices = schemaSlices(schema);
  if ('schemaOf' in slices) {
    return slices;
  }
  throw new PolicyError(`schema of the bundle does not parse: ${slices.join('; ')}`);
}

/** @throws PolicyError when Cedar cannot parse it */
export function must(what: string, parse: () => CheckParseAnswer): void {
  const answer = answerOf(parse);
  if (answer.type === 'failure') {
    throw new PolicyError(
      `${what} of the bundle do not parse: ${answer.errors.map(({ message }) => message).join('; ')}`,
    );
  }
}

/** @throws PolicyError for what Cedar cannot even read, such as half of a surrogate pair. */
export function answerOf<Answer extends AuthorizationAnswer | CheckParseAnswer>(ask: () => Answer): Answer {
  try {
    return ask();
  } catch (error) {
    throw new PolicyError(`cedar could not read what it was asked: ${(error as Error).message}`);
  }
}

function quorumOf(policy: BundledPolicy | undefined): Quorum | undefined {
  const { approvers, quorum } = policy?.annotations ?? {};
  return approvers === undefined ? undefined : { approverRole: approvers, people: Number(quorum ?? '1') };
}

/** By people, then by role, so that the order does not depend on which policies there are beside. */
function distinctQuorums(policies: readonly BundledPolicy[]): Quorum[] {
  const quorums = policies.map(quorumOf).filter((quorum) => quorum !== undefined);
  const distinct = new Map(quorums.map((quorum) => [`${quorum.approverRole} ${quorum.people}`, quorum]));
  return [...distinct.values()].sort(
    (left, right) => left.people - right.people || (left.approverRole < right.approverRole ? -1 : 1),
  );
}
