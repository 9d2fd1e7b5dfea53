import ts from 'typescript';
import type { Changes } from './changes.ts';
import type { Kind, NewTool } from './kinds/kind.ts';
import { appended, constant, imported, member, nameOf, only, UnexpectedShape } from './syntax.ts';
import { definitionsFile, factsFile, handlersFile } from './templates.ts';
import { typeNameOf } from './tool-name.ts';

export const REGISTRY = 'functions/tools/registry.ts';

/** A namespace with its first tool, and its place in the registry. */
export function addNamespace(changes: Changes, tool: NewTool, kind: Kind): void {
  const { namespace, file } = tool.name;
  const folder = `functions/tools/${namespace}`;
  const entry = kind.handler(tool, { reach: { destinations: 'DESTINATIONS' }, variableOf: () => 'api' });
  changes.create(`${folder}/definitions.ts`, definitionsFile(tool, kind));
  changes.create(`${folder}/facts.ts`, factsFile(tool));
  changes.create(`${folder}/handlers.ts`, handlersFile(tool, kind, entry ?? ''));
  changes.create(`${folder}/handler.ts`, kind.entry(tool));
  changes.create(`${folder}/${file}.ts`, kind.body(tool));
  addToRegistry(changes, namespace);
  addToContext(changes, kind.context(tool));
}

function addToRegistry(changes: Changes, namespace: string): void {
  const loader = `load${typeNameOf(namespace)}Facts`;
  const imports: readonly (readonly [string, string])[] = [
    [namespace, `./${namespace}/definitions.ts`],
    [loader, `./${namespace}/facts.ts`],
  ];
  for (const [name, from] of imports) {
    changes.edit(REGISTRY, `import { ${name} } from '${from}';`, (source) => imported(source, name, from));
  }
  changes.edit(REGISTRY, `'${namespace}' as one more element of NAMESPACES`, (source) => {
    const checked = constant(source, 'NAMESPACES');
    const namespaces = checked && ts.isCallExpression(checked) ? checked.arguments[0] : checked;
    const arrays = namespaces && ts.isArrayLiteralExpression(namespaces) ? [namespaces] : [];
    return [appended(only(arrays, "array 'NAMESPACES'").elements, namespace)];
  });
  changes.edit(REGISTRY, `${namespace}: ${loader}, as one more member of FACT_LOADERS`, (source) => {
    const loaders = constant(source, 'FACT_LOADERS');
    const objects = loaders && ts.isObjectLiteralExpression(loaders) ? [loaders] : [];
    return [appended(only(objects, "object 'FACT_LOADERS'").properties, `${namespace}: ${loader}`)];
  });
}

/** Origins of the deployment that the tool names; a placeholder until somebody says which. */
function addToContext(changes: Changes, context: Readonly<Record<string, string>>): void {
  for (const [name, origin] of Object.entries(context)) {
    const line = `"${name}": "${origin}"`;
    changes.edit('cdk.json', line, (source) => {
      const [statement] = source.statements;
      const settings =
        statement && ts.isExpressionStatement(statement) && ts.isObjectLiteralExpression(statement.expression)
          ? member(statement.expression, 'context')
          : undefined;
      if (settings === undefined || !ts.isObjectLiteralExpression(settings)) {
        throw new UnexpectedShape("no object 'context', expected one");
      }
      return settings.properties.some((each) => nameOf(each) === name)
        ? []
        : [appended(upToOrigins(settings.properties), line)];
    });
  }
}

/** The members up to the last origin, so that origins stay together; all of them when there is none. */
function upToOrigins(
  members: ts.NodeArray<ts.ObjectLiteralElementLike>,
): ts.NodeArray<ts.ObjectLiteralElementLike> {
  const last = members.findLastIndex((each) => nameOf(each)?.endsWith('Origin'));
  return last === -1 ? members : ts.factory.createNodeArray(members.slice(0, last + 1));
}
