import type { Reason } from '../../contracts/call.ts';
import type { EventBody, LaterAsk } from '../../contracts/events.ts';
import {
  fittedList,
  fittedName,
  fittedNames,
  fittedText,
  jsonBytes,
  MAXIMUM_CONTEXT_BYTES,
  MAXIMUM_EFFECTS_BYTES,
  MAXIMUM_LATER_ASKS,
  MAXIMUM_REASONS_BYTES,
} from './bounds.ts';

/** A reason whose message is not too long; the very same object when it is not. */
export function fittedReason(reason: Reason): Reason {
  const code = fittedName(reason.code);
  const message = fittedText(reason.message);
  return code === reason.code && message === reason.message ? reason : { code, message };
}

export function fittedReasons(reasons: readonly Reason[]): readonly Reason[] {
  return fittedList(reasons.map(fittedReason), MAXIMUM_REASONS_BYTES, (left) => ({
    code: 'and_more',
    message: `${left.length} more reasons`,
  }));
}

export function fittedEffects(effects: readonly string[]): readonly string[] {
  return fittedNames(effects, MAXIMUM_EFFECTS_BYTES);
}

/** A member of any event; the members of a union are those that all of its parts have. */
type Member<T = EventBody> = T extends unknown ? Exclude<keyof T, 'type'> : never;

/** Members that are not names. What has a size of its own when it is made is not named here: arguments, changes, documents, envelopes. */
const FITTED: { readonly [M in Member]?: (value: never) => unknown } = {
  note: fittedText,
  evidence: fittedText,
  reason: (reason: Reason | string) =>
    typeof reason === 'string' ? fittedText(reason) : fittedReason(reason),
  error: fittedReason,
  reasons: fittedReasons,
  invalid: fittedReasons,
  policies: (policies: readonly string[]) => fittedNames(policies),
  tools: (tools: readonly string[]) => fittedNames(tools),
  callIds: (callIds: readonly string[]) => fittedNames(callIds),
  effects: fittedEffects,
  insteadOf: ({ model, why }: { readonly model: string; readonly why: Reason }) => ({
    model: fittedName(model),
    why: fittedReason(why),
  }),
  laterAsks: (asks: readonly LaterAsk[]) =>
    asks.slice(0, MAXIMUM_LATER_ASKS).map(({ approverRole, quorum }) => ({
      approverRole: fittedName(approverRole),
      quorum,
    })),
  // half of what a decision went by would look like all of it
  context: (context: object) => (jsonBytes(context) <= MAXIMUM_CONTEXT_BYTES ? context : undefined),
};

/** Members with values that are kept whole: each is made within bounds. */
const MADE_FITTING: readonly string[] = [
  'arguments',
  'changes',
  'retrieved',
  'envelopes',
  'more',
] satisfies Member[];

/** An event that is no larger than an entry of the log may be, whatever it was made from. Names that are too long end with a digest. */
export function fittedBody<T extends EventBody>(body: T): T {
  const members = Object.entries(body).map(([name, value]) => [name, fitted(name, value)]);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined)) as T;
}

function fitted(name: string, value: unknown): unknown {
  const fit = Object.hasOwn(FITTED, name) ? FITTED[name as Member] : undefined;
  if (value === undefined || MADE_FITTING.includes(name)) {
    return value;
  }
  return fit === undefined ? fittedNamesWithin(value) : fit(value as never);
}

/** Whatever else there is holds names, and few of them. */
function fittedNamesWithin(value: unknown): unknown {
  if (typeof value === 'string') {
    return fittedName(value);
  }
  if (Array.isArray(value)) {
    return fittedNames(value.map(String));
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, fittedNamesWithin(member)]))
    : value;
}
