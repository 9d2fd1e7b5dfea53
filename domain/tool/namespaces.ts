import { idProblem } from './checks.ts';
import { namespaceOf, type ResourceType, type ToolDefinition, type ToolNamespace } from './definition.ts';

/**
 * Checks what tools say of each other, and gives the namespaces back.
 *
 * @throws Error at load, so that it fails the build and never a call
 */
export function checkedNamespaces(namespaces: readonly ToolNamespace[]): readonly ToolNamespace[] {
  for (const { name: namespace, tools, resources } of namespaces) {
    for (const tool of tools) {
      const problem =
        placeProblem(tool, namespace, tools) ??
        resourceProblem(tool, resources) ??
        previewProblem(tool, tools) ??
        undoProblem(tool, tools) ??
        factsProblem(tool, resources) ??
        beneficiaryProblem(tool, resources);
      if (problem !== undefined) {
        throw new Error(`${tool.name}: ${problem}`);
      }
    }
  }
  return namespaces;
}

function placeProblem({ name }: ToolDefinition, namespace: string, tools: readonly ToolDefinition[]) {
  if (namespaceOf(name) !== namespace) {
    return `is in namespace '${namespace}', expected '${namespaceOf(name)}'`;
  }
  return tools.filter((other) => other.name === name).length > 1
    ? 'there is a second tool of this name, expected one'
    : undefined;
}

/** INVARIANT: what a namespace's tools read, no other's write to; its executor alone says what of it has changed. */
function resourceProblem({ resource }: ToolDefinition, resources: readonly ResourceType[]) {
  const known = resources.map(({ name }) => name);
  return known.includes(resource)
    ? undefined
    : `acts on a '${resource}', expected a resource of its namespace: ${known.join(', ') || 'it has none'}`;
}

function previewProblem({ effect, preview, input }: ToolDefinition, tools: readonly ToolDefinition[]) {
  if (preview === undefined) {
    return undefined;
  }
  if (effect !== 'write') {
    return `has preview '${preview}', expected previews of writes only`;
  }
  const found = tools.find(({ name }) => name === preview);
  if (found?.effect !== 'read') {
    return `preview '${preview}' is ${kindOf(found)}, expected a read of the namespace`;
  }
  // INVARIANT: what was shown is what happens; the very same schema, so that the two cannot drift apart
  return found.input === input
    ? undefined
    : `preview '${preview}' takes other arguments, expected the same schema; see previewOf`;
}

function undoProblem({ effect, undo }: ToolDefinition, tools: readonly ToolDefinition[]) {
  if (undo === undefined) {
    return undefined;
  }
  if (effect !== 'write') {
    return `has undo '${undo.tool}', expected undos of writes only`;
  }
  const found = tools.find(({ name }) => name === undo.tool);
  return found?.effect === 'write'
    ? undefined
    : `undo '${undo.tool}' is ${kindOf(found)}, expected a write of the namespace`;
}

function factsProblem(
  { loggedFacts = [], resource, facts }: ToolDefinition,
  resources: readonly ResourceType[],
): string | undefined {
  const attributes = resources.find(({ name }) => name === resource)?.attributes.shape ?? {};
  const known = [...Object.keys(attributes), ...Object.keys(facts?.shape ?? {})];
  const unknown = loggedFacts.find((name) => !known.includes(name));
  return unknown === undefined
    ? undefined
    : `loggedFacts names '${unknown}', expected of ${known.join(', ') || 'a resource and facts that have none'}`;
}

function beneficiaryProblem(
  { beneficiary = [], resource }: ToolDefinition,
  resources: readonly ResourceType[],
): string | undefined {
  const shape = resources.find(({ name }) => name === resource)?.attributes.shape ?? {};
  return beneficiary
    .map((place) =>
      'attribute' in place ? idProblem('an attribute of the resource', place.attribute, shape) : undefined,
    )
    .find((problem) => problem !== undefined);
}

function kindOf(tool: ToolDefinition | undefined): string {
  return tool === undefined ? 'not registered' : `a ${tool.effect}`;
}
