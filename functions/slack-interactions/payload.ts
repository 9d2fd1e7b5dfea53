import { z } from 'zod';
import { NotFromSlack } from './signed-request.ts';

const Id = z.string().min(1).max(100);

/** What something in Slack is named by: `1760000000.123456`. */
const Timestamp = z.string().regex(/^\d{1,12}\.\d{1,6}$/);

const Team = z.object({ id: Id });

/** In a channel that workspaces share, members of another one have their own. */
const User = z.object({ id: Id, team_id: Id.optional() });

/** One button of a message, pressed. https://docs.slack.dev/reference/interaction-payloads/block_actions-payload */
const PressShape = z.object({
  type: z.literal('block_actions'),
  team: Team,
  user: User,
  trigger_id: z.string().min(1).max(200),
  container: z.object({ type: z.literal('message'), message_ts: Timestamp, channel_id: Id }),
  actions: z.tuple([
    z.object({
      type: z.literal('button'),
      action_id: z.string(),
      block_id: z.string(),
      value: z.string().optional(),
      action_ts: Timestamp,
    }),
  ]),
});

/** https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload */
const SubmissionShape = z.object({
  type: z.literal('view_submission'),
  team: Team,
  user: User,
  view: z.object({
    id: Id,
    hash: z.string().min(1).max(200),
    callback_id: z.string(),
    private_metadata: z.string(),
    state: z.object({
      values: z.record(z.string(), z.record(z.string(), z.object({ value: z.string().nullish() }))),
    }),
  }),
});

const InteractionShape = z.discriminatedUnion('type', [PressShape, SubmissionShape]);

export type Press = z.output<typeof PressShape>;
export type Submission = z.output<typeof SubmissionShape>;
export type Interaction = Press | Submission;

/**
 * What a signed body says. Slack also sends kinds that nobody here asks for.
 *
 * @returns undefined for those
 * @throws NotFromSlack for a body that is none of Slack's at all
 */
export function interactionOf(body: string): Interaction | undefined {
  const payloads = new URLSearchParams(body).getAll('payload');
  const [payload] = payloads;
  if (payload === undefined || payloads.length > 1) {
    throw new NotFromSlack('malformed');
  }
  return InteractionShape.safeParse(json(payload)).data;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new NotFromSlack('malformed');
  }
}
