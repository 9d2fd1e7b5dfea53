import type { Approval } from '../../../domain/approval/approval.ts';
import { LIMITS } from './limits.ts';

/** Ids of what people press. */
export const ACTIONS = {
  approve: 'countersign.approve',
  reject: 'countersign.reject',
  rejectWithReason: 'countersign.reject_with_reason',
  withdraw: 'countersign.withdraw',
  details: 'countersign.details',
} as const;

/** The view in which people say why they reject, and where in its state their words are. */
export const REASON_VIEW = {
  callbackId: 'countersign.reason',
  blockId: 'countersign.why',
  actionId: 'countersign.why_text',
} as const;

/** Which approval was pressed, and of which call. */
export interface ButtonValue {
  readonly tenant: string;
  readonly approvalId: string;
  /** First characters of the digest of the call that people were shown. */
  readonly digest: string;
}

/** A button value and the message that it was pressed in. */
export interface PressedIn extends ButtonValue {
  readonly channel: string;
  readonly ts: string;
}

type Named = Pick<Approval, 'tenant' | 'approvalId' | 'digest'>;

const SEPARATOR = '|';
const DIGEST_LENGTH = 16;

/** @throws Error when a part could be taken for two */
export function buttonValue(approval: Named): string {
  return joined(partsOf(approval), LIMITS.buttonValue);
}

/** @returns undefined for anything that `buttonValue` does not write */
export function readButtonValue(text: string | undefined): ButtonValue | undefined {
  const [tenant, approvalId, digest] = separated(text, 3) ?? [];
  return tenant === undefined || approvalId === undefined || digest === undefined
    ? undefined
    : { tenant, approvalId, digest };
}

/** What a view remembers of the message that it was opened from. @throws Error when a part could be taken for two */
export function privateMetadata(
  approval: Named,
  { channel, ts }: { readonly channel: string; readonly ts: string },
): string {
  return joined([...partsOf(approval), channel, ts], LIMITS.privateMetadata);
}

/** @returns undefined for anything that `privateMetadata` does not write */
export function readPrivateMetadata(text: string | undefined): PressedIn | undefined {
  const [tenant, approvalId, digest, channel, ts] = separated(text, 5) ?? [];
  return tenant === undefined ||
    approvalId === undefined ||
    digest === undefined ||
    channel === undefined ||
    ts === undefined
    ? undefined
    : { tenant, approvalId, digest, channel, ts };
}

/** Whether a value names this approval and the very call that it is for. */
export function isAbout(value: ButtonValue, approval: Named): boolean {
  const [tenant, approvalId, digest] = partsOf(approval);
  return value.tenant === tenant && value.approvalId === approvalId && value.digest === digest;
}

function partsOf({ tenant, approvalId, digest }: Named): readonly string[] {
  return [tenant, approvalId, digest.slice(0, DIGEST_LENGTH)];
}

/** INVARIANT: what is read back is what was written, part by part. */
function joined(parts: readonly string[], limit: number): string {
  const text = parts.join(SEPARATOR);
  if (parts.some((part) => part === '' || part.includes(SEPARATOR)) || text.length > limit) {
    throw new Error(
      `'${text}' cannot go with a button, expected at most ${limit} characters, and parts without '${SEPARATOR}'`,
    );
  }
  return text;
}

function separated(text: string | undefined, count: number): readonly string[] | undefined {
  const parts = text?.split(SEPARATOR) ?? [];
  return parts.length === count && parts.every((part) => part !== '') ? parts : undefined;
}
