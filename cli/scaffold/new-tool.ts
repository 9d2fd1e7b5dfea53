import { CommandFailure, EXIT, usageFailure } from '../failure.ts';
import { addNamespace, REGISTRY } from './add-namespace.ts';
import { addToIamTable, addToNamespace, loaderOf } from './add-to-namespace.ts';
import { checkNewType, unreadAttributes } from './cedar.ts';
import { type ByHand, type Changes, changesIn, type FileChange } from './changes.ts';
import { withTool, writeGuardId } from './envelope.ts';
import { formatted, withSchema } from './finish.ts';
import type { Kind, NewTool } from './kinds/kind.ts';
import { KINDS, type KindName } from './kinds/table.ts';
import { followMovedLines } from './moved-lines.ts';
import { type ExistingNamespace, readNamespace } from './namespace.ts';
import { type PolicySubject, permit, policyCases, policyId } from './policy.ts';
import { chosenEnvelope, kindOf, newTool, rolesFor, type ToolRequest } from './request.ts';
import { listsToReview } from './review.ts';
import { parsed } from './syntax.ts';
import { sampleArguments, testFile } from './templates.ts';
import { typeNameOf } from './tool-name.ts';

/** Everything that a new tool changes, computed and not written. */
export interface ToolPlan {
  readonly tool: NewTool;
  readonly kind: KindName;
  readonly workflow: string;
  readonly agent: string;
  readonly files: readonly FileChange[];
  /** Files that are not shaped as expected; with any of them nothing is written. */
  readonly byHand: readonly ByHand[];
  /** What is left to people, in the order in which it is done. */
  readonly next: readonly string[];
}

