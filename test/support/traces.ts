import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MILLISECONDS = 300_000;
const POLL_MILLISECONDS = 200;

/** What functions of the local cloud send to X-Ray, as it comes. */
export interface CaughtTraces {
  readonly messages: readonly string[];
  readonly close: () => void;
}

/** Stands where the X-Ray daemon stands beside a function. There is one such place, so files of tests take turns at it. */
export async function caughtTraces(): Promise<CaughtTraces> {
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    const daemon = createSocket('udp4');
    try {
      return await listening(daemon);
    } catch (error) {
      daemon.close();
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || Date.now() > deadline) {
        throw error;
      }
      await sleep(POLL_MILLISECONDS);
    }
  }
}

async function listening(daemon: Socket): Promise<CaughtTraces> {
  const messages: string[] = [];
  daemon.on('message', (message) => messages.push(message.toString()));
  daemon.bind(Number(process.env.COUNTERSIGN_LOCAL_XRAY_PORT), '127.0.0.1');
  await once(daemon, 'listening');
  return { messages, close: () => daemon.close() };
}
