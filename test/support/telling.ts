import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { SFNClient } from '@aws-sdk/client-sfn';
import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../contracts/environment.ts';
import type { LedgerEvent } from '../../contracts/events.ts';
import { EVENTS, runKey } from '../../contracts/tables.ts';
import type { Approval } from '../../domain/approval/approval.ts';
import { SlackShape } from '../../domain/approval/slack-settings.ts';
import { secondsAfter } from '../../domain/time.ts';
import {
  type ApprovalRecord,
  type ApprovalRef,
  readApproval,
  requestApproval,
} from '../../functions/adapters/approvals.ts';
import { transact } from '../../functions/adapters/dynamodb.ts';
import { type SlackOptions, slackWith } from '../../functions/adapters/slack/client.ts';
import type { TellingDependencies } from '../../functions/tell-people/dependencies.ts';
import { type Due, dueBefore } from '../../functions/tell-people/queries.ts';
import { tellPeople } from '../../functions/tell-people/tell-people.ts';
import { localClient } from '../../local/aws.ts';
import { approvalOf } from './approval.ts';
import { asleep } from './countersigning.ts';
import { type Got, httpServer } from './http-server.ts';
import { ledgerTables } from './ledger-tables.ts';

export const CHANNELS = { first: 'C0FIRST', second: 'C0SECOND', money: 'C0MONEY' };

export const SETTINGS = SlackShape.parse({
  version: 1,
  team: 'T0EXAMPLE',
  channels: { default: CHANNELS.first, roles: { FinanceAdmin: CHANNELS.money } },
  second_channels: { default: CHANNELS.second },
});

/** When everything begins. */
export const BEGIN = '2026-11-21T09:00:00.000Z';

/** A request to Slack's Web API. */
export interface Asked {
  /** Such as `chat.postMessage`. */
  readonly method: string;
  readonly channel: string;
  readonly ts: string;
  /** All that the message shows, as JSON. */
  readonly blocks: string;
}

/** What the counterpart does instead of taking a message. */
export type Refusal =
  | { readonly error: string }
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | 'silence';

interface Message {
  readonly channel: string;
  readonly ts: string;
  readonly blocks: string;
}

/** A counterpart of Slack's Web API on loopback, as far as messages are posted and updated. */
async function slackCounterpart() {
  const messages: Message[] = [];
  const asked: Asked[] = [];
  let refuse: (asked: Asked) => Refusal | undefined | Promise<Refusal | undefined> = () => undefined;
  const server = await httpServer(async (got, response) => {
    const request = askedOf(got);
    asked.push(request);
    const refusal = await refuse(request);
    if (refusal === 'silence') {
      return;
    }
    if (refusal !== undefined && 'status' in refusal) {
      response.writeHead(refusal.status, refusal.headers).end();
      return;
    }
    answer(response, 200, refusal === undefined ? take(request) : { ok: false, error: refusal.error });
  });
  function take({ method, channel, ts, blocks }: Asked) {
    if (method === 'chat.postMessage') {
      const posted = { channel, ts: `1000.${String(messages.length).padStart(6, '0')}`, blocks };
      messages.push(posted);
      return { ok: true, channel, ts: posted.ts };
    }
    const index = messages.findIndex((each) => each.channel === channel && each.ts === ts);
    if (index === -1) {
      return { ok: false, error: 'message_not_found' };
    }
    messages[index] = { channel, ts, blocks };
    return { ok: true, channel, ts };
  }
  return {
    url: `http://127.0.0.1:${server.port}/api/`,
    /** As people see them. */
    messages,
    asked,
    /** What it says to every request from now on. @default takes them */
    refuse: (next: typeof refuse = () => undefined) => {
      refuse = next;
    },
    close: server.close,
  };
}

