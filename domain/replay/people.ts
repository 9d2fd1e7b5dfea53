import type { PolicyCase } from '../policy/case.ts';
import { beneficiariesOf } from '../tool/beneficiary.ts';
import type { ToolDefinition } from '../tool/definition.ts';

/** Last words of names whose values are people, in snake case. */
const NAMES =
  /(?:^|_)(?:user|customer|member|person|employee|owner|requester|assignee|author|patient|client)(?:_id)?$/;

/**
 * Ids of people in a case: the user's, those who gain from the call, and what arguments, facts, attributes and the resource's type
 * call a person.
 */
export function peopleIn(it: PolicyCase, definition: ToolDefinition): readonly string[] {
  const { user, resource, facts = {} } = it;
  const named = [it.arguments, resource.attributes, facts].flatMap((values) =>
    Object.entries(values).flatMap(([name, value]) => (isOfPerson(name) ? [value].flat() : [])),
  );
  const acted = isOfPerson(resource.type) ? [resource.id] : [];
  const gaining = beneficiariesOf(definition, it.arguments, { resource, call: facts });
  const ids = [user.id, ...acted, ...gaining, ...named];
  return [...new Set(ids.filter((id): id is string => typeof id === 'string' && id !== ''))];
}

export function isOfPerson(name: string): boolean {
  return NAMES.test(name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase());
}

/**
 * The case with `person_1`, `person_2` for people, wherever their ids stand, within texts too. Who were equal are equal, and who
 * were not are not.
 *
 * @param kept - ids that stay as they are
 */
export function withoutPeople(
  it: PolicyCase,
  definition: ToolDefinition,
  kept: (id: string) => boolean,
): PolicyCase {
  const ids = peopleIn(it, definition).filter((id) => !kept(id));
  // the longest first: one id may be the beginning of another
  const names = ids
    .map((id, index): [string, string] => [id, `person_${index + 1}`])
    .sort(([left], [right]) => right.length - left.length);
  const { user, resource } = it;
  const replace = <Value>(value: Value) => replaced(value, names) as Value;
  return {
    ...it,
    user: { ...user, id: replace(user.id) },
    arguments: replace(it.arguments),
    resource: { ...resource, id: replace(resource.id), attributes: replace(resource.attributes) },
    ...(it.facts === undefined ? {} : { facts: replace(it.facts) }),
    ...(it.breakGlass === undefined ? {} : { breakGlass: replace(it.breakGlass) }),
  };
}

function replaced(value: unknown, names: readonly (readonly [string, string])[]): unknown {
  if (typeof value === 'string') {
    return names.reduce((text, [id, name]) => replacedWord(text, id, name), value);
  }
  if (Array.isArray(value)) {
    return value.map((each) => replaced(each, names));
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, replaced(each, names)]))
    : value;
}

/** Not within another word: `app` is not in `apple`. */
function replacedWord(text: string, id: string, name: string): string {
  const literal = id.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return text.replaceAll(new RegExp(`(?<![\\p{L}\\p{N}_-])${literal}(?![\\p{L}\\p{N}_-])`, 'gu'), () => name);
}
