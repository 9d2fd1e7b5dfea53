import type { FieldChange } from '../../contracts/events.ts';

/** `status "pending" to "cancelled"`, `notes added "x"`, `notes "x" removed`; not yet safe to print. */
export function fieldText({ field, from, to }: FieldChange): string {
  if (from === undefined) {
    return `${field} added ${JSON.stringify(to)}`;
  }
  return `${field} ${JSON.stringify(from)} ${to === undefined ? 'removed' : `to ${JSON.stringify(to)}`}`;
}
