import type { ShownPreview } from '../../contracts/api.ts';
import type { FieldChange, PreviewMatch } from '../../contracts/events.ts';
import { keyedDigest } from '../audit/keyed-digest.ts';
import { canonicalJson } from '../call/canonical.ts';
import { type RedactOptions, redact } from '../redaction/redact.ts';
import { Preview } from './preview.ts';

/** By effect, such as `orders/W1`. */
export type ChangesByEffect = Readonly<Record<string, readonly FieldChange[]>>;

/** A person reads no more, and it travels through a state machine and is an attribute of an item. */
const MAXIMUM_SHOWN_BYTES = 30_000;

/**
 * What people are shown of a preview: all of it or nothing, because who approves a part has not seen the rest.
 *
 * @param output - of the preview's call; untrusted
 * @param digestKey - of the run
 */
export function shownPreview(output: unknown, digestKey: string | undefined): ShownPreview {
  const preview = Preview.safeParse(output);
  if (!preview.success) {
    return { error: 'the preview gave no answer that can be shown' };
  }
  const changes = byEffect(preview.data);
  const bytes = Buffer.byteLength(JSON.stringify(changes));
  if (bytes > MAXIMUM_SHOWN_BYTES) {
    const message = `there are ${preview.data.changes.length} changes of ${bytes} bytes, at most ${MAXIMUM_SHOWN_BYTES} bytes are shown`;
    return { error: message };
  }
  return { changes, digest: changesDigest(changes, digestKey) };
}

/** What a call has changed, against what people were shown of it. */
export interface Made {
  /** Keyed digest of what people were shown, hex. */
  readonly shownDigest: string;
  readonly changes: ChangesByEffect;
  /** Of the run. */
  readonly digestKey: string | undefined;
  /** How answers of the tool are redacted: people are shown no more of them than a model is. */
  readonly redaction: RedactOptions;
}

/** INVARIANT: changes are compared as they are shown, redacted alike and in the same order. */
export function previewMatch({ shownDigest, changes, digestKey, redaction }: Made): PreviewMatch {
  const listed = Object.entries(changes).flatMap(([effect, ofEffect]) =>
    ofEffect.map((change) => ({ effect, ...change })),
  );
  // a tool may record what JSON leaves out, and a preview has been JSON on its way
  const answered: unknown = JSON.parse(JSON.stringify({ changes: listed }));
  const redacted = Preview.safeParse(redact(answered, redaction).value);
  const isAsShown = redacted.success && changesDigest(byEffect(redacted.data), digestKey) === shownDigest;
  return isAsShown ? 'as_shown' : 'otherwise';
}

function byEffect({ changes }: Preview): ChangesByEffect {
  return Object.fromEntries(
    [...Map.groupBy(changes, ({ effect }) => effect)].map(([effect, ofEffect]) => [
      effect,
      ofEffect.map(({ effect: _, ...change }) => change),
    ]),
  );
}

/** Whatever order the changes of an effect were listed in, their digest is the same. */
function changesDigest(changes: ChangesByEffect, digestKey: string | undefined): string {
  return keyedDigest(
    digestKey,
    Object.fromEntries(
      Object.entries(changes).map(([effect, ofEffect]) => [effect, ofEffect.map(canonicalJson).sort()]),
    ),
  );
}
