import type { BreakGlassUse } from '../../contracts/break-glass.ts';
import type { RunMode, User } from '../../contracts/run.ts';
import type { ContextScores } from '../detector/detector.ts';
import { type Origin, provenanceMembers } from '../provenance/origin.ts';
import { PRIVILEGED_TIER, type ToolDefinition } from '../tool/definition.ts';
import type { Facts } from '../tool/facts.ts';

/** A Cedar request: who, does what, to what, in which circumstances. Everything typed by the generated schema. */
export interface PolicyRequest {
  readonly principal: EntityUid;
  readonly action: EntityUid;
  readonly resource: EntityUid;
  readonly context: PolicyContext;
  readonly entities: readonly Entity[];
}

export interface EntityUid {
  readonly type: string;
  readonly id: string;
}

export interface Entity {
  readonly uid: EntityUid;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly parents: readonly EntityUid[];
}

export interface PolicyContext {
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Facts about the call; absent for tools that declare none. */
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly user: User;
  readonly tenant: string;
  readonly workflow: string;
  readonly mode: RunMode;
  /** Distinct people that have approved this very call, by role; every known role is present. */
  readonly approvals: Readonly<Record<string, number>>;
  /** When it is decided, UTC. */
  readonly time: DecisionTime;
  /** What the run has done before, by counter; every counter is present. */
  readonly history: Readonly<Record<string, number>>;
  /** The highest of everything that has come into the run so far. */
  readonly scores: ContextScores;
  /** Origins of key arguments; absent for tools that declare none. */
  readonly provenance?: Readonly<Record<string, Origin>>;
  /** Always there for tools of tier 4, and never for others. */
  readonly breakGlass?: BreakGlassContext;
}

/** UTC. */
export interface DecisionTime {
  readonly epochSeconds: number;
  /** 0 to 23. */
  readonly hour: number;
  /** 1 Monday to 7 Sunday. */
  readonly weekday: number;
}

/** Whether privileged access is open for this very call; `incident` is empty unless it is. */
export interface BreakGlassContext {
  readonly active: boolean;
  readonly incident: string;
}

export interface RequestParts {
  readonly agent: string;
  readonly workflow: string;
  readonly tenant: string;
  readonly user: User;
  readonly mode: RunMode;
  readonly definition: ToolDefinition;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly facts: Facts;
  readonly approvals: Readonly<Record<string, number>>;
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly history: Readonly<Record<string, number>>;
  readonly scores: ContextScores;
  /** Of the tool's key arguments. @default every one `none`: nothing is known to have come from anywhere */
  readonly origins?: Readonly<Record<string, Origin>> | undefined;
  /** The grant that covers the call. @default none */
  readonly breakGlass?: Pick<BreakGlassUse, 'incident'> | undefined;
}

export const AGENT_TYPE = 'Agent';
export const ACTION_TYPE = 'Action';

export function policyRequest(parts: RequestParts): PolicyRequest {
  const { agent, workflow, tenant, user, mode, definition, facts, approvals } = parts;
  const principal = { type: AGENT_TYPE, id: agent };
  const resource = { type: facts.resource.type, id: facts.resource.id };
  return {
    principal,
    action: { type: ACTION_TYPE, id: definition.name },
    resource,
    context: {
      arguments: parts.arguments,
      ...(definition.facts === undefined ? {} : { facts: facts.call }),
      user,
      tenant,
      workflow,
      mode,
      approvals,
      time: timeOf(parts.at),
      history: parts.history,
      scores: parts.scores,
      ...provenanceOf(definition, parts.origins),
      ...(definition.tier === PRIVILEGED_TIER ? { breakGlass: contextOf(parts.breakGlass) } : {}),
    },
    entities: [
      { uid: principal, attrs: {}, parents: [] },
      { uid: resource, attrs: facts.resource.attributes, parents: [] },
    ],
  };
}

const MILLISECONDS_PER_SECOND = 1000;
const SUNDAY = 7;

/** @param at - ISO 8601 UTC */
export function timeOf(at: string): DecisionTime {
  const time = new Date(at);
  return {
    epochSeconds: Math.floor(time.getTime() / MILLISECONDS_PER_SECOND),
    hour: time.getUTCHours(),
    weekday: time.getUTCDay() || SUNDAY,
  };
}

function provenanceOf(
  definition: ToolDefinition,
  origins: RequestParts['origins'],
): Pick<PolicyContext, 'provenance'> {
  const names = provenanceMembers(definition);
  return names.length === 0
    ? {}
    : { provenance: Object.fromEntries(names.map((name) => [name, origins?.[name] ?? 'none'])) };
}

function contextOf(grant: RequestParts['breakGlass']): BreakGlassContext {
  return { active: grant !== undefined, incident: grant?.incident ?? '' };
}
