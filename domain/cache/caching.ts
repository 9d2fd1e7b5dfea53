import type { Warrant } from '../call/warrant.ts';
import type { Envelope } from '../envelope/envelope.ts';
import { namespaceOf, type ToolDefinition } from '../tool/definition.ts';

type Envelopes = Readonly<Record<string, Envelope>>;
type FindTool = (name: string) => ToolDefinition | undefined;

/** Bundles live as long as their function, and are gone through once. */
const cachedTypes = new WeakMap<Envelopes, ReadonlySet<string>>();

/**
 * What the warrant of a call tells its executor, which knows no envelopes: for how long an answer may be given again, or that
 * answers about what it writes to may be cached, in whichever workflow. Nothing where no envelope caches.
 */
export function cachingOf(
  definition: ToolDefinition,
  workflow: string,
  envelopes: Envelopes,
  findTool: FindTool,
): Pick<Warrant, 'cache' | 'invalidates'> {
  if (definition.effect === 'write') {
    return typesRead(envelopes, findTool).has(typeOf(definition)) ? { invalidates: true } : {};
  }
  const tools = envelopes[workflow]?.cache?.tools ?? {};
  const seconds = Object.hasOwn(tools, definition.name) ? tools[definition.name] : undefined;
  return seconds === undefined ? {} : { cache: { seconds } };
}

/** Types of resources that some tool reads whose answers some envelope caches. */
function typesRead(envelopes: Envelopes, findTool: FindTool): ReadonlySet<string> {
  const known = cachedTypes.get(envelopes);
  if (known !== undefined) {
    return known;
  }
  const tools = Object.values(envelopes).flatMap(({ cache }) => Object.keys(cache?.tools ?? {}));
  const types = new Set(
    tools.map(findTool).flatMap((definition) => (definition === undefined ? [] : [typeOf(definition)])),
  );
  cachedTypes.set(envelopes, types);
  return types;
}

/** Types are named in their namespace. */
function typeOf({ name, resource }: ToolDefinition): string {
  return `${namespaceOf(name)}/${resource}`;
}
