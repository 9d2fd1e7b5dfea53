import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  /** Sent as JSON, a string as it is. */
  readonly body: unknown;
  readonly delayMilliseconds?: number;
}

export interface Counterpart extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
}

/** A server on loopback that gives these answers one after the other, the last one again and again. */
export async function counterpart(...answers: readonly Answer[]): Promise<Counterpart> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    const { method = '', url = '', headers } = request;
    received.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
    const {
      status,
      body,
      delayMilliseconds = 0,
    } = answers[Math.min(received.length, answers.length) - 1] as Answer;
    await new Promise((done) => setTimeout(done, delayMilliseconds));
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
