import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import { addressOf } from '../../../domain/tool/destination.ts';
import { EgressFailed, EgressRefused } from './errors.ts';

/** One request to one server. */
export interface Outgoing {
  readonly url: URL;
  readonly method: string;
  /** Lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** Its answer, read to the end. */
export interface Incoming {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

export interface ExchangeLimits {
  readonly connectMilliseconds: number;
  readonly maximumBytes: number;
  /** Of the whole call; its reason is what the call ends with. */
  readonly signal: AbortSignal;
}

/** Sends one request and reads its answer. */
export type Exchange = (outgoing: Outgoing, reuse: boolean, limits: ExchangeLimits) => Promise<Incoming>;

/** Connections that nobody has used for this long are closed; servers often close theirs after 5 seconds. */
const IDLE_MILLISECONDS = 4000;

/**
 * An exchange over connections of its own, kept open for each origin while `reuse` is asked for. A kept one may have
 * been closed by the other side while the function was frozen, so requests that must not be sent twice get a new one.
 */
export function exchangeOver(lookup: LookupFunction): Exchange {
  const kept = { keepAlive: true, timeout: IDLE_MILLISECONDS } as const;
  const agents = { 'http:': new HttpAgent(kept), 'https:': new HttpsAgent(kept) };
  return (outgoing, reuse, limits) => {
    const { url, method, headers, body } = outgoing;
    const secure = url.protocol === 'https:';
    const begin = secure ? httpsRequest : httpRequest;
    const request = begin({
      protocol: url.protocol,
      hostname: addressOf(url.hostname) ?? url.hostname,
      port: url.port,
      path: `${url.pathname}${url.search}`,
      method,
      // no compression: the limit is on what was sent, and nothing may unfold behind it
      headers: { 'accept-encoding': 'identity', ...headers },
      agent: reuse ? agents[secure ? 'https:' : 'http:'] : false,
      lookup,
      // whatever the environment says
      rejectUnauthorized: true,
      signal: limits.signal,
    });
    const answer = answerOf(request, secure, url.host, limits);
    request.end(body);
    return answer;
  };
}

function answerOf(
  request: ClientRequest,
  secure: boolean,
  host: string,
  { connectMilliseconds, maximumBytes, signal }: ExchangeLimits,
): Promise<Incoming> {
  let sent = false;
  return new Promise<Incoming>((resolve, reject) => {
    const connecting = setTimeout(() => {
      const message = `${host} took no connection within ${connectMilliseconds} ms`;
      request.destroy(new EgressFailed('connect_timed_out', message, false));
    }, connectMilliseconds);
    const connected = () => {
      sent = true;
      clearTimeout(connecting);
    };
    const fail = (error: Error) => {
      clearTimeout(connecting);
      reject(signal.aborted ? endedBy(signal, host, sent) : failureOf(error, host, sent));
    };
    request.on('socket', (socket: Socket) =>
      request.reusedSocket ? connected() : socket.once(secure ? 'secureConnect' : 'connect', connected),
    );
    request.on('error', fail);
    request.on('response', (response) => {
      readTo(response, maximumBytes, host).then(resolve, (error: Error) => {
        request.destroy();
        fail(error);
      });
    });
  });
}

async function readTo(response: IncomingMessage, maximumBytes: number, host: string): Promise<Incoming> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const tooLarge = () =>
    new EgressFailed('too_large', `${host} answered more than ${maximumBytes} bytes`, true);
  if (Number(response.headers['content-length'] ?? 0) > maximumBytes) {
    throw tooLarge();
  }
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maximumBytes) {
      throw tooLarge();
    }
    chunks.push(chunk);
  }
  const { statusCode = 0, rawHeaders } = response;
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '');
  }
  return { status: statusCode, headers, body: Buffer.concat(chunks) };
}

/** What aborts a call is the guard's own deadline, an `EgressFailed`, or its caller. */
function endedBy({ reason }: AbortSignal, host: string, sent: boolean): EgressFailed {
  return reason instanceof EgressFailed
    ? new EgressFailed(reason.code, `${host} ${reason.message}`, sent)
    : new EgressFailed('aborted', `the request to ${host} was given up by its caller`, sent);
}

function failureOf(error: NodeJS.ErrnoException, host: string, sent: boolean): Error {
  if (error instanceof EgressRefused || error instanceof EgressFailed) {
    return error;
  }
  const code = error.code ?? error.name;
  if (code.startsWith('HPE_')) {
    return new EgressFailed('unreadable', `${host} answered no http (${code})`, sent);
  }
  return sent
    ? new EgressFailed('dropped', `${host} broke off the connection (${code})`, true)
    : new EgressFailed('not_connected', `no connection to ${host} (${code})`, false);
}
