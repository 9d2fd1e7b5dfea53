import { once } from 'node:events';
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestOf,
} from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';

/** One request of a function to AWS, and its answer. */
export interface WireRequest {
  /** As in the signature's scope, such as `dynamodb`. */
  readonly service: string;
  readonly operation: string;
  /** Whose signature it bears: a function's own, or that of a session that it has assumed. */
  readonly accessKeyId: string;
  /** Of the invocation that sent it; undefined for what no function sent. */
  readonly traceId: string | undefined;
  readonly status: number;
  readonly requestBody: string;
  readonly responseBody: string;
  /** Milliseconds since 1970, with fractions. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** A request on its way, at one of the two instants when its sender cannot know what became of it. */
export interface Passing extends Pick<WireRequest, 'service' | 'operation' | 'accessKeyId'> {
  readonly instant: 'before it arrives' | 'before its answer';
  readonly requestBody: string;
  /** Host and path, as they were asked for. */
  readonly address: string;
  /** The sender's end of the connection. */
  readonly senderPort: number;
}

export interface CountingProxy {
  readonly port: number;
  /** Everything so far, in the order in which it ended. */
  readonly requests: readonly WireRequest[];
  /** Where to forward to; before that nothing can be reached. */
  readonly forwardTo: (endpoint: string) => void;
  /** From now on sees every request twice; when it answers true, the request goes no further. */
  readonly watch: (watcher: (passing: Passing) => boolean) => void;
  readonly stop: () => void;
}

/** Longer than any pause of a bench, so that no function finds its connection closed. */
const KEEP_ALIVE_MILLISECONDS = 300_000;

/** With which a connection of HTTP/2 begins. */
const HTTP2_PREFACE = 'PRI * HTTP/2';

/**
 * Stands between functions and the emulator, and keeps what passes. Of DynamoDB it asks for the capacity of each write,
 * which the functions themselves need not ask for.
 */
export async function startCountingProxy(): Promise<CountingProxy> {
  const requests: WireRequest[] = [];
  const agent = new Agent({ keepAlive: true });
  let target: URL | undefined;
  let watcher: (passing: Passing) => boolean = () => false;
  const server = createServer(async (incoming, outgoing) => {
    const startedAt = now();
    const body = withCapacity(incoming.headers, Buffer.concat(await incoming.toArray()));
    const name = nameOf(incoming, body);
    const passing = {
      ...name,
      requestBody: body.toString(),
      address: `${incoming.headers.host}${incoming.url}`,
      senderPort: incoming.socket.remotePort ?? 0,
    };
    try {
      if (watcher({ ...passing, instant: 'before it arrives' })) {
        incoming.socket.destroy();
        return;
      }
      const answer = await forwarded(incoming, body, target, agent);
      const content = Buffer.concat(await answer.toArray());
      if (watcher({ ...passing, instant: 'before its answer' })) {
        incoming.socket.destroy();
        return;
      }
      requests.push({
        ...name,
        status: answer.statusCode ?? 0,
        requestBody: body.toString(),
        responseBody: content.toString(),
        startedAt,
        endedAt: now(),
      });
      const { 'transfer-encoding': _, ...headers } = answer.headers;
      outgoing.writeHead(answer.statusCode ?? 502, { ...headers, 'content-length': content.length });
      outgoing.end(content);
    } catch (error) {
      outgoing.writeHead(502).end((error as Error).message);
    }
  });
  server.keepAliveTimeout = KEEP_ALIVE_MILLISECONDS;
  const sockets = new Set<Socket>();
  const front = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    socket.once('data', (start) => {
      socket.pause();
      socket.unshift(start);
      if (start.toString('latin1', 0, HTTP2_PREFACE.length) === HTTP2_PREFACE) {
        passOn(socket, target);
      } else {
        server.emit('connection', socket);
      }
      socket.resume();
    });
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  return {
    port: (front.address() as AddressInfo).port,
    requests,
    forwardTo: (endpoint) => {
      target = new URL(endpoint);
    },
    watch: (watching) => {
      watcher = watching;
    },
    stop: () => {
      front.close();
      for (const socket of sockets) {
        socket.destroy();
      }
      agent.destroy();
    },
  };
}

/** Models are asked over HTTP/2. That is not counted: it is billed by tokens, which the run's own account has. */
function passOn(socket: Socket, target: URL | undefined): void {
  const onward = connect(Number(target?.port), target?.hostname);
  onward.on('error', () => socket.destroy());
  socket.on('close', () => onward.destroy());
  socket.pipe(onward).pipe(socket);
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Asks again when the emulator has closed the connection that was kept; it has seen nothing of the request then. */
async function forwarded(
  incoming: IncomingMessage,
  body: Buffer,
  target: URL | undefined,
  agent: Agent,
): Promise<IncomingMessage> {
  const { method, url: path, headers } = incoming;
  const { hostname, port, host } = target ?? new URL('http://127.0.0.1:9');
  const { 'transfer-encoding': _, expect: __, ...passed } = headers;
  const request = requestOf({
    ...{ method, path, hostname, port, agent },
    headers: { ...passed, host, 'content-length': body.length },
  });
  request.end(body);
  try {
    const [answer] = await once(request, 'response');
    return answer;
  } catch (error) {
    if (request.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET') {
      return forwarded(incoming, body, target, agent);
    }
    throw error;
  }
}

function withCapacity(headers: IncomingHttpHeaders, body: Buffer): Buffer {
  return targetOf(headers)?.startsWith('DynamoDB')
    ? Buffer.from(JSON.stringify({ ...JSON.parse(body.toString()), ReturnConsumedCapacity: 'INDEXES' }))
    : body;
}

function targetOf(headers: IncomingHttpHeaders): string | undefined {
  return headers['x-amz-target'] as string | undefined;
}

function nameOf(
  { method = '', url = '', headers }: IncomingMessage,
  body: Buffer,
): Pick<WireRequest, 'service' | 'operation' | 'accessKeyId' | 'traceId'> {
  const [, accessKeyId = '', service = ''] =
    /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
  const trace = (headers['x-amzn-trace-id'] as string | undefined) ?? '';
  return {
    service,
    operation:
      targetOf(headers)?.split('.')[1] ??
      /(?:^|&)Action=(\w+)/.exec(body.toString())?.[1] ??
      (service === 's3' ? `${method[0]}${method.slice(1).toLowerCase()}Object` : lastPart(url)),
    accessKeyId,
    traceId: /Root=([^;]+)/.exec(trace)?.[1],
  };
}

function lastPart(url: string): string {
  return url.split('?')[0]?.split('/').at(-1) ?? '';
}