interface Resource {
  readonly identifier: string;
  readonly type: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * Definition, body, test, envelope, policy, cases and schema of one more tool.
 *
 * @param root - of the project
 * @throws CommandFailure for options that do not fit, and for a tool that is there already
 */
export async function planTool(root: string, full: string, request: ToolRequest): Promise<ToolPlan> {
  const tool = newTool(full, request);
  const { name } = tool;
  const changes = changesIn(root);
  const schema = changes.read('policies/schema.cedarschema');
  const registry = parsed(REGISTRY, changes.read(REGISTRY));
  const existing = changes.exists(`functions/tools/${name.namespace}/definitions.ts`)
    ? readNamespace(changes, name)
    : undefined;
  if (existing?.tools.has(full)) {
    throw new CommandFailure(
      `tool '${full}' is there already, in ${existing.folder}/definitions.ts; choose another name or change it there`,
      { code: 'tool_exists', exitCode: EXIT.refused },
    );
  }
  const kindName = kindOf(request, defaultKind(tool, existing));
  const kind: Kind = KINDS[kindName];
  const { path: envelopePath, envelope } = chosenEnvelope(changes, root, request.workflow);
  const roles = rolesFor(tool, envelope, request);
  const resource = existing === undefined ? newResource(schema, tool) : knownResource(schema, tool, existing);
  const loader = loaderOf(registry, name.namespace) ?? `load${typeNameOf(name.namespace)}Facts`;

  if (existing === undefined) {
    addNamespace(changes, tool, kind);
  } else {
    checkReachOptions(request);
    addToNamespace(changes, tool, kind, existing, resource);
    const sample = { type: resource.type, id: 'N-1', attributes: resource.attributes };
    addToIamTable(changes, tool, kind, existing, { arguments: sampleArguments(tool), resource: sample });
  }
  changes.create(`test/functions/tools/${name.namespace}/${name.file}.test.ts`, testFile(tool, kind, loader));
  const { workflow, agent } = envelope;
  const before = changes.read(envelopePath);
  changes.replace(envelopePath, (text) => withTool(envelopePath, text, full));
  followMovedLines(changes, root, workflow, before, changes.read(envelopePath));
  const isGuarded = envelope.writesNeedApproval && tool.effect === 'write';
  const writeGuard = isGuarded ? writeGuardId(workflow, changes.read(envelopePath), full) : undefined;
  addPolicies(changes, tool, { workflow, agent, ...roles, resource, ...(writeGuard && { writeGuard }) });

  const files = changes.byHand().length > 0 ? changes.files() : await finished(root, changes.files());
  return {
    tool,
    kind: kindName,
    workflow,
    agent,
    files,
    byHand: changes.byHand(),
    next: [
      ...kind.next(tool),
      ...(envelope.permitsTools
        ? [
            `${envelopePath} says default: deny of it, so that only policies/agents/${agent}.cedar permits it; or remove that permit, and write its allow_if there`,
          ]
        : []),
      ...review(root, tool, agent, existing),
    ],
  };
}

async function finished(root: string, files: readonly FileChange[]): Promise<readonly FileChange[]> {
  return withSchema(root, await formatted(root, files));
}

/** The first of the table that goes with a connection which the namespace has; own code goes everywhere. */
function defaultKind(tool: NewTool, existing: ExistingNamespace | undefined): KindName {
  const names = Object.keys(KINDS) as KindName[];
  const fitting = names.filter(
    (name) => existing && name !== 'own' && KINDS[name].handler(tool, existing.scope),
  );
  return fitting[0] ?? 'own';
}

function newResource(schema: string, { name }: NewTool): Resource {
  const type = typeNameOf(name.namespace);
  checkNewType(schema, type);
  return { identifier: `${type}Resource`, type, attributes: {} };
}

/** One of which facts can be given without reading: the one with the fewest attributes. */
function knownResource(
  schema: string,
  { name }: NewTool,
  { resources, folder }: ExistingNamespace,
): Resource {
  const usable = resources.flatMap((each): Resource[] => {
    const attributes = unreadAttributes(schema, each.type);
    return attributes === undefined ? [] : [{ ...each, attributes }];
  });
  const size = ({ attributes }: Resource) => Object.keys(attributes).length;
  const [first] = usable.toSorted((left, right) => size(left) - size(right));
  if (first === undefined) {
    throw new CommandFailure(
      `every resource type of '${name.namespace}' has attributes that facts must read first, so that the facts of a new tool cannot be written for you; add one without attributes to the resources in ${folder}/definitions.ts, run npm run generate, and try again`,
      { code: 'no_resource', exitCode: EXIT.refused },
    );
  }
  return first;
}

/** Where the tools of a namespace reach is written there already. */
function checkReachOptions({ destination, secret }: ToolRequest): void {
  if (destination !== undefined || secret !== undefined) {
    throw usageFailure(
      '--destination and --secret are for new namespaces, expected none: a tool reaches what the others of its namespace reach',
    );
  }
}

function addPolicies(changes: Changes, tool: NewTool, subject: PolicySubject): void {
  const path = `policies/agents/${subject.agent}.cedar`;
  const text = permit(tool, subject);
  if (!changes.exists(path)) {
    changes.create(path, `// What the agent ${subject.agent} may do.\n\n${text}`);
  } else if (changes.read(path).includes(`@id("${policyId(tool)}")`)) {
    throw new CommandFailure(`${path} has a policy '${policyId(tool)}' already, remove it or rename it`, {
      code: 'policy_exists',
      exitCode: EXIT.refused,
    });
  } else {
    changes.replace(path, (before) => `${before.trimEnd()}\n\n${text}`);
  }
  for (const [file, document] of Object.entries(policyCases(tool, subject))) {
    changes.create(`policies/cases/${file}`, JSON.stringify(document, undefined, 2));
  }
}

function review(
  root: string,
  { name }: NewTool,
  agent: string,
  existing: ExistingNamespace | undefined,
): readonly string[] {
  const lists = listsToReview(root, existing?.tools);
  return [
    `say in the definition what ${name.full} takes and answers, and in its description when a model should use it`,
    `read in functions/tools/${name.namespace}/facts.ts what the decision has to know, and narrow the permit in policies/agents/${agent}.cedar by it`,
    'after every change of a definition: npm run generate',
    'check it: npm test -- --only types --only style',
    `and: npm test -- --only unit tools/${name.namespace} policies infra`,
    `review what that prints: rows of test/infra/permissions.txt are added by whoever has read them${
      lists.length === 0 ? '' : `; so are the lists in ${lists.join(', ')}`
    }`,
  ];
}
