import type { IdentityDirectory, Person } from '../../domain/approval/directory.ts';
import { ApiFailure } from './http.ts';

/**
 * Who it is that IAM has verified.
 *
 * @throws ApiFailure 403 for a principal that belongs to nobody
 */
export async function knownCaller(
  directory: IdentityDirectory,
  userArn: string | undefined,
): Promise<Person> {
  const person = userArn === undefined ? undefined : await directory.personBehind({ kind: 'iam', userArn });
  if (person === undefined) {
    const message = `caller ${userArn ?? '(none)'} is nobody in the directory, add the principal to policies/directory.yaml`;
    throw new ApiFailure(403, 'unknown_person', message);
  }
  return person;
}
