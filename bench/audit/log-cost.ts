import { BILLING, PRICES, type Price } from '../prices.ts';
import type { Prefix } from './prefixes.ts';
import { totalOf } from './prefixes.ts';
import type { Stretch, Written } from './written-log.ts';

/** One line of what a million events cost. */
export interface LogCostLine {
  readonly what: string;
  readonly amount: number;
  readonly price: Price;
  readonly usdPerMillionEvents: number;
}

const PER = 1_000_000;
/** Of the functions that write the log. */
const MEGABYTES = 1024;
/** Lambda gives a function one processor at 1,769 MB. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const PROCESSOR_MEGABYTES = 1769;
/** Requests of checkpoint that are under way at a time; functions/runtime/side-by-side.ts. */
const AT_ONCE = 16;
/** Requests of a round that wait for each other: checkpoint, tiles, round twice, batches, index, sign, two checkpoints, pointers. */
const IN_TURN = 10;

/** What writing costs. Not in it: storage, and reading. */
export function costOfWriting({
  events,
  batches,
  rounds,
  sealing,
  integrating,
}: Written): readonly LogCostLine[] {
  const line = (what: string, amount: number, price: Price): LogCostLine => {
    const each = (amount / events) * PER;
    return { what, amount: each, price, usdPerMillionEvents: each * price.usd };
  };
  const requestSeconds = BILLING.requestMilliseconds / 1000;
  const own = ({ cpuSeconds }: Stretch) => cpuSeconds * (PROCESSOR_MEGABYTES / MEGABYTES);
  const gigabyteSeconds = (seconds: number) => (seconds * MEGABYTES) / 1024;
  const integratingSeconds =
    own(integrating) + rounds * IN_TURN * requestSeconds + (all(integrating) / AT_ONCE) * requestSeconds;
  return [
    line('seal: Lambda requests', batches, PRICES.lambdaRequest),
    line(
      'seal: Lambda memory',
      gigabyteSeconds(own(sealing) + 2 * batches * requestSeconds),
      PRICES.lambdaGigabyteSecond,
    ),
    line('seal: puts', of(sealing, 'put '), PRICES.s3Put),
    line('seal: write units', sealing.usage.writeUnits, PRICES.writeUnit),
    line('checkpoint: Lambda requests', rounds, PRICES.lambdaRequest),
    line('checkpoint: Lambda memory', gigabyteSeconds(integratingSeconds), PRICES.lambdaGigabyteSecond),
    line('checkpoint: puts', of(integrating, 'put '), PRICES.s3Put),
    line('checkpoint: gets', of(integrating, 'get '), PRICES.s3Get),
    line('checkpoint: write units', integrating.usage.writeUnits, PRICES.writeUnit),
    line('checkpoint: read units', integrating.usage.readUnits, PRICES.readUnit),
    line('checkpoint: signatures', of(integrating, 'Sign'), PRICES.kmsSignature),
  ];
}

function of({ usage }: Stretch, kind: string): number {
  return [...usage.requests].reduce((sum, [name, count]) => sum + (name.startsWith(kind) ? count : 0), 0);
}

function all({ usage }: Stretch): number {
  return of({ usage, seconds: 0, cpuSeconds: 0 }, '');
}

export const KEPT_YEARS = 7;

/** Of a million events, for as long as they are kept. */
export function costOfKeeping(prefixes: Readonly<Record<string, Prefix>>, events: number): number {
  const gigabytes = ((totalOf(prefixes).bytes / events) * PER) / BILLING.bytesPerGigabyte;
  return gigabytes * KEPT_YEARS * 12 * PRICES.s3GigabyteMonth.usd;
}
