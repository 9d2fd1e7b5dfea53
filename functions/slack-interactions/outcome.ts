import type { GivenVerdict } from '../../contracts/events.ts';
import type { Approval } from '../../domain/approval/approval.ts';

/** What came of something that was pressed. */
export type Outcome =
  | { readonly kind: 'ignored'; readonly what: string }
  | { readonly kind: 'opened'; readonly view: 'reason' | 'details' }
  /** Now, or already before when the same is sent again. */
  | { readonly kind: 'said'; readonly verdict: GivenVerdict; readonly approval: Approval }
  /** By block of the view, for whoever wrote it to correct. */
  | { readonly kind: 'invalid'; readonly errors: Readonly<Record<string, string>> };

/** Why something that was pressed does not count; nothing has changed. Whoever pressed it is told the message. */
export class PressRefused extends Error {
  override readonly name = 'PressRefused';
  readonly code:
    | 'other_team'
    | 'unknown_person'
    | 'other_tenant'
    | 'tampered'
    | 'unknown_approval'
    | 'other_call'
    | 'outdated_message'
    | 'view_not_opened';

  constructor(code: PressRefused['code'], message: string) {
    super(message);
    this.code = code;
  }
}
