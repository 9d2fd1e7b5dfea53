import { z } from 'zod';
import { Role } from './role.ts';

const Channel = z.string().regex(/^[CG][A-Z0-9]{2,20}$/, 'expected the id of a channel, such as C012AB3CD');

const Channels = z.strictObject({
  default: Channel,
  /** Of roles whose requests go elsewhere. */
  roles: z.record(Role, Channel).default({}),
});

/** Where in Slack people are asked. The document is `policies/slack.yaml`; without it nobody is asked in Slack. */
export const SlackShape = z.strictObject({
  version: z.literal(1),
  /** The workspace. What is pressed in another one counts for nothing. */
  team: z.string().regex(/^T[A-Z0-9]{2,20}$/, 'expected the id of a workspace, such as T012AB3CD'),
  channels: Channels,
  /** Where else people are asked when nobody has answered for a while. @default nowhere */
  second_channels: Channels.optional(),
});

export type SlackSettings = z.output<typeof SlackShape>;

/** @returns undefined when there is no second channel */
export function channelFor(
  { channels, second_channels }: SlackSettings,
  role: string,
  which: 'first' | 'second',
): string | undefined {
  const among = which === 'first' ? channels : second_channels;
  return among === undefined || !Object.hasOwn(among.roles, role) ? among?.default : among.roles[role];
}
