/** Each takes some round trips; more at once would only queue at the connections. */
const WIDTH = 16;

/**
 * Does a task for each, several at a time, and begins no more when there is no time left.
 *
 * @param hasTime - @default always
 */
export async function sideBySide<T>(
  items: readonly T[],
  task: (item: T) => Promise<void>,
  hasTime: () => boolean = () => true,
): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) {
      if (!hasTime()) {
        return;
      }
      await task(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(WIDTH, items.length) }, worker));
}
