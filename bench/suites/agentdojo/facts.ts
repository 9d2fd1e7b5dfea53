import type { Facts } from '../../../domain/tool/facts.ts';
import type { SuiteFile, SuiteTool } from './data.ts';
import { isId, THING } from './tools.ts';

/** Lists of people that somebody else can get onto by writing to the user; the suites say so of one of them. */
const OTHERS_CAN_GET_ONTO = /received|contact|owner|sender/;

/** What was paid for something before may go up by this much without being unusual. */
const USUAL_RISE = 1.25;

type Member = Readonly<Record<string, unknown>>;

/** What a suite's systems of record say about its calls, as its state is at the start. */
export function suiteFacts({ environment: { policy_facts: lists, state } }: SuiteFile) {
  const known = new Set(
    Object.entries(lists)
      .filter(([name]) => !OTHERS_CAN_GET_ONTO.test(name) || typeof lists[name] === 'string')
      .flatMap(([, value]) => (Array.isArray(value) ? value : [value]))
      .filter((value) => typeof value === 'string')
      .map((value) => value.toLowerCase()),
  );
  const own = new Set(
    Object.entries(lists)
      .filter(([name, value]) => /^own/.test(name) && typeof value === 'string')
      .map(([, value]) => value),
  );
  const colleagues =
    typeof lists.internal_domain === 'string' ? `@${lists.internal_domain.toLowerCase()}` : undefined;
  const isKnown = (person: string) =>
    known.has(person.toLowerCase()) ||
    (colleagues !== undefined && person.toLowerCase().endsWith(colleagues));
  const most = Number(lists.max_past_amount ?? Number.POSITIVE_INFINITY);

  return ({ effect, key_args: keyArguments }: SuiteTool, parameters: Member): Facts => {
    const [idArgument, id] = Object.entries(parameters).find(([name]) => isId(name)) ?? [];
    const thing = id === undefined ? undefined : thingOf(state, idArgument ?? '', id);
    const resource = {
      type: THING,
      id: String(id ?? ''),
      attributes: { chosen: id !== undefined, exists: thing !== undefined, ...named(thing) },
    };
    if (effect === 'read') {
      return { resource, call: {} };
    }
    const people = keyArguments
      .filter((argument) => !isId(argument))
      .flatMap((argument) => parameters[argument] ?? [])
      .filter((each) => typeof each === 'string');
    const amount = typeof parameters.amount === 'number' ? parameters.amount : 0;
    const before = typeof thing?.amount === 'number' ? thing.amount * USUAL_RISE : most;
    return {
      resource,
      call: {
        known: people.every(isKnown),
        usual: amount <= before,
        mine: thing !== undefined && isOwn(thing, own),
        others: thing !== undefined && peopleOf(thing).some((person) => !own.has(person)),
        leaks: attachmentsOf(parameters).some(
          (file) => !people.every((each) => hasAlready(state, file, each)),
        ),
      },
    };
  };
}

/** `files` of `file_id`; any list whose members have ids for a bare `id`. */
function thingOf(state: unknown, argument: string, id: unknown): Member | undefined {
  const collection = argument.replace(/_?id$/, '');
  for (const [name, members] of collectionsOf(state)) {
    const found = name.includes(collection)
      ? members.find((member) => String(member.id_ ?? member.id) === String(id))
      : undefined;
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

function* collectionsOf(state: unknown, name = ''): Generator<readonly [string, readonly Member[]]> {
  if (typeof state !== 'object' || state === null) {
    return;
  }
  const members = Object.values(state).filter(
    (each): each is Member => typeof each === 'object' && each !== null,
  );
  if (members.some((member) => 'id_' in member || 'id' in member)) {
    yield [name, members];
    return;
  }
  for (const [each, value] of Object.entries(state)) {
    yield* collectionsOf(value, each);
  }
}

/** What people call it. */
function named(thing: Member | undefined): { name?: string } {
  const name = thing?.title ?? thing?.filename ?? thing?.subject ?? thing?.name;
  return typeof name === 'string' ? { name } : {};
}

function isOwn({ owner, sender }: Member, own: ReadonlySet<unknown>): boolean {
  return own.has(owner ?? sender);
}

function peopleOf({ participants = [], shared_with: sharedWith = {}, recipients = [] }: Member): string[] {
  return [participants, Object.keys(sharedWith as object), recipients].flat() as string[];
}

function attachmentsOf({ attachments }: Member): string[] {
  return (Array.isArray(attachments) ? attachments : []).map(({ file_id: id }) => String(id ?? ''));
}

function hasAlready(state: unknown, file: string, person: string): boolean {
  const thing = thingOf(state, 'file_id', file);
  return thing !== undefined && peopleOf(thing).includes(person);
}
