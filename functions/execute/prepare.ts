import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Reason } from '../../contracts/call.ts';
import type { Warrant } from '../../domain/call/warrant.ts';
import { timestamp } from '../../domain/time.ts';
import type { ToolDefinition } from '../../domain/tool/definition.ts';
import type { CallCredentials } from '../../domain/tool/handler.ts';
import { type CacheLook, lookForAnswer } from './cached-reads.ts';
import { callCredentials, type SessionDependencies } from './credentials.ts';

interface PreparationDependencies extends SessionDependencies {
  readonly client: DynamoDBDocumentClient;
}

/** What an attempt is made with. */
export interface Prepared {
  readonly credentials: Assumed;
  readonly look: CacheLook;
}

/** Credentials, and a look into the cache where the warrant lets it be asked: both take a while. Never throws. */
export async function preparation(
  warrant: Warrant,
  definition: ToolDefinition,
  dependencies: PreparationDependencies,
): Promise<Prepared> {
  const [credentials, look] = await Promise.all([
    credentialsOrReason(warrant, definition, dependencies),
    lookForAnswer(dependencies.client, warrant, definition, timestamp(dependencies.clock)),
  ]);
  return { credentials, look };
}

type Assumed = CallCredentials | { readonly reason: Reason };

async function credentialsOrReason(
  warrant: Warrant,
  definition: ToolDefinition,
  dependencies: SessionDependencies,
): Promise<Assumed> {
  try {
    return await callCredentials(warrant, definition, dependencies);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { reason: { code: 'no_credentials', message } };
  }
}
