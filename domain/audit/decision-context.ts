import type { DecisionContext } from '../../contracts/events.ts';
import type { RequestParts } from '../policy/request.ts';
import { isShownDigest, shownValue } from './event.ts';

/** What keeps a decision's event below the kilobyte that one write unit buys. */
const MAXIMUM_VALUE_LENGTH = 60;

/** `users` and `hidden` name attributes of the resource and facts of the call by these, a dot and their own name; `users` arguments too. */
export const CONTEXT_PARTS = ['resource', 'facts'] as const;
type ContextPart = (typeof CONTEXT_PARTS)[number];

/** Begins the names of arguments in a context. */
export const ARGUMENTS_PART = 'arguments';

/** Of what a decision is asked with, what it went by. */
export type LoggedParts = Pick<
  RequestParts,
  'tenant' | 'definition' | 'arguments' | 'facts' | 'user' | 'mode' | 'approvals'
> &
  Pick<DecisionContext, 'history' | 'scores' | 'origins'>;

/**
 * A decision's context as it may be kept for years.
 *
 * INVARIANT: nobody's data that the log has not already. Attributes and facts are in it when their tool declares them fit; the
 * user's id, which the run's request has in the clear, is told as such; of all others there is the name alone.
 *
 * @param logged - the arguments as they are logged; of those that are hidden it is told whether they are ids that the log has anyway
 */
export function decisionContext(
  parts: LoggedParts,
  logged: Readonly<Record<string, unknown>>,
): DecisionContext {
  const { mode, user, facts, approvals, history, scores, origins } = parts;
  const resource = sorted('resource', facts.resource.attributes, parts);
  const call = sorted('facts', parts.definition.facts === undefined ? {} : facts.call, parts);
  const hiddenArguments = Object.keys(logged).filter((name) => isShownDigest(logged[name]));
  const named = (id: string) =>
    hiddenArguments.filter((name) => parts.arguments[name] === id).map((name) => `${ARGUMENTS_PART}.${name}`);
  const users = [...resource.users, ...call.users, ...named(user.id)];
  const targets = named(facts.resource.id);
  const tenants = named(parts.tenant);
  const hidden = [...resource.hidden, ...call.hidden];
  const approved = Object.entries(approvals).filter(([, people]) => people > 0);
  return {
    mode,
    user: user.roles.length === 0 ? { id: user.id } : { id: user.id, roles: user.roles },
    ...(isEmpty(resource.shown) ? {} : { resource: resource.shown }),
    ...(isEmpty(call.shown) ? {} : { facts: call.shown }),
    ...(users.length === 0 ? {} : { users }),
    ...(targets.length === 0 ? {} : { targets }),
    ...(tenants.length === 0 ? {} : { tenants }),
    ...(hidden.length === 0 ? {} : { hidden }),
    ...(approved.length === 0 ? {} : { approvals: Object.fromEntries(approved) }),
    ...(history === undefined || isEmpty(history) ? {} : { history }),
    ...(scores === undefined ? {} : { scores }),
    ...(origins === undefined ? {} : { origins }),
  };
}

function sorted(
  part: ContextPart,
  values: Readonly<Record<string, unknown>>,
  { definition, user }: LoggedParts,
) {
  const present = Object.entries(values).filter(([, value]) => value !== undefined);
  const shown: Record<string, unknown> = {};
  const users: string[] = [];
  const hidden: string[] = [];
  for (const [name, value] of present) {
    const isFit =
      definition.loggedFacts?.includes(name) && JSON.stringify(value).length <= MAXIMUM_VALUE_LENGTH;
    if (value === user.id) {
      users.push(`${part}.${name}`);
    } else if (isFit) {
      shown[name] = shownValue(name, value);
    } else {
      hidden.push(`${part}.${name}`);
    }
  }
  return { shown, users, hidden };
}

function isEmpty(record: object): boolean {
  return Object.keys(record).length === 0;
}
