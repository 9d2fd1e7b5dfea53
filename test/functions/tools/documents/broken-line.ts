import { once } from 'node:events';
import { request as ask, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of a request: it goes on, its answer is lost, it is lost itself, or S3 answers that it is closed. */
export type Fate = 'passes' | 'answer lost' | 'lost' | 'denied';

const DENIED = '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';

/** A line to S3 that breaks where the test says. */
export async function brokenLine(endpoint: string, fateOf: (method: string, url: string) => Fate) {
  const asked: string[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    const body = Buffer.concat(await incoming.toArray());
    const fate = fateOf(method, url);
    asked.push(method);
    if (fate === 'lost') {
      outgoing.destroy();
      return;
    }
    if (fate === 'denied') {
      outgoing.writeHead(403, { 'content-type': 'application/xml' }).end(DENIED);
      return;
    }
    const forwarded = ask(`${endpoint}${url}`, { method, headers }, (answer) => {
      if (fate === 'answer lost') {
        answer.resume().on('end', () => outgoing.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
