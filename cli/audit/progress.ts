import { duration } from '../render/duration.ts';

const EVERY_MILLISECONDS = 2000;

/**
 * Says now and then how far it is: `verified 40,000 of 1,000,000 entries (4 %), 21,000 a second, 45 s left`.
 *
 * @param clock - milliseconds
 */
export function progressTo(
  write: (text: string) => void,
  clock: () => number,
): (entries: number, of: number) => void {
  const begun = clock();
  let told = begun;
  return (entries, of) => {
    const now = clock();
    if (now - told < EVERY_MILLISECONDS) {
      return;
    }
    told = now;
    const seconds = (now - begun) / 1000;
    const rate = entries / seconds;
    const left = duration(((of - entries) / rate) * 1000);
    const share = Math.floor((entries / of) * 100);
    write(
      `verified ${number(entries)} of ${number(of)} entries (${share} %), ${number(Math.round(rate))} a second, ${left} left`,
    );
  };
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
