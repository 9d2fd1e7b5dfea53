import type { ModalView } from '@slack/types';
import type { Approval } from '../../domain/approval/approval.ts';
import { verdictRefusal } from '../../domain/approval/approval.ts';
import type { Person } from '../../domain/approval/directory.ts';
import { digestOf } from '../../domain/call/canonical.ts';
import { timestamp } from '../../domain/time.ts';
import { slackErrorOf } from '../adapters/slack/client.ts';
import { ACTIONS, type PressedIn, readButtonValue } from '../adapters/slack/values.ts';
import { detailsView, reasonView } from '../adapters/slack/views.ts';
import { giveVerdict, VerdictRefused } from '../adapters/verdicts.ts';
import { type Outcome, PressRefused } from './outcome.ts';
import type { Press } from './payload.ts';
import { approvalPressed, type PressDependencies, personPressing } from './pressed.ts';

const VERDICTS = new Map([
  [ACTIONS.approve, 'approve'],
  [ACTIONS.reject, 'reject'],
  [ACTIONS.withdraw, 'withdraw'],
] as const satisfies readonly (readonly [string, string])[]);

/** @throws PressRefused, VerdictRefused */
export async function takePress(press: Press, dependencies: PressDependencies): Promise<Outcome> {
  const [{ action_id: action }] = press.actions;
  if (!Object.values<string>(ACTIONS).includes(action)) {
    return { kind: 'ignored', what: action };
  }
  const person = await personPressing(press, dependencies);
  const pressed = pressedIn(press);
  const approval = await approvalPressed(pressed, dependencies);
  const verdict = VERDICTS.get(action as Parameters<typeof VERDICTS.get>[0]);
  if (verdict !== undefined) {
    const said = { verdict, via: 'slack', press: nameOf(press), digest: approval.digest } as const;
    const decided = await giveVerdict({ about: approval, person, ...said }, dependencies);
    return { kind: 'said', verdict, approval: decided };
  }
  if (action === ACTIONS.rejectWithReason) {
    refuseUnlessMayReject(person, approval, dependencies);
    await open(reasonView(approval, pressed), press, dependencies);
    return { kind: 'opened', view: 'reason' };
  }
  refuseUnlessKnownIn(person, approval);
  const { contextAt, clock } = dependencies;
  await open(detailsView(approval, contextAt(timestamp(clock))), press, dependencies);
  return { kind: 'opened', view: 'details' };
}

/** @throws PressRefused when the button and the block that it is in do not name one approval */
function pressedIn({ actions: [action], container }: Press): PressedIn {
  const value = readButtonValue(action.value);
  if (value === undefined || action.block_id !== value.approvalId) {
    throw new PressRefused('tampered', 'the button does not say which approval it is for');
  }
  return { ...value, channel: container.channel_id, ts: container.message_ts };
}

/** Slack sends the same press again when it was not answered in time, and whoever has seen it could. */
function nameOf({ user, actions: [action], container }: Press): string {
  const { action_id: actionId, action_ts: actionTs } = action;
  const { channel_id: channel, message_ts: ts } = container;
  return digestOf({ user: user.id, actionId, actionTs, channel, ts });
}

/** Before somebody writes a reason that would count for nothing. */
function refuseUnlessMayReject(
  person: Person,
  approval: Approval,
  { mayCountersign, clock }: PressDependencies,
): void {
  const now = timestamp(clock);
  const over = verdictRefusal(approval, person, 'reject', now);
  if (over !== undefined) {
    throw new VerdictRefused('conflict', over);
  }
  const forbidden = mayCountersign(person, approval, 'reject', now);
  if (forbidden !== undefined) {
    throw new VerdictRefused('forbidden', forbidden);
  }
}

/** INVARIANT: details are for those who may decide on calls of the tenant; a message of a channel is seen by more. */
function refuseUnlessKnownIn({ id, tenants }: Person, { tenant }: Approval): void {
  if (tenants !== undefined && !tenants.includes(tenant)) {
    throw new PressRefused('other_tenant', `${id} is not among the people of tenant '${tenant}'`);
  }
}

/** Slack takes what a press opens within three seconds of it. */
async function open(view: ModalView, { trigger_id }: Press, { slack }: PressDependencies): Promise<void> {
  try {
    await slack((client) => client.views.open({ trigger_id, view }));
  } catch (error) {
    const why = slackErrorOf(error);
    if (why === undefined) {
      throw error;
    }
    throw new PressRefused('view_not_opened', `Slack did not open the view (${why}), press again`);
  }
}
