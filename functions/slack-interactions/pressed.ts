import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Approval } from '../../domain/approval/approval.ts';
import type { IdentityDirectory, Person } from '../../domain/approval/directory.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import type { Clock } from '../../domain/time.ts';
import { approvalView, readApproval } from '../adapters/approvals.ts';
import type { Slack } from '../adapters/slack/client.ts';
import { isAbout, type PressedIn } from '../adapters/slack/values.ts';
import type { MessageContext } from '../adapters/slack/words.ts';
import type { MayCountersign } from '../adapters/verdicts.ts';
import { PressRefused } from './outcome.ts';
import type { Interaction } from './payload.ts';

export interface PressDependencies {
  readonly client: DynamoDBDocumentClient;
  readonly clock: Clock;
  readonly bundle: Pick<PolicyBundle, 'slack'>;
  readonly directory: IdentityDirectory;
  readonly mayCountersign: MayCountersign;
  readonly slack: Slack;
  /** @param now - ISO 8601 UTC */
  readonly contextAt: (now: string) => MessageContext;
}

/**
 * Who pressed. Slack says which member of which workspace; the directory says who that is.
 *
 * @throws PressRefused
 */
export async function personPressing(
  { team, user }: Pick<Interaction, 'team' | 'user'>,
  { bundle, directory }: Pick<PressDependencies, 'bundle' | 'directory'>,
): Promise<Person> {
  const own = bundle.slack?.team;
  // in a channel that workspaces share, what the app is in and what its member is in may be two
  const teams = [team.id, user.team_id ?? team.id];
  if (own === undefined || teams.some((each) => each !== own)) {
    const message = 'what is pressed in another workspace counts for nothing here, ask somebody of this one';
    throw new PressRefused('other_team', message);
  }
  const person = await directory.personBehind({ kind: 'slack', team: own, user: user.id });
  if (person === undefined) {
    const message = `the directory knows nobody with your Slack id ${user.id}. Ask whoever looks after policies/directory.yaml to add 'slack: [${user.id}]' to your entry there, and to deploy it`;
    throw new PressRefused('unknown_person', message);
  }
  return person;
}

/**
 * The approval that was pressed, as it is now.
 *
 * INVARIANT: what people press counts for the very call that they were shown, in a message that was recorded as one about it.
 *
 * @throws PressRefused
 */
export async function approvalPressed(
  pressed: PressedIn,
  { client }: Pick<PressDependencies, 'client'>,
): Promise<Approval> {
  const record = await readApproval(client, pressed);
  if (record === undefined) {
    throw new PressRefused('unknown_approval', `there is no approval '${pressed.approvalId}'`);
  }
  const approval = approvalView(record);
  if (!isAbout(pressed, approval)) {
    throw new PressRefused('other_call', 'the approval is for another call than the one that was shown');
  }
  const { channel, ts } = pressed;
  if (!approval.messages.some((message) => message.channel === channel && message.ts === ts)) {
    const message =
      'this message is not on record as one about the approval. If it is new, press again in some seconds; else use the newest message about it';
    throw new PressRefused('outdated_message', message);
  }
  return approval;
}
