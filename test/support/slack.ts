import { createHmac } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** Something that was pressed, as Slack tells of it. */
export interface Pressed {
  /** Id of the member. */
  readonly user: string;
  readonly team: string;
  readonly actionId: string;
  readonly blockId: string;
  readonly value: string | undefined;
  readonly channel: string;
  /** Of the message. */
  readonly ts: string;
  readonly actionTs?: string;
  readonly triggerId?: string;
}

/** A view that was sent off. */
export interface Submitted {
  readonly user: string;
  readonly team: string;
  readonly viewId: string;
  readonly hash: string;
  readonly callbackId: string;
  readonly privateMetadata: string;
  /** By block and action. */
  readonly values: Readonly<Record<string, Readonly<Record<string, { readonly value: string | null }>>>>;
}

const APP = 'A0COUNTERSIGN';

let pressedBefore = 0;

/** Unique, as Slack's are: seconds and microseconds. */
export function newActionTs(): string {
  pressedBefore += 1;
  return `${Math.floor(Date.now() / 1000)}.${String(pressedBefore).padStart(6, '0')}`;
}

/** https://docs.slack.dev/reference/interaction-payloads/block_actions-payload */
export function pressBody(pressed: Pressed): string {
  const { user, team, channel, ts, actionTs = newActionTs(), triggerId = '1.2.none' } = pressed;
  return bodyOf({
    type: 'block_actions',
    user: { id: user, username: user.toLowerCase(), name: user.toLowerCase(), team_id: team },
    api_app_id: APP,
    token: 'not-to-be-looked-at',
    container: { type: 'message', message_ts: ts, channel_id: channel, is_ephemeral: false },
    trigger_id: triggerId,
    team: { id: team, domain: 'example' },
    enterprise: null,
    is_enterprise_install: false,
    channel: { id: channel, name: 'approvals' },
    message: { type: 'message', bot_id: 'B0COUNTERSIGN', text: 'a message', ts },
    state: { values: {} },
    response_url: 'https://hooks.slack.com/actions/T0EXAMPLE/1/none',
    actions: [
      {
        type: 'button',
        action_id: pressed.actionId,
        block_id: pressed.blockId,
        text: { type: 'plain_text', text: 'Press', emoji: false },
        ...(pressed.value === undefined ? {} : { value: pressed.value }),
        action_ts: actionTs,
      },
    ],
  });
}

/** https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload */
export function submissionBody(submitted: Submitted): string {
  const { user, team, viewId, hash } = submitted;
  return bodyOf({
    type: 'view_submission',
    team: { id: team, domain: 'example' },
    user: { id: user, username: user.toLowerCase(), name: user.toLowerCase(), team_id: team },
    api_app_id: APP,
    token: 'not-to-be-looked-at',
    trigger_id: '1.2.none',
    view: {
      id: viewId,
      team_id: team,
      type: 'modal',
      blocks: [],
      private_metadata: submitted.privateMetadata,
      callback_id: submitted.callbackId,
      state: { values: submitted.values },
      hash,
      root_view_id: viewId,
      previous_view_id: null,
      app_id: APP,
    },
    response_urls: [],
    is_enterprise_install: false,
    enterprise: null,
  });
}

/** One form field with JSON in it. */
export function bodyOf(payload: unknown): string {
  return `payload=${encodeURIComponent(JSON.stringify(payload)).replaceAll('%20', '+')}`;
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/**
 * Headers of a request of Slack's. Written by what Slack documents and by nothing that the product uses:
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function signedHeaders(
  signingSecret: string,
  body: string,
  timestamp: number | string = nowSeconds(),
): Readonly<Record<string, string>> {
  const digest = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`, 'utf8').digest('hex');
  return {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': String(timestamp),
    'x-slack-signature': `v0=${digest}`,
  };
}

/** A request as API Gateway hands it to the function, for what no client can be made to send. */
export function eventOf(
  body: string | undefined,
  headers: Readonly<Record<string, string>>,
  changes: Partial<APIGatewayProxyEventV2> = {},
): APIGatewayProxyEventV2 {
  return {
    version: '2.0',
    routeKey: 'POST /slack/interactions',
    rawPath: '/slack/interactions',
    rawQueryString: '',
    headers: { ...headers },
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      domainName: 'example.com',
      domainPrefix: 'api',
      http: {
        method: 'POST',
        path: '/slack/interactions',
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: 'Slackbot 1.0 (+https://api.slack.com/robots)',
      },
      requestId: 'request',
      routeKey: 'POST /slack/interactions',
      stage: '$default',
      time: '21/Nov/2026:10:00:00 +0000',
      timeEpoch: Date.now(),
    },
    isBase64Encoded: false,
    ...(body === undefined ? {} : { body }),
    ...changes,
  };
}
