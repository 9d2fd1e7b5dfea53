/** It took longer than Slack waits. What was begun may still come to something; nothing new begins. */
export class TookTooLong extends Error {
  override readonly name = 'TookTooLong';
}

/**
 * What the task gives, if it does so in time.
 *
 * @param task - stops where it can when the signal is aborted
 * @throws TookTooLong
 */
export async function within<T>(milliseconds: number, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
  if (milliseconds <= 0) {
    throw new TookTooLong(`${-milliseconds} ms too late to begin`);
  }
  const abandoned = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new TookTooLong(`not within ${milliseconds} ms`);
      abandoned.abort(error);
      reject(error);
    }, milliseconds);
  });
  try {
    return await Promise.race([task(abandoned.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
