import { didYouMean } from '../../nearest.ts';
import { isIdentifier } from '../../policy/cedar-text.ts';
import { ExpressionError, type Path } from './syntax.ts';
import { type CallTypes, EMPTY_RECORD, type RecordType, type ValueType } from './types.ts';

/** What a name stands for. */
export interface Meaning {
  /** The expression of Cedar that gives the value. */
  readonly cedar: string;
  readonly type: ValueType;
  /** What must be there for the value to be there. */
  readonly guards: readonly string[];
  /** One of what is written is so many of what is compared: 100 for dollars over cents. */
  readonly scale: number;
  /** A set of which one is spoken of: the user's role is any of their roles. */
  readonly isOneOf?: boolean;
}

/** Scores are per mille in the context and from 0 to 1 in a rule. */
const SCORE_SCALE = 1000;
const CENTS_IN_A_DOLLAR = 100;

const PLAIN_MEMBERS = ['mode', 'tenant', 'workflow'];
const GROUPS = ['facts', 'history', 'provenance', 'scores', 'time'];
export const ROOTS = ['user', 'params', 'arguments', 'resource', ...GROUPS, ...PLAIN_MEMBERS];

/**
 * What a path of a rule stands for in the calls of a tool.
 *
 * @throws ExpressionError that says what there is instead
 */
export function meaningOf(path: Path, types: CallTypes): Meaning {
  const [root = '', ...names] = path.names;
  const { context, resource, tool } = types;
  if (root === 'user') {
    return userMeaning(path);
  }
  if (PLAIN_MEMBERS.includes(root) && names.length === 0) {
    return { cedar: `context.${root}`, type: { kind: 'String' }, guards: [], scale: 1 };
  }
  if (root === 'params' || root === 'arguments') {
    const what = `argument of ${tool}`;
    return memberMeaning(path, names, 'context.arguments', recordIn(context, 'arguments'), what);
  }
  if (root === 'resource' || sameName(root, resource.name) || sameName(root, lastWord(resource.name))) {
    return memberMeaning(path, names, 'resource', resource.attributes, `attribute of ${resource.name}`);
  }
  if (GROUPS.includes(root)) {
    const meaning = memberMeaning(
      path,
      names,
      `context.${root}`,
      recordIn(context, root),
      GROUP_MEMBERS[root]?.(tool) ?? root,
    );
    return root === 'scores' ? { ...meaning, scale: SCORE_SCALE } : meaning;
  }
  return bareMeaning(path, types);
}

const GROUP_MEMBERS: Readonly<Record<string, (tool: string) => string>> = {
  facts: (tool) => `fact of ${tool}`,
  history: () => 'counter of policies/history.yaml',
  provenance: (tool) => `key argument of ${tool}`,
  scores: () => 'score',
  time: () => 'part of the time',
};

function userMeaning(path: Path): Meaning {
  const [, member = '', ...rest] = path.names;
  if (rest.length === 0 && member === 'id') {
    return { cedar: 'context.user.id', type: { kind: 'String' }, guards: [], scale: 1 };
  }
  if (rest.length === 0 && (member === 'role' || member === 'roles')) {
    const type = { kind: 'Set', element: { kind: 'String' } } as const;
    return { cedar: 'context.user.roles', type, guards: [], scale: 1, isOneOf: member === 'role' };
  }
  throw new ExpressionError(
    path.column,
    `'${path.names.join('.')}': expected user.role, user.roles or user.id`,
  );
}

/**
 * A name without a root is a fact of the call, or else an attribute of what the call acts on.
 *
 * INVARIANT: never an argument. Those come from a model, and a rule that trusts one has to say params.
 */
function bareMeaning(path: Path, { tool, context, resource }: CallTypes): Meaning {
  const [name = ''] = path.names;
  const facts = recordIn(context, 'facts');
  if (foundIn(facts, name) !== undefined) {
    return memberMeaning(path, path.names, 'context.facts', facts, `fact of ${tool}`);
  }
  if (foundIn(resource.attributes, name) !== undefined) {
    return memberMeaning(path, path.names, 'resource', resource.attributes, `attribute of ${resource.name}`);
  }
  const isArgument = foundIn(recordIn(context, 'arguments'), name) !== undefined;
  const known = [...facts.members.keys(), ...resource.attributes.members.keys(), ...ROOTS];
  const hint = isArgument ? `, an argument is written params.${name}` : didYouMean(name, known);
  throw new ExpressionError(
    path.column,
    `'${name}' is no fact of ${tool} and no attribute of ${resource.name}${hint}`,
  );
}

function memberMeaning(
  path: Path,
  names: readonly string[],
  base: string,
  record: RecordType,
  what: string,
): Meaning {
  let cedar = base;
  let type: ValueType = record;
  let scale = 1;
  const guards: string[] = [];
  for (const name of names) {
    const members: RecordType = type.kind === 'Record' ? type : EMPTY_RECORD;
    const found = foundIn(members, name);
    if (found === undefined) {
      throw new ExpressionError(path.column, unknownMember(path, name, members, what));
    }
    if (!found.required) {
      guards.push(`${cedar} has ${isIdentifier(found.member) ? found.member : JSON.stringify(found.member)}`);
    }
    cedar = isIdentifier(found.member)
      ? `${cedar}.${found.member}`
      : `${cedar}[${JSON.stringify(found.member)}]`;
    ({ type, scale } = found);
  }
  if (names.length === 0) {
    throw new ExpressionError(
      path.column,
      `'${path.names.join('.')}': expected a name behind it${among(record)}`,
    );
  }
  return { cedar, type, guards, scale };
}

function unknownMember(path: Path, name: string, { members }: RecordType, what: string): string {
  const known = [...members.keys()];
  return `'${path.names.join('.')}': '${name}' is no ${what}${among({ kind: 'Record', members })}${didYouMean(name, known)}`;
}

const MOST_LISTED = 12;

function among({ members }: RecordType): string {
  const known = [...members.keys()];
  if (known.length === 0) {
    return ', which has none';
  }
  return known.length > MOST_LISTED ? '' : `, expected one of ${known.join(', ')}`;
}

interface Found {
  readonly member: string;
  readonly type: ValueType;
  readonly required: boolean;
  readonly scale: number;
}

/** As written, or in the other style of names; `amount_usd` finds whole cents too. */
function foundIn({ members }: RecordType, name: string): Found | undefined {
  const named = (wanted: string) =>
    members.has(wanted) ? wanted : [...members.keys()].find((each) => sameName(each, wanted));
  const direct = named(name);
  const cents =
    direct === undefined && /_usd$/.test(name) ? named(name.replace(/_usd$/, '_cents')) : undefined;
  const member = direct ?? cents;
  const found = member === undefined ? undefined : members.get(member);
  if (member === undefined || found === undefined || (cents !== undefined && found.type.kind !== 'Long')) {
    return undefined;
  }
  return { member, ...found, scale: cents === undefined ? 1 : CENTS_IN_A_DOLLAR };
}

function sameName(left: string, right: string): boolean {
  return left.replaceAll('_', '').toLowerCase() === right.replaceAll('_', '').toLowerCase();
}

/** `Ticket` of `DeskTicket`: types of two namespaces need two names, and people say the shorter one. */
function lastWord(name: string): string {
  return /[A-Z][a-z0-9]*$/.exec(name)?.[0] ?? name;
}

function recordIn({ members }: RecordType, name: string): RecordType {
  const type = members.get(name)?.type;
  return type?.kind === 'Record' ? type : EMPTY_RECORD;
}
