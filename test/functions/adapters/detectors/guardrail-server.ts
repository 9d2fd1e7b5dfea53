import { once } from 'node:events';
import { createServer, type Http2ServerResponse, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';

export interface Applied {
  readonly path: string;
  readonly source: string;
  readonly outputScope: string;
  readonly text: string;
}

interface GuardrailServer extends AsyncDisposable {
  /** The SDK's client as it is deployed, over HTTP/2, but for where it sends requests. */
  readonly bedrock: BedrockRuntimeClient;
  readonly applied: readonly Applied[];
}

/** What a guardrail says of a text in which it found these filters. */
export function answerWith(
  filters: readonly object[],
  topics: readonly object[] = [],
): Record<string, unknown> {
  return {
    action: 'NONE',
    outputs: [],
    usage: { contentPolicyUnits: 1, topicPolicyUnits: 1 },
    assessments: [{ contentPolicy: { filters }, topicPolicy: { topics } }],
  };
}

export function promptAttack(confidence: string): Record<string, unknown> {
  return answerWith([{ type: 'PROMPT_ATTACK', confidence, filterStrength: 'HIGH', action: 'NONE' }]);
}

/** A real server on loopback in the place of Bedrock. `answer` may do anything to the response. */
export async function guardrailServer(
  answer: (applied: Applied, response: Http2ServerResponse, count: number) => unknown,
): Promise<GuardrailServer> {
  const applied: Applied[] = [];
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
    const { source, outputScope, content } = body;
    const each = { path: request.url, source, outputScope, text: content[0].text.text };
    applied.push(each);
    await answer(each, response, applied.length);
  });
  server.on('session', (session) => sessions.add(session));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bedrock = new BedrockRuntimeClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  return {
    bedrock,
    applied,
    [Symbol.asyncDispose]: async () => {
      bedrock.destroy();
      for (const session of sessions) {
        session.destroy();
      }
      server.close();
      await once(server, 'close');
    },
  };
}

export function say(response: Http2ServerResponse, status: number, body: unknown, error?: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(error === undefined ? {} : { 'x-amzn-errortype': error }),
  });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
