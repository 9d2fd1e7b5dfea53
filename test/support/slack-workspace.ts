import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { WebClient } from '@slack/web-api';
import { approvalKey } from '../../contracts/tables.ts';
import type { ApprovalRecord } from '../../functions/adapters/approvals.ts';
import { ACTIONS, buttonValue } from '../../functions/adapters/slack/values.ts';
import type { LocalSlack } from '../../local/slack.ts';
import { database, eventually, ledgerTable, type StartedRun, tamper, waiting } from './cloud.ts';
import { type Pressed, pressBody, signedHeaders } from './slack.ts';

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`${name} is not set, run these tests with npm test`);
  }
  return value;
}

/** The workspace that `npm test` has started, and where it sends what people press. */
export const workspace: LocalSlack = JSON.parse(required('COUNTERSIGN_LOCAL_SLACK'));
export const interactionsUrl = required('COUNTERSIGN_LOCAL_SLACK_URL');
const slack = new WebClient(workspace.botToken, { slackApiUrl: workspace.apiUrl });

type Member = keyof LocalSlack['members'];

export async function approvalItem(tenant: string, approvalId: string): Promise<ApprovalRecord> {
  const { Item } = await database.send(
    new GetCommand({
      TableName: await ledgerTable('Approvals'),
      Key: { approval: approvalKey(tenant, approvalId) },
      ConsistentRead: true,
    }),
  );
  if (Item === undefined) {
    throw new Error(`tenant ${tenant} has no approval ${approvalId}`);
  }
  return Item as ApprovalRecord;
}

/** Changes an approval as no part of the product would. */
export async function changeApproval(
  { tenant, approvalId }: Pick<ApprovalRecord, 'tenant' | 'approvalId'>,
  changes: Record<string, unknown>,
): Promise<void> {
  await tamper('Approvals', { approval: approvalKey(tenant, approvalId) }, changes);
}

/** Posts a message of the app. @returns its channel and id */
export async function post(channel = workspace.channels.approvals) {
  const { ts = '' } = await slack.chat.postMessage({ channel, text: 'an approval' });
  return { channel, ts };
}

/** Messages of the app in a channel that have something in them, such as an approval's id; newest first. */
export async function messagesWith(text: string, channel = workspace.channels.approvals) {
  const { messages = [] } = await slack.conversations.history({ channel, limit: 1000 });
  return messages.flatMap(({ ts = '', text: notification = '', blocks = [] }) => {
    const json = JSON.stringify(blocks);
    return json.includes(text) ? [{ channel, ts, notification, blocks: json }] : [];
  });
}

/** The approval once people were told of it, in the first channel. */
export async function toldApproval(tenant: string, approvalId: string): Promise<ApprovalRecord> {
  return eventually(`people are told of ${approvalId}`, async () => {
    const found = await approvalItem(tenant, approvalId);
    return found.messages.length > 0 ? found : undefined;
  });
}

/** The approval that a run waits for, in the message in which people were told of it. */
export async function askedInSlack(run: StartedRun, changes: Record<string, unknown> = {}) {
  const told = await toldApproval(run.tenant, await waiting(run));
  const [first] = told.messages;
  if (Object.keys(changes).length > 0) {
    await changeApproval(told, changes);
  }
  const message = { channel: first?.channel ?? '', ts: first?.ts ?? '' };
  return { run, message, approval: await approvalItem(run.tenant, told.approvalId) };
}

type Asked = Awaited<ReturnType<typeof askedInSlack>>;

/** What Slack would send when a member presses a button of the message; and what is to be otherwise. */
export function pressOf(
  { approval, message }: Pick<Asked, 'approval' | 'message'>,
  member: Member,
  action: keyof typeof ACTIONS,
  changes: Partial<Pressed> = {},
): string {
  return pressBody({
    user: workspace.members[member],
    team: workspace.team,
    actionId: ACTIONS[action],
    blockId: approval.approvalId,
    value: buttonValue(approval),
    ...message,
    ...changes,
  });
}

/** Sends what Slack sends. @param headers - signed by the workspace unless given */
export async function send(
  body: string,
  headers: Readonly<Record<string, string>> = signedHeaders(workspace.signingSecret, body),
): Promise<{ readonly status: number; readonly body: string }> {
  const answer = await fetch(interactionsUrl, { method: 'POST', body, headers });
  return { status: answer.status, body: await answer.text() };
}

export async function triggerFor(member: Member): Promise<string> {
  const answer = await slack.apiCall('views.generateTriggerId', { user_id: workspace.members[member] });
  return 'trigger_id' in answer ? String(answer.trigger_id) : '';
}

/** Id of the app's own member. */
export async function appMember(): Promise<string> {
  const { user_id: id = '' } = await slack.auth.test();
  return id;
}

/** Rows of one section of the page on which the emulator shows what it has, as text. */
async function shown(section: string, query: string): Promise<readonly (readonly string[])[]> {
  const page = await fetch(new URL(`/?${query}`, workspace.apiUrl));
  const html = await page.text();
  const [, part = ''] = html.split(`<h2>${section}</h2>`);
  const [rows = ''] = part.split('</section>');
  return [...rows.matchAll(/<tr>(.*?)<\/tr>/gs)].slice(1).map(([, row = '']) => cellsOf(row));
}

function cellsOf(row: string): readonly string[] {
  return [...row.matchAll(/<td>(.*?)<\/td>/gs)].map(([, cell = '']) =>
    cell
      .replaceAll(/<[^>]*>/g, '')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll(/&#0?39;/g, "'")
      .replaceAll('&amp;', '&')
      .trim(),
  );
}

/** The last thing that only this member was told in a channel; undefined when nothing was. */
export async function whisperedTo(member: Member | 'countersign', channel = workspace.channels.approvals) {
  const rows = await shown('Ephemeral', `tab=messages&channel=${channel}`);
  return rows.find(([, target = '']) => target.startsWith(member))?.[2];
}

/** Views that were opened for a member, newest first. */
export async function viewsOf(member: Member) {
  const rows = await shown('Modals', 'tab=views');
  return rows
    .filter(([, , user = '']) => user.includes(member))
    .map(([id = '', , , , text = '', hash = '']) => ({ id, text, hash }));
}
