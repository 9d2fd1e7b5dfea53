import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { secretName } from '../../contracts/names.ts';
import type { Clock } from '../../domain/time.ts';
import { namespaceOf, type ToolDefinition } from '../../domain/tool/definition.ts';
import type { CallCredentials, ToolContext } from '../../domain/tool/handler.ts';

/** Values of a tool's secrets. Never put into a log, an error or an output. */
export interface SecretReader {
  /** @throws Error for a secret that the tool does not declare, or that nobody has put a value into */
  readonly read: (tool: ToolDefinition, secret: string, context: ToolContext) => Promise<string>;
  /** For a value that the other side no longer takes: the next read asks for the current version. */
  readonly forget: (tool: ToolDefinition, secret: string) => void;
}

export interface SecretReaderOptions {
  readonly prefix: string;
  readonly clock: Clock;
  readonly clientFor: (credentials: CallCredentials) => Pick<SecretsManagerClient, 'send'>;
}

/** A rotated secret is in use everywhere after this time; each version is read anew by then. */
const MAXIMUM_AGE_MILLISECONDS = 5 * 60 * 1000;

/** Secrets Manager in us-east-1, from its pricing page, 2026-11: $0.05 for 10,000 API calls. */
export const SECRET_READ_MICRO_DOLLARS = 5;

/** Reads with the call's own credentials, and keeps what one tool has read for the next calls of this same tool. */
export function secretReader({ prefix, clock, clientFor }: SecretReaderOptions): SecretReader {
  const kept = new Map<string, { readonly value: string; readonly readAt: number }>();
  const keyOf = ({ name }: ToolDefinition, secret: string) => `${name}/${secret}`;
  return {
    async read(tool, secret, { credentials, recordCost }) {
      if (!tool.secrets?.includes(secret)) {
        throw new Error(`${tool.name} does not declare secret '${secret}', expected it in its secrets`);
      }
      const found = kept.get(keyOf(tool, secret));
      if (found !== undefined && clock().getTime() - found.readAt < MAXIMUM_AGE_MILLISECONDS) {
        return found.value;
      }
      const SecretId = secretName(prefix, namespaceOf(tool.name), secret);
      const { SecretString: value } = await clientFor(credentials).send(
        new GetSecretValueCommand({ SecretId }),
      );
      recordCost(SECRET_READ_MICRO_DOLLARS);
      if (value === undefined || value === '') {
        throw new Error(
          `secret ${SecretId} has no text, put its value with aws secretsmanager put-secret-value`,
        );
      }
      kept.set(keyOf(tool, secret), { value, readAt: clock().getTime() });
      return value;
    },
    forget(tool, secret) {
      kept.delete(keyOf(tool, secret));
    },
  };
}

/** Its connections serve every call of a container; each call signs with its own credentials. */
const connections = new SecretsManagerClient({});

export function secretsClient(credentials: CallCredentials): SecretsManagerClient {
  return new SecretsManagerClient({ credentials, requestHandler: connections.config.requestHandler });
}
