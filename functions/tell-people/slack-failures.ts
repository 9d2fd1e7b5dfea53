import { ErrorCode } from '@slack/web-api';
import { slackErrorOf } from '../adapters/slack/client.ts';
import type { SlackMessage } from '../adapters/slack/message.ts';

/** Why Slack did not take a message. */
export interface SlackFailure {
  /**
   * `message`: this one it never takes, others it may. `gone`: there is nothing to change any more. `setup`: somebody has to change the
   * app, the channel or a setting. `limited`: too much at once. `silent`: no answer, or none that says anything.
   */
  readonly kind: 'message' | 'gone' | 'setup' | 'limited' | 'silent';
  /** Slack's own word, or what stands for one. Fit for logs and metrics. */
  readonly code: string;
  /** What Slack asked for. */
  readonly retrySeconds?: number;
}

/** Errors of `chat.postMessage` and `chat.update`, from the methods' reference at docs.slack.dev. */
const KINDS = {
  message: [
    ...['invalid_blocks', 'invalid_blocks_format', 'invalid_arguments', 'invalid_attachments', 'no_text'],
    ...['msg_too_long', 'msg_blocks_too_long', 'markdown_text_conflict', 'metadata_too_large'],
  ],
  gone: ['message_not_found', 'cant_update_message', 'edit_window_closed', 'channel_not_updatable'],
  setup: [
    ...['channel_not_found', 'not_in_channel', 'is_archived', 'restricted_action', 'no_permission'],
    ...['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired', 'missing_scope'],
    ...['not_allowed_token_type', 'ekm_access_denied', 'org_login_required', 'access_denied'],
    ...['team_access_not_granted', 'restricted_action_read_only_channel', 'as_user_not_supported'],
  ],
} as const satisfies Partial<Record<SlackFailure['kind'], readonly string[]>>;

const WITHOUT_ANSWER: readonly unknown[] = [ErrorCode.RequestError, ErrorCode.HTTPError];

/** Slack has not taken a message, or there was none to give it. Caught by whoever has to try again later. */
export class NotTaken extends Error {
  override readonly name = 'NotTaken';
  readonly failure: SlackFailure;

  constructor(failure: SlackFailure) {
    super(`slack did not take a message: ${failure.code}`);
    this.failure = failure;
  }
}

/** @throws NotTaken whatever the task throws: the client, or the secret that it needs */
export async function taken<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw new NotTaken(failureOf(error));
  }
}

/** @throws NotTaken when the message cannot be made, which is the matter of this one only */
export function made(render: () => SlackMessage): SlackMessage {
  try {
    return render();
  } catch (error) {
    throw new NotTaken({
      kind: 'message',
      code: error instanceof Error ? `not_made_${error.name}` : 'not_made',
    });
  }
}

function failureOf(error: unknown): SlackFailure {
  const said = slackErrorOf(error);
  if (said !== undefined) {
    const kinds = Object.entries(KINDS) as [keyof typeof KINDS, readonly string[]][];
    const kind = kinds.find(([, codes]) => codes.includes(said))?.[0];
    return { kind: said === 'ratelimited' ? 'limited' : (kind ?? 'silent'), code: said };
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === ErrorCode.RateLimitedError) {
    const { retryAfter: retrySeconds } = error as Error & { readonly retryAfter?: number };
    return { kind: 'limited', code: 'ratelimited', ...(retrySeconds === undefined ? {} : { retrySeconds }) };
  }
  // what is not of Slack's client is of its secret: nobody has put a value there, or it cannot be read
  return WITHOUT_ANSWER.includes(code)
    ? { kind: 'silent', code: 'no_answer' }
    : { kind: 'setup', code: 'no_bot_token' };
}

const REMEDIES: Readonly<Record<string, string>> = {
  channel_not_found: 'correct its id in policies/slack.yaml, or invite the app to it',
  not_in_channel: 'invite the app to the channel',
  is_archived: 'name another channel in policies/slack.yaml',
  missing_scope: 'give the app the scope chat:write and install it again',
  no_bot_token: 'put the bot token into its secret',
};
const TOKEN_REMEDY = 'install the app again and put its bot token into its secret';

/** What somebody has to do about it. */
export function remedyOf({ kind, code }: SlackFailure): string {
  return (
    REMEDIES[code] ?? (kind === 'setup' ? TOKEN_REMEDY : 'nothing, unless it goes on: see status.slack.com')
  );
}
