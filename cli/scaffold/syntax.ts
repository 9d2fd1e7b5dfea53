import ts from 'typescript';

/** Text to put into a file, in place of what is there from `start` to `end`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A file is not built as the scaffold expects. Thrown while changes are computed, and told with what to add by hand. */
export class UnexpectedShape extends Error {
  override readonly name = 'UnexpectedShape';
}

export function parsed(path: string, text: string): ts.SourceFile {
  return path.endsWith('.json')
    ? ts.parseJsonText(path, text)
    : ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
}

export function applied(text: string, edits: readonly Edit[]): string {
  return edits
    .toSorted((left, right) => right.start - left.start || right.end - left.end)
    .reduce((before, { start, end, text: put }) => before.slice(0, start) + put + before.slice(end), text);
}

/** Everything in a file for which `keep` answers something, outside in. */
export function found<T>(source: ts.SourceFile, keep: (node: ts.Node) => T | undefined): T[] {
  const answers: T[] = [];
  const visit = (node: ts.Node): void => {
    const answer = keep(node);
    if (answer !== undefined) {
      answers.push(answer);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return answers;
}

/** The only one. @throws UnexpectedShape otherwise */
export function only<T>(all: readonly T[], what: string): T {
  const [first] = all;
  if (first === undefined || all.length > 1) {
    throw new UnexpectedShape(`${all.length === 0 ? 'no' : String(all.length)} ${what}, expected one`);
  }
  return first;
}

/** The initializer of `const <name> = ...` at the top of a file. */
export function constant(source: ts.SourceFile, name: string): ts.Expression | undefined {
  const [declaration] = source.statements
    .filter((statement) => ts.isVariableStatement(statement))
    .flatMap(({ declarationList }) => declarationList.declarations)
    .filter((each) => ts.isIdentifier(each.name) && each.name.text === name);
  return declaration?.initializer && bare(declaration.initializer);
}

/** Without `as const`, `satisfies ...` and parentheses. */
function bare(expression: ts.Expression): ts.Expression {
  return ts.isAsExpression(expression) ||
    ts.isSatisfiesExpression(expression) ||
    ts.isParenthesizedExpression(expression)
    ? bare(expression.expression)
    : expression;
}

/** Value of a member of an object literal. */
export function member(object: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  const property = object.properties.find((each) => nameOf(each) === name);
  return property && ts.isPropertyAssignment(property) ? bare(property.initializer) : undefined;
}

/** Name of a member of an object literal; undefined for a spread or a computed name. */
export function nameOf({ name }: ts.ObjectLiteralElementLike): string | undefined {
  return name && (ts.isIdentifier(name) || ts.isStringLiteralLike(name)) ? name.text : undefined;
}

export function textOf(expression: ts.Expression | undefined): string | undefined {
  return expression && ts.isStringLiteralLike(expression) ? expression.text : undefined;
}

/** Object literals of which a member has one of these names. */
export function objectsNaming(
  source: ts.SourceFile,
  names: ReadonlySet<string>,
): ts.ObjectLiteralExpression[] {
  return found(source, (node) =>
    ts.isObjectLiteralExpression(node) && node.properties.some((each) => names.has(nameOf(each) ?? ''))
      ? node
      : undefined,
  );
}

/** Puts one more element or member at the end of a list, behind its last one. */
export function appended(list: ts.NodeArray<ts.Node>, text: string): Edit {
  const last = list.at(-1);
  const position = last === undefined ? list.pos : last.end;
  return { start: position, end: position, text: last === undefined ? text : `,\n${text}` };
}

/** Puts a statement before another, above its comments. */
export function before(source: ts.SourceFile, statement: ts.Node, text: string): Edit {
  const behind = statement.getFullStart();
  const comments = ts.getLeadingCommentRanges(source.text, behind) ?? [];
  // a comment on the line of the statement before belongs to that one
  const own = comments.find(({ pos }) => behind === 0 || source.text.slice(behind, pos).includes('\n'));
  const start = own?.pos ?? statement.getStart(source);
  return { start, end: start, text: `${text.trim()}\n\n` };
}

/** Names that the top level of a file declares or imports. */
export function topLevelNames(source: ts.SourceFile): ReadonlySet<string> {
  const names = source.statements.flatMap((statement): string[] => {
    if (ts.isImportDeclaration(statement)) {
      const { name: whole, namedBindings } = statement.importClause ?? {};
      const namespace = namedBindings && ts.isNamespaceImport(namedBindings) ? [namedBindings.name] : [];
      const named = importedNames(statement).map(({ name }) => name);
      return [...(whole ? [whole] : []), ...namespace, ...named].map(({ text }) => text);
    }
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.flatMap(({ name }) =>
        ts.isIdentifier(name) ? [name.text] : [],
      );
    }
    const { name } = statement as unknown as { readonly name?: ts.Node };
    return name !== undefined && ts.isIdentifier(name) ? [name.text] : [];
  });
  return new Set(names);
}

/** Module that a name of this file is imported from. */
export function moduleOf(source: ts.SourceFile, name: string): string | undefined {
  const declaration = source.statements
    .filter((statement) => ts.isImportDeclaration(statement))
    .find((each) => importedNames(each).some((element) => element.name.text === name));
  return textOf(declaration?.moduleSpecifier);
}

/** Imports a name, unless the file knows it already. */
export function imported(source: ts.SourceFile, name: string, from: string, isType = false): Edit[] {
  if (moduleOf(source, name) === from) {
    return [];
  }
  if (topLevelNames(source).has(name)) {
    throw new UnexpectedShape(`'${name}' means something else, expected it from '${from}'`);
  }
  const imports = source.statements.filter((statement) => ts.isImportDeclaration(statement));
  const same = imports.find(
    (each) =>
      textOf(each.moduleSpecifier) === from &&
      each.importClause?.namedBindings !== undefined &&
      ts.isNamedImports(each.importClause.namedBindings) &&
      (isType || each.importClause.phaseModifier !== ts.SyntaxKind.TypeKeyword),
  );
  const bindings = same?.importClause?.namedBindings;
  if (bindings !== undefined && ts.isNamedImports(bindings)) {
    const isTypeOnly = same?.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
    return [appended(bindings.elements, isType && !isTypeOnly ? `type ${name}` : name)];
  }
  const last = imports.at(-1)?.end ?? 0;
  return [{ start: last, end: last, text: `\nimport ${isType ? 'type ' : ''}{ ${name} } from '${from}';` }];
}

function importedNames({ importClause }: ts.ImportDeclaration): readonly ts.ImportSpecifier[] {
  const bindings = importClause?.namedBindings;
  return bindings !== undefined && ts.isNamedImports(bindings) ? bindings.elements : [];
}
