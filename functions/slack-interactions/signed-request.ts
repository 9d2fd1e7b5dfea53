import { verifySlackRequest } from '@slack/bolt/dist/receivers/verify-request.js';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Clock } from '../../domain/time.ts';
import type { SlackSecrets } from '../adapters/slack/secrets.ts';

/** Why a request is not taken for one of Slack's; for logs and metrics, and never part of an answer. */
export type Unverified = 'no_body' | 'too_large' | 'no_text' | 'timestamp' | 'stale' | 'signature' | 'forged';

/** Nobody has signed this request, or not just now. Becomes a 401 without a word. */
export class NotFromSlack extends Error {
  override readonly name = 'NotFromSlack';
  readonly reason: Unverified | 'malformed';

  constructor(reason: NotFromSlack['reason']) {
    super(`the request is not taken for one of slack's: ${reason}`);
    this.reason = reason;
  }
}

export interface VerificationDependencies {
  readonly secrets: SlackSecrets;
  readonly clock: Clock;
}

/** What Slack sends is some kilobytes. */
const MAXIMUM_BODY_BYTES = 256 * 1024;
/** How far Slack's clock and this one may be apart; also how long a request can be sent again, which `presses` is for. */
const MAXIMUM_AGE_SECONDS = 5 * 60;

/** Requests with a header twice reach the function with both values in one, which is neither of these. */
const TIMESTAMP = /^\d{1,12}$/;
const SIGNATURE = /^v0=[0-9a-f]{64}$/;

type Request = Pick<APIGatewayProxyEventV2, 'headers' | 'body' | 'isBase64Encoded'>;

/**
 * The body of a request that Slack has signed within the last five minutes, byte for byte. The secret is only looked at for
 * requests that could be Slack's.
 *
 * @throws NotFromSlack
 */
export async function signedBody(request: Request, dependencies: VerificationDependencies): Promise<string> {
  const body = textOf(request);
  const now = dependencies.clock();
  const timestamp = timestampOf(request, now);
  const signature = request.headers['x-slack-signature'];
  if (signature === undefined || !SIGNATURE.test(signature)) {
    throw new NotFromSlack('signature');
  }
  const signed = { body, timestamp, signature, now };
  const { secrets } = dependencies;
  if (isSignedWith(await secrets.read('signing-secret'), signed)) {
    return body;
  }
  const newer = await secrets.readNewer('signing-secret');
  if (newer === undefined || !isSignedWith(newer, signed)) {
    throw new NotFromSlack('forged');
  }
  return body;
}

/** INVARIANT: a body with bytes that are no text is refused, since as text it would be another body. */
function textOf({ body, isBase64Encoded }: Request): string {
  if (typeof body !== 'string' || body === '') {
    throw new NotFromSlack('no_body');
  }
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAXIMUM_BODY_BYTES) {
    throw new NotFromSlack('too_large');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new NotFromSlack('no_text');
  }
}

/** The library takes a timestamp that is no number, and one from the future. */
function timestampOf({ headers }: Request, now: Date): number {
  const text = headers['x-slack-request-timestamp'];
  if (text === undefined || !TIMESTAMP.test(text)) {
    throw new NotFromSlack('timestamp');
  }
  const timestamp = Number(text);
  // text that reads as another number, such as 0001, is signed as it stands and would be compared as it does not
  if (String(timestamp) !== text) {
    throw new NotFromSlack('timestamp');
  }
  if (Math.abs(now.getTime() / 1000 - timestamp) > MAXIMUM_AGE_SECONDS) {
    throw new NotFromSlack('stale');
  }
  return timestamp;
}

interface Signed {
  readonly body: string;
  readonly timestamp: number;
  readonly signature: string;
  readonly now: Date;
}

function isSignedWith(signingSecret: string, { body, timestamp, signature, now }: Signed): boolean {
  try {
    verifySlackRequest({
      signingSecret,
      body,
      headers: { 'x-slack-signature': signature, 'x-slack-request-timestamp': timestamp },
      nowMilliseconds: now.getTime(),
    });
    return true;
  } catch {
    return false;
  }
}
