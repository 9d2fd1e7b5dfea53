import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MILLISECONDS = 200;

/**
 * The deployment has one helpdesk, and test files run side by side: waits until no other file stands for it. Taken by
 * listening beside it, so that it is free again when its process ends, however that ends.
 *
 * @param port - the helpdesk's
 * @returns gives the turn back
 */
export async function helpdeskTurn(port: number): Promise<() => Promise<void>> {
  for (;;) {
    const lock = createServer();
    lock.listen(port, '127.0.0.3');
    try {
      await once(lock, 'listening');
      return async () => {
        lock.close();
        await once(lock, 'close');
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') {
        throw error;
      }
    }
    await sleep(POLL_MILLISECONDS);
  }
}
