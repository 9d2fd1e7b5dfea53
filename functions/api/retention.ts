import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { DEFAULT_TENANT, type RunView } from '../../contracts/api.ts';
import type {
  ErasePersonAnswer,
  ErasePersonInput,
  ErasureView,
  HoldRunAnswer,
  HoldRunInput,
} from '../../contracts/retention.ts';
import type { IdentityDirectory, Person } from '../../domain/approval/directory.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import { redactText } from '../../domain/redaction/redact.ts';
import { knownCaller } from './caller.ts';
import { ApiFailure, Note, parsed, parsedBody, Tenant } from './http.ts';
import { getRun } from './runs.ts';
import { Identifier } from './start-run.ts';

export interface RetentionDependencies {
  readonly client: DynamoDBDocumentClient;
  readonly lambda: LambdaClient;
  readonly bundle: Pick<PolicyBundle, 'directory' | 'envelopes'>;
  readonly directory: IdentityDirectory;
  /** Names of the functions that have the rights which the API has not. */
  readonly erasePersonFunction: string;
  readonly holdRunFunction: string;
}

const EraseShape = z.strictObject({ tenant: Tenant.default(DEFAULT_TENANT), note: Note });
const HoldShape = z.strictObject({ tenant: Tenant.default(DEFAULT_TENANT), hold: z.boolean(), note: Note });

/**
 * Has a person's data erased, as much of it as fits into one request.
 *
 * @throws ApiFailure 400 bad body, 403 the caller may not, 404 no run of theirs, 409 a run is under way or held
 */
export async function erasePerson(
  id: string,
  body: string,
  caller: string | undefined,
  dependencies: RetentionDependencies,
): Promise<ErasureView> {
  const { tenant, note } = parsedBody(EraseShape, body);
  const { userId } = parsed(z.object({ userId: Identifier }), { userId: id });
  const { id: by } = await privacyOfficer(caller, dependencies);
  const input: ErasePersonInput = { tenant, userId, by, note: redactText(note).value };
  return unlessRefused<ErasePersonAnswer>(await invoked(dependencies, 'erasePersonFunction', input));
}

/** @throws ApiFailure 400 bad body, 403 the caller may not, 404 unknown run, 409 its data was erased, or it is not held */
export async function holdRun(
  runId: string,
  body: string,
  caller: string | undefined,
  dependencies: RetentionDependencies,
): Promise<RunView> {
  const { tenant, hold, note } = parsedBody(HoldShape, body);
  const { id: by } = await privacyOfficer(caller, dependencies);
  const input: HoldRunInput = { tenant, runId, by, hold, note: redactText(note).value };
  unlessRefused<HoldRunAnswer>(await invoked(dependencies, 'holdRunFunction', input));
  return getRun(tenant, runId, dependencies);
}

async function privacyOfficer(
  caller: string | undefined,
  { directory, bundle }: RetentionDependencies,
): Promise<Person> {
  const person = await knownCaller(directory, caller);
  const { privacy_roles: roles } = bundle.directory;
  if (!roles.some((role) => person.roles.includes(role))) {
    const wanted = roles.join(', ') || 'nobody: directory.yaml names no privacy_roles';
    const message = `${person.id} has none of the roles for erasing and holding data (${wanted}), ask somebody who has one`;
    throw new ApiFailure(403, 'missing_role', message);
  }
  return person;
}

/** INVARIANT: the API can delete nothing itself; who may ask is decided here, what may go there. */
async function invoked<T>(
  dependencies: RetentionDependencies,
  name: 'erasePersonFunction' | 'holdRunFunction',
  input: unknown,
): Promise<T> {
  const { FunctionError, Payload } = await dependencies.lambda.send(
    new InvokeCommand({ FunctionName: dependencies[name], Payload: JSON.stringify(input) }),
  );
  const text = Buffer.from(Payload ?? []).toString();
  if (FunctionError !== undefined) {
    throw new Error(`the function did not finish (${FunctionError}), what it has done stays done; ask again`);
  }
  return JSON.parse(text) as T;
}

function unlessRefused<T extends object>(answer: T): Exclude<T, { readonly refused: unknown }> {
  if ('refused' in answer) {
    const { code, message } = answer.refused as { readonly code: string; readonly message: string };
    throw new ApiFailure(code.startsWith('unknown_') ? 404 : 409, code, message);
  }
  return answer as Exclude<T, { readonly refused: unknown }>;
}