function askedOf({ path, body }: Got): Asked {
  const form = new URLSearchParams(body);
  const [channel, ts, blocks] = ['channel', 'ts', 'blocks'].map((name) => form.get(name) ?? '');
  return { method: path.slice('/api/'.length), channel: channel ?? '', ts: ts ?? '', blocks: blocks ?? '' };
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** A counterpart of Step Functions, which can do what the emulator does not: say that it is busy, or that a task is gone. */
async function machineCounterpart() {
  const told: { readonly action: string; readonly error?: string; readonly taskToken: string }[] = [];
  let onTold: (action: string) => string | undefined | Promise<string | undefined> = () => undefined;
  const server = await httpServer(async ({ headers, body }, response) => {
    const action = String(headers['x-amz-target']).split('.').at(-1) ?? '';
    const { taskToken, error } = JSON.parse(body);
    told.push({ action, taskToken, ...(error === undefined ? {} : { error }) });
    const type = await onTold(action);
    answer(
      response,
      type === undefined ? 200 : 400,
      type === undefined ? {} : { __type: type, message: 'no' },
    );
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    told,
    /** @param next - gives the name of the error that it answers with. @default none */
    on: (next: typeof onTold = () => undefined) => {
      onTold = next;
    },
    close: server.close,
  };
}

/** Everything that telling people touches: real tables, and counterparts of Slack and Step Functions. */
export async function tellingWorld({ withSlack = true }: { readonly withSlack?: boolean } = {}) {
  const ledger = await ledgerTables();
  const { client } = ledger;
  const [slack, machine] = await Promise.all([slackCounterpart(), machineCounterpart()]);
  let now = BEGIN;
  const clock = () => new Date(now);
  const secrets: SlackOptions['secrets'] = {
    read: async () => 'xoxb-none',
    readNewer: async () => undefined,
  };
  const dependencies: TellingDependencies = {
    client,
    stepFunctions: new SFNClient({ ...localClient(machine.url), maxAttempts: 1 }),
    openToken: async ({ approvalId, sealedToken }) =>
      sealedToken === undefined ? undefined : `token of ${approvalId}`,
    clock,
    random: () => 0,
    hasTime: () => true,
    ...(withSlack
      ? {
          slack: {
            call: slackWith({ apiUrl: slack.url, secrets, timeoutMilliseconds: 500 }),
            settings: SETTINGS,
            contextAt: (at: string) => ({ now: at, nameOf: (id: string) => id, runUrl: () => '' }),
          },
        }
      : {}),
  };
  return {
    ...{ client, slack, machine, dependencies },
    nowIs: () => now,
    pass: (seconds: number) => {
      now = secondsAfter(now, seconds);
    },
    /** As its schedule wakes it. */
    minute: async (changes: Partial<TellingDependencies> = {}) => {
      return tellPeople(await dueBefore(client, now), { ...dependencies, ...changes });
    },
    /** As the stream wakes it. */
    tell: (dues: readonly Due[], changes: Partial<TellingDependencies> = {}) =>
      tellPeople(dues, { ...dependencies, ...changes }),
    waiting: (changes: Partial<Approval> = {}) => waitingApproval(client, { requestedAt: now, ...changes }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([slack.close(), machine.close()]);
      await ledger[Symbol.asyncDispose]();
    },
  };
}

export type TellingWorld = Awaited<ReturnType<typeof tellingWorld>>;

/** Several approvals that wait, each of another call. */
export async function waitingTimes(world: TellingWorld, count: number): Promise<readonly ApprovalRef[]> {
  const approvals: ApprovalRef[] = [];
  for (let each = 0; each < count; each += 1) {
    approvals.push(await world.waiting({ callId: `${each}` }));
  }
  return approvals;
}

let asks = 0;

/** An approval on which a machine sleeps, for two hours with a heartbeat of one. */
async function waitingApproval(
  client: DynamoDBDocumentClient,
  changes: Partial<Approval> & Pick<Approval, 'requestedAt'>,
): Promise<ApprovalRef> {
  asks += 1;
  const approvalId = `apr-${String(asks).padStart(6, '0')}`;
  const expiresAt = secondsAfter(changes.requestedAt, 7200);
  const approval = approvalOf({
    approvalId,
    state: 'requested',
    expiresAt,
    heartbeatSeconds: 3600,
    ...changes,
  });
  await transact(client, { approval: requestApproval(approval) });
  await asleep(client, approval);
  return { tenant: approval.tenant, approvalId: approval.approvalId };
}

export async function itemOf(client: DynamoDBDocumentClient, approval: ApprovalRef): Promise<ApprovalRecord> {
  return (await readApproval(client, approval)) ?? assert.fail(`there is no ${approval.approvalId}`);
}

/** Events of the run of `approvalOf`. */
export async function toldEvents(client: DynamoDBDocumentClient, tenant = 'acme', runId = 'run-1') {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: process.env[ENV.eventsTable],
      KeyConditionExpression: '#run = :run',
      ExpressionAttributeNames: { '#run': EVENTS.partitionKey },
      ExpressionAttributeValues: { ':run': runKey({ tenant, runId }) },
    }),
  );
  return Items.map(({ event }) => event as LedgerEvent).filter(
    (event): event is Extract<LedgerEvent, { type: 'approval.told' }> => event.type === 'approval.told',
  );
}
