import {
  BY_ENVELOPE,
  decideRecorded,
  ENVELOPE_CODES,
  isInEnvelope,
  type Judge,
  type Redecided,
  recordedOutcome,
  redecide,
  wholeOutcome,
} from '../policy/backtest.ts';
import { changeBetween, type Outcome } from '../policy/changes.ts';
import { withQuorum } from '../policy/partial.ts';
import { type RecordedDecision, recordedRequest, refusedOutsidePolicy } from '../policy/recorded.ts';

/**
 * A recorded decision beside what policies come to on what it was decided with. `unknown` names what the record would have to hold;
 * `not_by_policy` was refused by something else, named by its code.
 */
export type Rejudged =
  | { readonly status: 'same' }
  | { readonly status: 'changed'; readonly from: Outcome; readonly to: Outcome }
  | { readonly status: 'unknown'; readonly needs: readonly string[] }
  | { readonly status: 'not_by_policy'; readonly code: string };

/** A forged record may hold what Cedar cannot read as a request; nothing was ever decided of that. */
function orUnreadable(rejudge: () => Rejudged): Rejudged {
  try {
    return rejudge();
  } catch (error) {
    return { status: 'unknown', needs: [`inputs that can be decided on: ${(error as Error).message}`] };
  }
}

/** Under other policies than those that it was made under: the same when it comes to the same, by whichever of them. */
export function underOther(event: RecordedDecision, judge: Judge): Rejudged {
  return orUnreadable(() => asRejudged(redecide(event, judge)));
}

function asRejudged(redecided: Redecided): Rejudged {
  switch (redecided.status) {
    case 'same':
      return redecided;
    case 'changed': {
      const { from, to } = redecided.change;
      return { status: 'changed', from, to };
    }
    case 'cannot_tell':
      return { status: 'unknown', needs: redecided.needs };
    case 'outside_policy':
      return ENVELOPE_CODES.includes(redecided.code)
        ? { status: 'same' }
        : { status: 'not_by_policy', code: redecided.code };
  }
}

/** Policies by the digest that a decision names, or why there are none. */
export type RecordedPolicies =
  | { readonly judge: Judge; readonly isAsRecorded: (tool: string) => boolean }
  | { readonly missing: string };

/**
 * Under the very policies that it names: the same when the record's inputs lead to it, by the policies that it names. What differs is
 * no decision of these policies.
 */
export function underRecorded(event: RecordedDecision, policies: RecordedPolicies): Rejudged {
  if ('missing' in policies) {
    return { status: 'unknown', needs: [policies.missing] };
  }
  return orUnreadable(() => ledTo(event, policies));
}

function ledTo(
  event: RecordedDecision,
  { judge, isAsRecorded }: Extract<RecordedPolicies, { judge: Judge }>,
): Rejudged {
  const code = refusedOutsidePolicy(event);
  if (code !== undefined && ENVELOPE_CODES.includes(code)) {
    const denied: Outcome = { kind: 'deny', policies: [BY_ENVELOPE] };
    return isInEnvelope(event, judge.bundle)
      ? {
          status: 'changed',
          from: denied,
          to: { kind: 'undecided', policies: [`${BY_ENVELOPE}, which has the tool`] },
        }
      : { status: 'same' };
  }
  if (code !== undefined) {
    return { status: 'not_by_policy', code };
  }
  if (isInEnvelope(event, judge.bundle) && !isAsRecorded(event.tool)) {
    return { status: 'unknown', needs: [`tool '${event.tool}' as it was declared then`] };
  }
  const from = recordedOutcome(event);
  const to = decideRecorded(event, judge);
  if (to.kind === 'unknown') {
    return { status: 'unknown', needs: to.needs };
  }
  const isLedTo = changeBetween(from, to) === undefined && isByTheSame(event, to, judge);
  return isLedTo ? { status: 'same' } : { status: 'changed', from, to };
}

/** Of what is partly hidden, policies are known that have decided, and policies that cannot have. */
function isByTheSame(event: RecordedDecision, decided: Outcome, judge: Judge): boolean {
  const definition = judge.findTool(event.tool);
  const request = definition && recordedRequest(event, definition, judge.bundle.directory.approver_roles);
  const named = new Set(event.policies);
  const certain = new Set(decided.policies);
  const isWhole = request === undefined || wholeOutcome(request, judge) !== undefined;
  if (isWhole) {
    return named.symmetricDifference(certain).size === 0;
  }
  const { kind, quorum } = decided;
  const asked = quorum === undefined ? request : withQuorum(request, quorum);
  const possible = judge.partial
    .evaluate(asked)
    .filter(({ effect, verdict }) => verdict !== 'fails' && (effect === 'forbid') === (kind === 'deny'))
    .map(({ id }) => id);
  return certain.isSubsetOf(named) && named.isSubsetOf(new Set(possible));
}
