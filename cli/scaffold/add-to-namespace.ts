import ts from 'typescript';
import { CommandFailure, EXIT, usageFailure } from '../failure.ts';
import type { Changes } from './changes.ts';
import type { Kind, NewTool } from './kinds/kind.ts';
import { type ExistingNamespace, toolsArray, toolTable } from './namespace.ts';
import {
  appended,
  before,
  constant,
  type Edit,
  found,
  imported,
  objectsNaming,
  parsed,
  topLevelNames,
} from './syntax.ts';
import { definitionText, factLoader, HANDLER_BY_IDEMPOTENCY } from './templates.ts';

const DEFINITION_MODULE = '../../../domain/tool/definition.ts';
const HANDLER_MODULE = '../../../domain/tool/handler.ts';

/** One more tool in a namespace that is there: definition, facts, handler, body. */
export function addToNamespace(
  changes: Changes,
  tool: NewTool,
  kind: Kind,
  existing: ExistingNamespace,
  resource: { readonly identifier: string; readonly type: string; readonly attributes: unknown },
): void {
  const entry = kind.handler(tool, existing.scope);
  if (entry === undefined) {
    throw usageFailure(
      `namespace '${tool.name.namespace}' does not fit this kind, expected ${kind.fitsWhere}`,
    );
  }
  addDefinition(changes, tool, kind, existing, resource.identifier);
  addFacts(changes, tool, existing, resource);
  addHandler(changes, tool, kind, existing, entry);
  changes.create(`${existing.folder}/${tool.name.file}.ts`, kind.body(tool));
}

function addDefinition(
  changes: Changes,
  tool: NewTool,
  kind: Kind,
  { folder, scope }: ExistingNamespace,
  resource: string,
): void {
  const path = `${folder}/definitions.ts`;
  const { identifier, namespace } = tool.name;
  if (topLevelNames(parsed(path, changes.read(path))).has(identifier)) {
    throw new CommandFailure(`${path} has a '${identifier}' already, choose another name for the tool`, {
      code: 'name_taken',
      exitCode: EXIT.refused,
    });
  }
  const text = definitionText(tool, kind, kind.reach(tool, scope.reach), `${resource}.name`);
  changes.edit(path, `${text}\n// and ${identifier} as one more element of ${namespace}.tools`, (source) => {
    const statement = source.statements.find(
      (each) =>
        ts.isVariableStatement(each) &&
        each.declarationList.declarations.some(({ name }) => name.getText(source) === namespace),
    );
    return [
      ...(statement === undefined ? [] : [before(source, statement, text)]),
      appended(toolsArray(source, namespace).elements, identifier),
    ];
  });
  changes.edit(path, "import { z } from 'zod';", (source) => imported(source, 'z', 'zod'));
  changes.edit(path, `import { defineTool } from '${DEFINITION_MODULE}';`, (source) =>
    imported(source, 'defineTool', DEFINITION_MODULE),
  );
}

/** A loader without a table by tool serves every tool of its namespace. */
function addFacts(
  changes: Changes,
  tool: NewTool,
  existing: ExistingNamespace,
  resource: { readonly identifier: string; readonly type: string; readonly attributes: unknown },
): void {
  const path = `${existing.folder}/facts.ts`;
  const source = parsed(path, changes.read(path));
  if (objectsNaming(source, existing.tools).length === 0) {
    return;
  }
  const isKnown = topLevelNames(source).has(resource.identifier);
  const type = isKnown ? `${resource.identifier}.name` : `'${resource.type}'`;
  const line = `'${tool.name.full}': ${factLoader(tool, type, JSON.stringify(resource.attributes))}`;
  changes.edit(path, line, (current) => [appended(toolTable(current, existing).properties, line)]);
}

function addHandler(
  changes: Changes,
  tool: NewTool,
  kind: Kind,
  existing: ExistingNamespace,
  entry: string,
): void {
  const path = `${existing.folder}/handlers.ts`;
  const line = `'${tool.name.full}': ${entry}`;
  changes.edit(path, line, (source) => [appended(toolTable(source, existing).properties, line)]);
  for (const name of kind.bodyNames(tool)) {
    const from = `./${tool.name.file}.ts`;
    changes.edit(path, `import { ${name} } from '${from}';`, (source) => imported(source, name, from));
  }
  if (tool.idempotency === 'by_lookup') {
    takeLookUps(changes, path);
  }
}

/** Where the type of the handlers knows functions only, it learns of look-ups. */
function takeLookUps(changes: Changes, path: string): void {
  let isTaught = false;
  changes.edit(path, HANDLER_BY_IDEMPOTENCY, (source) => {
    const edits = found(source, (node): Edit | undefined => {
      if (!ts.isMappedTypeNode(node) || node.type?.getText(source) !== 'ToolHandler<T>') {
        return undefined;
      }
      return { start: node.type.getStart(source), end: node.type.end, text: HANDLER_BY_IDEMPOTENCY };
    });
    isTaught = edits.length > 0;
    return edits;
  });
  if (isTaught) {
    changes.edit(path, `import type { LookUpHandler } from '${HANDLER_MODULE}';`, (source) =>
      imported(source, 'LookUpHandler', HANDLER_MODULE, true),
    );
  }
}

const IAM_TABLE = 'test/infra/iam/tool-cases.ts';

/**
 * The table of what a call's session may do, if it has the namespace's tools: its type wants each of them. A tool of its
 * own declares nothing yet and may do nothing; one that shares a connection may what the others may.
 */
export function addToIamTable(
  changes: Changes,
  tool: NewTool,
  kind: Kind,
  existing: ExistingNamespace,
  sample: { readonly arguments: unknown; readonly resource: unknown },
): void {
  const source = parsed(IAM_TABLE, changes.read(IAM_TABLE));
  const [table] = objectsNaming(source, existing.tools);
  if (table === undefined) {
    return;
  }
  const rights = kind.sharesReach ? rightsOf(source, table, existing.tools) : [];
  const may = rights.length === 1 ? rights[0] : '[]';
  const call = `arguments: ${JSON.stringify(sample.arguments)}, resource: ${JSON.stringify(sample.resource)}`;
  const line = `'${tool.name.full}': { ${call}, may: ${may} }`;
  changes.edit(IAM_TABLE, line, (current) => [appended(toolTable(current, existing).properties, line)]);
}

function rightsOf(
  source: ts.SourceFile,
  table: ts.ObjectLiteralExpression,
  tools: ReadonlySet<string>,
): readonly string[] {
  const rows = table.properties
    .filter((row) => ts.isPropertyAssignment(row))
    .filter(({ name }) => ts.isStringLiteralLike(name) && tools.has(name.text));
  const rights = rows.flatMap(({ initializer }) =>
    ts.isObjectLiteralExpression(initializer)
      ? initializer.properties
          .filter((each) => ts.isPropertyAssignment(each))
          .filter(({ name }) => name.getText(source) === 'may')
          .map((each) => each.initializer.getText(source))
      : [],
  );
  return [...new Set(rights)];
}

/** Name of the namespace's fact loader. */
export function loaderOf(source: ts.SourceFile, namespace: string): string | undefined {
  const loaders = constant(source, 'FACT_LOADERS');
  const property =
    loaders && ts.isObjectLiteralExpression(loaders)
      ? loaders.properties.find((each) => each.name?.getText(source) === namespace)
      : undefined;
  return property && ts.isPropertyAssignment(property) ? property.initializer.getText(source) : undefined;
}
