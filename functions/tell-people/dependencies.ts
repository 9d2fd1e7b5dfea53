import type { SFNClient } from '@aws-sdk/client-sfn';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { SlackSettings } from '../../domain/approval/slack-settings.ts';
import type { Clock } from '../../domain/time.ts';
import type { Slack } from '../adapters/slack/client.ts';
import type { MessageContext } from '../adapters/slack/message.ts';
import type { TokenOpener } from '../adapters/task-tokens.ts';

/** Slack as this deployment uses it. */
export interface SlackTelling {
  readonly call: Slack;
  readonly settings: SlackSettings;
  /** @param now - ISO 8601 UTC */
  readonly contextAt: (now: string) => MessageContext;
}

export interface TellingDependencies {
  readonly client: DynamoDBDocumentClient;
  readonly stepFunctions: Pick<SFNClient, 'send'>;
  readonly openToken: TokenOpener;
  /** Absent where people are asked in the queue alone. */
  readonly slack?: SlackTelling;
  readonly clock: Clock;
  /** At least 0, less than 1. */
  readonly random: () => number;
  /** False when the function is about to be stopped: what was not begun is left for the next minute. */
  readonly hasTime: () => boolean;
}
