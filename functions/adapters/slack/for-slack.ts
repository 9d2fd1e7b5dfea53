import type { ShownPreview } from '../../../contracts/api.ts';
import type { FieldChange } from '../../../contracts/events.ts';
import type { Approval } from '../../../domain/approval/approval.ts';
import { redact, redactText } from '../../../domain/redaction/redact.ts';

/**
 * The approval as it may leave for Slack, another company's system: without secrets and personal data. The API and the command
 * line show it in full.
 *
 * INVARIANT: nothing of an approval is rendered that has not been through here, and nothing is cut before.
 */
export function forSlack(approval: Approval): { readonly approval: Approval; readonly isRedacted: boolean } {
  const seen = { isRedacted: false };
  const clean: Clean = (given) => {
    const { value, found } = redact(given);
    seen.isRedacted ||= Object.keys(found).length > 0;
    // texts become texts, and objects and lists keep their shape
    return value as typeof given;
  };
  const { proposal, preview, scores } = approval;
  const shown: Approval = {
    ...approval,
    proposal: { tool: clean(proposal.tool), arguments: clean(proposal.arguments) },
    resource: clean(approval.resource),
    facts: clean(approval.facts),
    policies: clean(approval.policies),
    reasons: clean(approval.reasons),
    kinds: clean(approval.kinds),
    beneficiaries: clean(approval.beneficiaries),
    ...(scores === undefined ? {} : { scores: { ...scores, topics: clean(scores.topics) } }),
    ...(preview === undefined ? {} : { preview: cleanPreview(preview, clean) }),
    verdicts: approval.verdicts.map(({ note, ...verdict }) => ({
      ...verdict,
      ...(note === undefined ? {} : { note: clean(note) }),
    })),
  };
  return { approval: shown, isRedacted: seen.isRedacted };
}

/** Without secrets and personal data; for names and ids that are not the approval's own. */
export function textForSlack(text: string): string {
  return redactText(text).value;
}

type Clean = <T>(given: T) => T;

function cleanPreview(preview: ShownPreview, clean: Clean): ShownPreview {
  if ('error' in preview) {
    return { error: clean(preview.error) };
  }
  // effects whose names are alike once redacted keep all of their changes
  const effects = new Map<string, readonly FieldChange[]>();
  for (const [name, fields] of Object.entries(preview.changes)) {
    const effect = clean(name);
    const changes = fields.map((change) => ({
      field: clean(change.field),
      ...('from' in change ? { from: cleanAt(change.field, change.from, clean) } : {}),
      ...('to' in change ? { to: cleanAt(change.field, change.to, clean) } : {}),
    }));
    effects.set(effect, [...(effects.get(effect) ?? []), ...changes]);
  }
  return { ...preview, changes: Object.fromEntries(effects) };
}

/** A value redacted as where it stands in its document: the names above it say what it is. */
function cleanAt(path: string, value: unknown, clean: Clean): unknown {
  const names = path.split(/[.[\]"]+/).filter((name) => name !== '');
  const document = names.reduceRight<unknown>(
    (inner, name) => (/^\d+$/.test(name) ? [inner] : { [name]: inner }),
    value,
  );
  return names.reduce<unknown>((outer) => Object.values(outer ?? {})[0], clean(document));
}
