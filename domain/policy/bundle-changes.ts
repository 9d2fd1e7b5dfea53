import { changesBetween } from '../tool/preview.ts';
import type { BundledPolicy, PolicyBundle } from './bundle.ts';

/** What is written differently, whether or not a decision differs. */
export interface BundleChanges {
  readonly policies: Named<Pick<BundledPolicy, 'id' | 'file' | 'line'>>;
  /** By workflow, with the fields that differ. */
  readonly envelopes: Named<{ readonly id: string; readonly fields?: readonly string[] }>;
}

interface Named<Part> {
  readonly added: readonly Part[];
  readonly removed: readonly Part[];
  readonly changed: readonly Part[];
}

type Written = Pick<PolicyBundle, 'policies' | 'envelopes'>;

export function bundleChanges(before: Written, after: Written): BundleChanges {
  const policies = compared(before.policies, after.policies, (one, other) => one.text === other.text);
  const envelopes = compared(
    envelopesOf(before),
    envelopesOf(after),
    (one, other) => fieldsOf(one, other).length === 0,
  );
  const former = new Map(envelopesOf(before).map((each) => [each.id, each]));
  return {
    policies: mapped(policies, ({ id, file, line }) => ({ id, file, line })),
    envelopes: {
      added: envelopes.added.map(({ id }) => ({ id })),
      removed: envelopes.removed.map(({ id }) => ({ id })),
      changed: envelopes.changed.map((each) => ({
        id: each.id,
        fields: fieldsOf(former.get(each.id), each),
      })),
    },
  };
}

function envelopesOf({ envelopes }: Written) {
  return Object.entries(envelopes).map(([id, envelope]) => ({ id, envelope }));
}

function fieldsOf(
  one: { readonly envelope: unknown } | undefined,
  other: { readonly envelope: unknown },
): readonly string[] {
  return changesBetween(one?.envelope, other.envelope).map(({ field }) => field);
}

/** What is on both sides is shown as it is after. */
function compared<Part extends { readonly id: string }>(
  before: readonly Part[],
  after: readonly Part[],
  isSame: (one: Part, other: Part) => boolean,
): Named<Part> {
  const former = new Map(before.map((part) => [part.id, part]));
  const kept = new Set(after.map(({ id }) => id));
  return {
    added: after.filter(({ id }) => !former.has(id)),
    removed: before.filter(({ id }) => !kept.has(id)),
    changed: after.filter((part) => {
      const one = former.get(part.id);
      return one !== undefined && !isSame(one, part);
    }),
  };
}

function mapped<Part, Shown>(
  { added, removed, changed }: Named<Part>,
  show: (part: Part) => Shown,
): Named<Shown> {
  return { added: added.map(show), removed: removed.map(show), changed: changed.map(show) };
}
