import type { ApprovalView, VerdictRecord } from '../../contracts/api.ts';

/** One thing that happened to an approval, with the approval as it is since. */
export type ApprovalChange = { readonly approval: ApprovalView } & (
  | { readonly change: 'asked' | 'told' }
  | { readonly change: 'verdict' | 'withdrawn'; readonly verdict: VerdictRecord }
  | { readonly change: 'outcome' }
);

/** Nothing more can become of it. */
const FINAL: readonly ApprovalView['state'][] = ['rejected', 'expired', 'unreachable', 'used'];

export function isFinal({ state }: ApprovalView): boolean {
  return FINAL.includes(state);
}

/**
 * What happened between two looks at an approval, in the order in which it did.
 *
 * @param before - undefined when it was not seen yet
 */
export function changesSince(
  before: ApprovalView | undefined,
  approval: ApprovalView,
): readonly ApprovalChange[] {
  // lists of the API are eventually consistent: an older look says nothing new
  if (before !== undefined && approval.revision < before.revision) {
    return [];
  }
  const earlier = before?.verdicts ?? [];
  const isIn = (verdicts: readonly VerdictRecord[], { by, verdict, at }: VerdictRecord) =>
    verdicts.some((each) => each.by === by && each.verdict === verdict && each.at === at);
  const wasMessages = before?.messages.length ?? 0;
  const hasEnded = approval.state !== 'requested' && approval.state !== 'waiting';
  return [
    ...(before === undefined ? [{ change: 'asked' as const, approval }] : []),
    ...(approval.messages.length > wasMessages ? [{ change: 'told' as const, approval }] : []),
    ...earlier
      .filter((verdict) => !isIn(approval.verdicts, verdict) && !saidOtherwise(approval, verdict))
      .map((verdict) => ({ change: 'withdrawn' as const, verdict, approval })),
    ...approval.verdicts
      .filter((verdict) => !isIn(earlier, verdict))
      .map((verdict) => ({ change: 'verdict' as const, verdict, approval })),
    ...(hasEnded && approval.state !== before?.state ? [{ change: 'outcome' as const, approval }] : []),
  ];
}

/** Whoever approved and then rejects has not taken anything back. */
function saidOtherwise({ verdicts }: ApprovalView, { by }: VerdictRecord): boolean {
  return verdicts.some((each) => each.by === by);
}
