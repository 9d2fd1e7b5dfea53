import { slackErrorOf } from '../adapters/slack/client.ts';
import { line, plain, richText } from '../adapters/slack/rich.ts';
import { readPrivateMetadata } from '../adapters/slack/values.ts';
import { telemetry } from '../runtime/step.ts';
import type { Interaction } from './payload.ts';
import type { PressDependencies } from './pressed.ts';
import { within } from './within.ts';

/**
 * Says something to whoever pressed, and to nobody else in the channel. Once: what Slack did not take is in the log.
 *
 * @returns whether Slack took it
 */
export async function tell(
  interaction: Interaction,
  text: string,
  milliseconds: number,
  { slack }: Pick<PressDependencies, 'slack'>,
): Promise<boolean> {
  const channel = channelOf(interaction);
  if (channel === undefined) {
    return false;
  }
  const blocks = [richText(line(plain(text)))];
  const message = { channel, user: interaction.user.id, text: withoutMarkup(text), blocks };
  try {
    await within(milliseconds, () => slack((client) => client.chat.postEphemeral(message)));
    return true;
  } catch (error) {
    telemetry.warn('whoever pressed could not be told', { why: slackErrorOf(error), error, text });
    return false;
  }
}

function channelOf(interaction: Interaction): string | undefined {
  return interaction.type === 'block_actions'
    ? interaction.container.channel_id
    : readPrivateMetadata(interaction.view.private_metadata)?.channel;
}

/** For notifications, which show no blocks. https://docs.slack.dev/messaging/formatting-message-text#escaping */
function withoutMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
