import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type SlackSecret, slackSecretName } from '../../../contracts/names.ts';
import type { Clock } from '../../../domain/time.ts';

/** Secrets of the Slack app. Never put into a log, an error or an answer. */
export interface SlackSecrets {
  /**
   * From the container's memory for five minutes.
   *
   * @throws Error for a secret that nobody has put a value into
   */
  readonly read: (secret: SlackSecret) => Promise<string>;
  /**
   * For a value that does not fit: the newer one where there is one, since it may have been rotated. Undefined where there is none, or
   * where it was looked for so lately that whoever sends what does not fit could make calls without end.
   */
  readonly readNewer: (secret: SlackSecret) => Promise<string | undefined>;
}

export interface SlackSecretsOptions {
  readonly prefix: string;
  readonly clock: Clock;
  readonly client: Pick<SecretsManagerClient, 'send'>;
}

/** A rotated secret is in use everywhere after this time. */
const MAXIMUM_AGE_MILLISECONDS = 5 * 60 * 1000;
/** INVARIANT: of each secret a container looks for a newer value at most this often, whatever it is sent. */
const READ_NEWER_MILLISECONDS = 30 * 1000;
/** The same where there is no value to be had. */
const READ_FAILED_MILLISECONDS = 5 * 1000;

interface Kept {
  readonly value: string;
  readonly readAt: number;
}

interface Failure {
  readonly error: unknown;
  readonly at: number;
}

export function slackSecrets({ prefix, clock, client }: SlackSecretsOptions): SlackSecrets {
  const kept = new Map<SlackSecret, Kept>();
  const lookedAt = new Map<SlackSecret, number>();
  const failures = new Map<SlackSecret, Failure>();
  const ask = async (secret: SlackSecret): Promise<string> => {
    const SecretId = slackSecretName(prefix, secret);
    const { SecretString: value } = await client.send(new GetSecretValueCommand({ SecretId }));
    if (value === undefined || value === '') {
      throw new Error(
        `secret ${SecretId} has no text, put its value with aws secretsmanager put-secret-value`,
      );
    }
    return value;
  };
  const readNow = async (secret: SlackSecret): Promise<string> => {
    const now = clock().getTime();
    const failure = failures.get(secret);
    if (failure !== undefined && now - failure.at < READ_FAILED_MILLISECONDS) {
      throw failure.error;
    }
    try {
      const value = await ask(secret);
      kept.set(secret, { value, readAt: now });
      failures.delete(secret);
      return value;
    } catch (error) {
      failures.set(secret, { error, at: now });
      throw error;
    }
  };
  return {
    async read(secret) {
      const found = kept.get(secret);
      return found !== undefined && clock().getTime() - found.readAt < MAXIMUM_AGE_MILLISECONDS
        ? found.value
        : await readNow(secret);
    },
    async readNewer(secret) {
      const now = clock().getTime();
      const last = lookedAt.get(secret);
      if (last !== undefined && now - last < READ_NEWER_MILLISECONDS) {
        return undefined;
      }
      lookedAt.set(secret, now);
      const before = kept.get(secret)?.value;
      const value = await readNow(secret);
      return value === before ? undefined : value;
    },
  };
}
