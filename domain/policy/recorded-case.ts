import type { ToolDefinition } from '../tool/definition.ts';
import { PolicyCase } from './case.ts';
import { type RecordedDecision, type RecordedParts, recordedParts } from './recorded.ts';

/** A recorded decision as a case, or what the record does not have of it. */
export type RecordedCase = { readonly case: PolicyCase } | { readonly missing: readonly string[] };

/** The case that claims what was decided, of what it was decided with. */
export function recordedCase(event: RecordedDecision, definition: ToolDefinition | undefined): RecordedCase {
  const parts = recordedParts(event);
  if (definition === undefined) {
    return { missing: [`the tool ${event.tool}, which is not registered any more`] };
  }
  if (parts === undefined) {
    return { missing: ['what policies were asked with'] };
  }
  const unknown = [...parts.unseen, ...parts.redacted].map((path) => path.join('.'));
  if (unknown.length > 0) {
    return { missing: unknown };
  }
  const proposed = definition.input.safeParse(parts.arguments);
  if (!proposed.success) {
    return { missing: proposed.error.issues.map(({ path }) => ['context', 'arguments', ...path].join('.')) };
  }
  const parsed = PolicyCase.safeParse(caseDocument(event, parts));
  return parsed.success
    ? { case: parsed.data }
    : { missing: parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) };
}

function caseDocument(event: RecordedDecision, parts: RecordedParts): object {
  const { agent, workflow, tenant, tool, at, policies, context, breakGlass, decision } = event;
  const { approverRole, quorum } = event;
  const isAsked = decision === 'needs_approval' && approverRole !== undefined && quorum !== undefined;
  return present({
    ...{ agent, workflow, tenant, user: parts.user, mode: context?.mode, tool },
    arguments: parts.arguments,
    resource: parts.resource,
    facts: parts.facts,
    approvals: context?.approvals,
    at,
    history: context?.history,
    provenance: context?.origins,
    scores: context?.scores,
    breakGlass: breakGlass === undefined ? undefined : { incident: breakGlass.incident },
    policies,
    quorum: isAsked ? { approverRole, people: quorum } : undefined,
  });
}

/** Without the members that are not there. */
function present<T extends object>(members: T): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
}
