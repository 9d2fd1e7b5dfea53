import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** A request that an invocation made, as its traced client saw it. */
export interface TracedCall {
  /** Such as `DynamoDB`; an address for clients that are not traced. */
  readonly name: string;
  readonly operation: string | undefined;
  /** Milliseconds since 1970. X-Ray gives whole ones, so that only means over many are finer. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** One run of a handler, from its first line to its answer. */
export interface Invocation {
  /** Folder of the function with hyphens, such as `authorize` or `tools-retail`. */
  readonly service: string;
  readonly traceId: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly calls: readonly TracedCall[];
}

export interface TraceListener {
  readonly port: number;
  /** Those that have ended so far. */
  readonly invocations: () => readonly Invocation[];
  readonly stop: () => void;
}

interface Segment {
  readonly id: string;
  readonly name: string;
  readonly parent_id?: string;
  readonly trace_id: string;
  readonly start_time: number;
  readonly end_time?: number;
  readonly annotations?: Readonly<Record<string, unknown>>;
  readonly aws?: { readonly operation?: string };
}

/** A burst of segments must not overflow the socket: a lost one would be a call not counted. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** Stands where the X-Ray daemon stands beside a function: what functions say about their own time, at no cost to it. */
export async function startTraceListener(): Promise<TraceListener> {
  const segments: Segment[] = [];
  const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES });
  socket.on('message', (message) => {
    const [, segment = '{}'] = message.toString().split('\n');
    segments.push(JSON.parse(segment));
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    invocations: () => invocationsIn(segments),
    stop: () => socket.close(),
  };
}

function invocationsIn(segments: readonly Segment[]): readonly Invocation[] {
  const byParent = Map.groupBy(segments, ({ parent_id }) => parent_id);
  return segments
    .filter(({ annotations, end_time }) => annotations?.Service !== undefined && end_time !== undefined)
    .map((segment) => ({
      service: String(segment.annotations?.Service),
      traceId: segment.trace_id,
      ...timesOf(segment),
      calls: (byParent.get(segment.id) ?? [])
        .map((call) => ({ name: call.name, operation: call.aws?.operation, ...timesOf(call) }))
        .sort((left, right) => left.startedAt - right.startedAt),
    }));
}

function timesOf({ start_time, end_time = start_time }: Segment): Pick<TracedCall, 'startedAt' | 'endedAt'> {
  return { startedAt: start_time * 1000, endedAt: end_time * 1000 };
}
