import { ErrorCode, type Logger, LogLevel, WebClient } from '@slack/web-api';
import { telemetry } from '../../runtime/step.ts';
import type { SlackSecrets } from './secrets.ts';

/** Does something with Slack's Web API as the app. */
export type Slack = <T>(task: (client: WebClient) => Promise<T>) => Promise<T>;

export interface SlackOptions {
  /** With a slash at the end. */
  readonly apiUrl: string;
  readonly secrets: SlackSecrets;
  /** Of each request. */
  readonly timeoutMilliseconds: number;
  /** After a request that gave no answer, beside the first one. What is posted may then be there twice. @default none */
  readonly retries?: number;
}

const RETRY_MILLISECONDS = 200;

/** Answers of Slack that a token gets which is no longer the app's. */
const OUTDATED_TOKEN = ['invalid_auth', 'token_revoked', 'token_expired', 'account_inactive', 'not_authed'];

/**
 * Slack with the app's bot token; with the newer one, once, where it was rotated. Rate limits are errors at once, since waiting them
 * out in a function costs more than coming again.
 *
 * @returns a function that throws what `WebClient` does; `slackErrorOf` tells what Slack said
 */
export function slackWith({ apiUrl, secrets, timeoutMilliseconds, retries = 0 }: SlackOptions): Slack {
  let kept: { readonly token: string; readonly client: WebClient } | undefined;
  const clientFor = (token: string): WebClient => {
    if (kept?.token !== token) {
      const client = new WebClient(token, {
        slackApiUrl: apiUrl,
        timeout: timeoutMilliseconds,
        retryConfig: { retries, minTimeout: RETRY_MILLISECONDS, maxTimeout: RETRY_MILLISECONDS },
        rejectRateLimitedCalls: true,
        allowAbsoluteUrls: false,
        logger: LOGGER,
      });
      kept = { token, client };
    }
    return kept.client;
  };
  return async (task) => {
    try {
      return await task(clientFor(await secrets.read('bot-token')));
    } catch (error) {
      if (!OUTDATED_TOKEN.includes(slackErrorOf(error) ?? '')) {
        throw error;
      }
      const newer = await secrets.readNewer('bot-token');
      if (newer === undefined) {
        throw error;
      }
      return await task(clientFor(newer));
    }
  };
}

/** Slack's own word for what went wrong, such as `channel_not_found`; undefined when it gave no such answer. */
export function slackErrorOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || error.code !== ErrorCode.PlatformError) {
    return undefined;
  }
  const { data } = error as Error & { readonly data?: { readonly error?: string } };
  return data?.error;
}

/** The package's own would write lines that are no JSON. */
const LOGGER: Logger = {
  debug: () => {},
  info: () => {},
  warn: (...messages) => telemetry.warn('slack web api', { said: messages.map(String) }),
  error: (...messages) => telemetry.warn('slack web api', { said: messages.map(String) }),
  setLevel: () => {},
  getLevel: () => LogLevel.WARN,
  setName: () => {},
};
