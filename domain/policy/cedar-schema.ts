import { z } from 'zod';
import type { HistoryCounters } from '../history/counters.ts';
import { provenanceMembers } from '../provenance/origin.ts';
import { PRIVILEGED_TIER, type ToolDefinition, type ToolNamespace } from '../tool/definition.ts';
import { isIdentifier } from './cedar-text.ts';
import { GROUPS, groupsOf } from './groups.ts';
import { ACTION_TYPE, AGENT_TYPE } from './request.ts';

/** The part of JSON Schema that tool definitions use. */
interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
}

const BREAK_GLASS = '{ active: Bool, incident: String }';
/** When it is decided, UTC. */
export const TIME = '{ epochSeconds: Long, hour: Long, weekday: Long }';
const SCORES = '{ injection: Long, sentiment: Long, topics: Set<String> }';

const HEADER = '// Generated from the tool definitions and the directory by `npm run generate`. Do not edit.';

/**
 * The Cedar schema of a deployment: one entity type per resource type, one action per tool, and for each action the
 * exact types of its arguments and facts. A policy that misspells any of them does not validate.
 *
 * @param approverRoles - every role that may countersign
 * @param counters - what is counted of a run's history
 */
export function cedarSchema(
  namespaces: readonly ToolNamespace[],
  approverRoles: readonly string[],
  counters: HistoryCounters,
): string {
  const tools = namespaces.flatMap((namespace) => namespace.tools);
  const resources = namespaces.flatMap((namespace) => namespace.resources);
  const approvals = record(approverRoles.map((role) => [role, 'Long']));
  const history = record(Object.keys(counters).map((counter) => [counter, 'Long']));
  return [
    HEADER,
    `entity ${AGENT_TYPE};`,
    ...resources.map(
      ({ name, attributes }) => `entity ${name} = ${cedarType(jsonSchema(attributes), name)};`,
    ),
    `action ${GROUPS.map((group) => JSON.stringify(group)).join(', ')};`,
    ...tools.map((tool) => action(tool, approvals, history)),
    '',
  ].join('\n\n');
}

function action(tool: ToolDefinition, approvals: string, history: string): string {
  const context = record([
    ['arguments', cedarType(jsonSchema(tool.input), tool.name)],
    ...(tool.facts === undefined ? [] : [['facts', cedarType(jsonSchema(tool.facts), tool.name)] as const]),
    ['user', '{ id: String, roles: Set<String> }'],
    ['tenant', 'String'],
    ['workflow', 'String'],
    ['mode', 'String'],
    ['approvals', approvals],
    ['time', TIME],
    ['history', history],
    ['scores', SCORES],
    ...provenance(tool),
    // only where it is read: elsewhere a policy that asks for it fails the build instead of never holding
    ...(tool.tier === PRIVILEGED_TIER ? [['breakGlass', BREAK_GLASS] as const] : []),
  ]);
  const parents = groupsOf(tool).map((group) => `${ACTION_TYPE}::${JSON.stringify(group)}`);
  return [
    `action ${JSON.stringify(tool.name)} in [${parents.join(', ')}] appliesTo {`,
    `  principal: [${AGENT_TYPE}],`,
    `  resource: [${tool.resource}],`,
    `  context: ${context},`,
    '};',
  ].join('\n');
}

/** Only of tools that say which of their arguments matter, so that a policy cannot ask for what is never known. */
function provenance(tool: ToolDefinition): (readonly [string, string])[] {
  const names = provenanceMembers(tool);
  return names.length === 0 ? [] : [['provenance', record(names.map((name) => [name, 'String']))]];
}

function jsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'output' }) as JsonSchema;
}

/** @throws Error for a type that Cedar cannot hold; raised when the schema is generated, so it fails the build. */
function cedarType(schema: JsonSchema, where: string): string {
  if (schema.enum !== undefined || schema.const !== undefined) {
    const values = schema.enum ?? [schema.const];
    const isWhole = values.every((value) => Number.isInteger(value));
    return cedarType({ type: isWhole ? 'integer' : typeof values[0] }, where);
  }
  switch (schema.type) {
    case 'string':
      return 'String';
    case 'boolean':
      return 'Bool';
    case 'integer':
      return 'Long';
    case 'number':
      return 'decimal';
    case 'array':
      return `Set<${cedarType(schema.items ?? {}, `${where}[]`)}>`;
    case 'object':
      return record(
        Object.entries(schema.properties ?? {}).map(([name, property]) => [
          schema.required?.includes(name) ? name : `${name}?`,
          cedarType(property, `${where}.${name}`),
        ]),
      );
    default:
      throw new Error(
        `${where}: type '${schema.type}' has no counterpart in Cedar, expected string, boolean, integer, number, array or object`,
      );
  }
}

function record(members: readonly (readonly [string, string])[]): string {
  const lines = members.map(
    ([name, type]) => `${isIdentifier(name.replace(/\?$/, '')) ? name : quoted(name)}: ${type}`,
  );
  return lines.length === 0 ? '{}' : `{ ${lines.join(', ')} }`;
}

function quoted(name: string): string {
  return name.endsWith('?') ? `${JSON.stringify(name.slice(0, -1))}?` : JSON.stringify(name);
}
