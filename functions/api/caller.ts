import { type Person, personBehind } from '../../domain/approval/directory.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import { ApiFailure } from './http.ts';

/**
 * Who it is that IAM has verified.
 *
 * @throws ApiFailure 403 for a principal that belongs to nobody
 */
export function knownCaller(
  { directory }: Pick<PolicyBundle, 'directory'>,
  caller: string | undefined,
): Person {
  const person = personBehind(directory, caller);
  if (person === undefined) {
    const message = `caller ${caller ?? '(none)'} is nobody in the directory, add the principal to policies/directory.yaml`;
    throw new ApiFailure(403, 'unknown_person', message);
  }
  return person;
}
