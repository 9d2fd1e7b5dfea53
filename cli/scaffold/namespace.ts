import { posix } from 'node:path';
import ts from 'typescript';
import { CommandFailure, EXIT } from '../failure.ts';
import type { Changes } from './changes.ts';
import type { NamespaceScope, SiblingReach } from './kinds/kind.ts';
import { constant, found, member, moduleOf, objectsNaming, only, parsed, textOf } from './syntax.ts';
import type { ToolName } from './tool-name.ts';

/** What a namespace that is there already says of itself. */
export interface ExistingNamespace {
  readonly folder: string;
  /** Names of its tools. */
  readonly tools: ReadonlySet<string>;
  /** Resource types in the order of the namespace, each with the expression that names it in `definitions.ts`. */
  readonly resources: readonly { readonly type: string; readonly identifier: string }[];
  readonly scope: NamespaceScope;
}

/** @throws CommandFailure when its definitions cannot be understood */
export function readNamespace(changes: Changes, { namespace }: ToolName): ExistingNamespace {
  const folder = `functions/tools/${namespace}`;
  const path = `${folder}/definitions.ts`;
  const source = parsed(path, changes.read(path));
  const described = constant(source, namespace);
  if (described === undefined || !ts.isObjectLiteralExpression(described)) {
    throw new CommandFailure(
      `${path} has no constant '${namespace}' with the namespace's tools, expected one as in functions/tools/helpdesk/definitions.ts`,
      { code: 'unexpected_shape', exitCode: EXIT.refused },
    );
  }
  const definitions = definitionsIn(source);
  const names = definitions.map((each) => textOf(member(each, 'name'))).filter((name) => name !== undefined);
  const handlers = parsed('handlers.ts', changes.read(`${folder}/handlers.ts`));
  return {
    folder,
    tools: new Set(names),
    resources: elementsOf(member(described, 'resources'))
      .filter((element) => ts.isIdentifier(element))
      .flatMap(({ text: identifier }) => {
        const type = resourceName(changes, path, identifier);
        return type === undefined ? [] : [{ type, identifier }];
      }),
    scope: { reach: reachOf(definitions), variableOf: (type) => variableOfType(handlers, type) },
  };
}

/** Arguments of `defineTool`. */
function definitionsIn(source: ts.SourceFile): ts.ObjectLiteralExpression[] {
  return found(source, (node) => {
    const isDefinition =
      ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'defineTool';
    const [argument] = isDefinition ? node.arguments : [];
    return argument && ts.isObjectLiteralExpression(argument) ? argument : undefined;
  });
}

function reachOf(definitions: readonly ts.ObjectLiteralExpression[]): SiblingReach {
  const first = definitions.find((each) => member(each, 'destinations') !== undefined);
  const [destinations, secrets] = ['destinations', 'secrets'].map((name) =>
    first === undefined ? undefined : member(first, name)?.getText(),
  );
  return {
    ...(destinations === undefined ? {} : { destinations }),
    ...(secrets === undefined ? {} : { secrets }),
  };
}

/** `Customer` of `const CustomerResource = { name: 'Customer', ... }`, here or in the file that it comes from. */
function resourceName(changes: Changes, path: string, identifier: string): string | undefined {
  const source = parsed(path, changes.read(path));
  const module = moduleOf(source, identifier);
  if (module?.startsWith('.')) {
    return resourceName(changes, posix.join(posix.dirname(path), module), identifier);
  }
  const object = constant(source, identifier);
  return object && ts.isObjectLiteralExpression(object) ? textOf(member(object, 'name')) : undefined;
}

/** Name of a variable or parameter that is annotated with a type. */
function variableOfType(source: ts.SourceFile, type: string): string | undefined {
  const [name] = found(source, (node) =>
    (ts.isVariableDeclaration(node) || ts.isParameter(node)) &&
    ts.isIdentifier(node.name) &&
    node.type?.getText(source) === type
      ? node.name.text
      : undefined,
  );
  return name;
}

/** The array with the tools in a file of definitions. @throws UnexpectedShape */
export function toolsArray(source: ts.SourceFile, namespace: string): ts.ArrayLiteralExpression {
  const described = constant(source, namespace);
  const tools = described && ts.isObjectLiteralExpression(described) ? member(described, 'tools') : undefined;
  return only(
    tools && ts.isArrayLiteralExpression(tools) ? [tools] : [],
    `array 'tools' in the constant '${namespace}'`,
  );
}

/** The one object that has a member for each tool. @throws UnexpectedShape */
export function toolTable(
  source: ts.SourceFile,
  { folder, tools }: ExistingNamespace,
): ts.ObjectLiteralExpression {
  return only(
    objectsNaming(source, tools),
    `object with members named after the tools of ${posix.basename(folder)}`,
  );
}

function elementsOf(expression: ts.Expression | undefined): readonly ts.Expression[] {
  return expression && ts.isArrayLiteralExpression(expression) ? expression.elements : [];
}
