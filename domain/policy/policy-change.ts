import type { EnvelopeChange, EventBody } from '../../contracts/events.ts';
import { MAXIMUM_ENVELOPES } from '../audit/bounds.ts';
import { restOf } from '../audit/retrieval.ts';
import { digestOf } from '../call/canonical.ts';
import type { PolicyBundle } from './bundle.ts';

/** What decides in a tenant, by digests. */
export interface PolicyMark {
  /** Of the bundle. */
  readonly digest: string;
  /** By workflow. */
  readonly envelopes: Readonly<Record<string, string>>;
}

export function policyMark({ digest, envelopes }: Pick<PolicyBundle, 'digest' | 'envelopes'>): PolicyMark {
  return {
    digest,
    envelopes: Object.fromEntries(
      Object.entries(envelopes).map(([workflow, envelope]) => [workflow, digestOf(envelope)]),
    ),
  };
}

/** @param before - undefined when the tenant has had no run yet */
export function policyChanged(
  before: PolicyMark | undefined,
  after: PolicyMark,
  firstRun: string,
): Extract<EventBody, { type: 'policy.changed' }> {
  const changes = envelopeChanges(before?.envelopes ?? {}, after.envelopes);
  return {
    type: 'policy.changed',
    ...(before === undefined ? {} : { before: before.digest }),
    after: after.digest,
    envelopes: changes.slice(0, MAXIMUM_ENVELOPES),
    ...restOf(changes.slice(MAXIMUM_ENVELOPES), digestOf),
    firstRun,
  };
}

type Digests = PolicyMark['envelopes'];

function envelopeChanges(before: Digests, after: Digests): EnvelopeChange[] {
  const workflows = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return workflows
    .map((workflow) => ({
      workflow,
      ...(Object.hasOwn(before, workflow) ? { before: before[workflow] } : {}),
      ...(Object.hasOwn(after, workflow) ? { after: after[workflow] } : {}),
    }))
    .filter((change) => change.before !== change.after);
}

/** Stands for a run's id: changes of policies are no run's. */
export function policyRunId(digest: string): string {
  return `${POLICY_PREFIX}${digest.slice(0, POLICY_ID_DIGITS)}`;
}

/** Begins the id that stands for a run's, and that of no run. */
export const POLICY_PREFIX = 'policy-';
const POLICY_ID_DIGITS = 16;
