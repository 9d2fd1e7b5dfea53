import { setTimeout as sleep } from 'node:timers/promises';
import { httpServer, type TestServer } from './http-server.ts';

const PATIENCE_MILLISECONDS = 300_000;
const POLL_MILLISECONDS = 200;

/**
 * A deployment has one helpdesk, at one origin, and files of tests run beside each other: those that stand for it take
 * turns. A turn is a port that only one can listen on, so whoever dies gives it back; closing it ends the turn.
 */
export async function helpdeskTurn(): Promise<TestServer> {
  const port = Number(process.env.COUNTERSIGN_LOCAL_HELPDESK_PORT);
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    try {
      return await httpServer((_, response) => response.end(), { host: '127.0.0.3', port });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || Date.now() > deadline) {
        throw error;
      }
      await sleep(POLL_MILLISECONDS);
    }
  }
}
