import { z } from 'zod';
import { digestOf } from '../../domain/call/canonical.ts';
import { REASON_VIEW, readPrivateMetadata } from '../adapters/slack/values.ts';
import { giveVerdict } from '../adapters/verdicts.ts';
import { type Outcome, PressRefused } from './outcome.ts';
import type { Submission } from './payload.ts';
import { approvalPressed, type PressDependencies, personPressing } from './pressed.ts';

/** The same as for a verdict over the API. */
const MAXIMUM_NOTE_LENGTH = 1000;

const Note = z
  .string('Say why, for the record')
  .trim()
  .min(1, 'Say why, for the record')
  .max(MAXIMUM_NOTE_LENGTH, `At most ${MAXIMUM_NOTE_LENGTH} characters`);

/** A rejection with its reason. @throws PressRefused, VerdictRefused */
export async function takeSubmission(
  submission: Submission,
  dependencies: PressDependencies,
): Promise<Outcome> {
  const { view, user } = submission;
  if (view.callback_id !== REASON_VIEW.callbackId) {
    return { kind: 'ignored', what: view.callback_id };
  }
  const person = await personPressing(submission, dependencies);
  const pressed = readPrivateMetadata(view.private_metadata);
  if (pressed === undefined) {
    throw new PressRefused('tampered', 'the view does not say which approval it is for');
  }
  const { blockId, actionId } = REASON_VIEW;
  const note = Note.safeParse(view.state.values[blockId]?.[actionId]?.value);
  if (!note.success) {
    return { kind: 'invalid', errors: { [blockId]: note.error.issues[0]?.message ?? 'Not understood' } };
  }
  const approval = await approvalPressed(pressed, dependencies);
  const press = digestOf({ user: user.id, viewId: view.id, hash: view.hash });
  const said = { verdict: 'reject', note: note.data, via: 'slack', press, digest: approval.digest } as const;
  const decided = await giveVerdict({ about: approval, person, ...said }, dependencies);
  return { kind: 'said', verdict: 'reject', approval: decided };
}
