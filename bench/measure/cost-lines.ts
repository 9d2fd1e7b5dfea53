import { BILLING, PRICES, type Price } from '../prices.ts';
import { requestUnits } from './request-units.ts';
import type { CountedInvocation, Sample } from './sample.ts';

/** Where money goes. `tool` is the tool's own work, which it would cost without governance too. */
export type Part =
  | 'standard'
  | 'express'
  | 'lambda'
  | 'dynamodb'
  | 's3'
  | 'sts'
  | 'logs'
  | 'tracing'
  | 'seal'
  | 'checkpoint'
  | 'tool';

export interface CostLine {
  readonly part: Part;
  readonly what: string;
  /** For each call or turn. */
  readonly amount: number;
  readonly price: Price;
  readonly usdPerMillion: number;
}

/** Follows the stream of events; its requests and its log lines are its own part. */
export const SEAL = 'seal';
/** Executors are named after their folder, `tools/<namespace>`. */
const EXECUTOR = 'tools-';
/** Sessions of a role bear such keys; the emulator gives functions another one for their own roles. */
const SESSION_KEY = 'ASIA';

/** What a sample costs for each call or turn, counting invocations of these services and of seal only. */
export function costLines(sample: Sample, services: readonly string[]): readonly CostLine[] {
  const counted = sample.invocations.filter(({ service }) => service === SEAL || services.includes(service));
  const milliseconds = sample.expressMilliseconds.map(
    (each) => Math.ceil(each / BILLING.expressStepMilliseconds) * BILLING.expressStepMilliseconds,
  );
  const lines = [
    line('standard', 'transitions', sample.transitions, PRICES.standardTransition),
    line('express', 'executions', sample.expressMilliseconds.length, PRICES.expressRequest),
    line(
      'express',
      'memory',
      gigabyteSeconds(sum(milliseconds), BILLING.expressMegabytes),
      PRICES.expressGigabyteSecond,
    ),
    line('tracing', 'traces', BILLING.tracedShare * sample.count, PRICES.trace),
    ...counted.flatMap((invocation) => linesOf(invocation, sample)),
  ];
  return merged(lines, sample.count);
}

type Amount = Omit<CostLine, 'usdPerMillion'>;

function line(part: Part, what: string, amount: number, price: Price): Amount {
  return { part, what, amount, price };
}

function linesOf(invocation: CountedInvocation, { functions, logBytes }: Sample): readonly Amount[] {
  const { service, startedAt, endedAt, requests } = invocation;
  const { megabytes = Number.NaN, logsPlatform = true } =
    functions.find((each) => each.service === service) ?? {};
  const memory = (milliseconds: number) => gigabyteSeconds(milliseconds, megabytes);
  const own = (part: Part) => (service === SEAL ? SEAL : part);
  const toolMilliseconds = toolTime(invocation);
  const billed = Math.ceil(endedAt - startedAt) - toolMilliseconds;
  const platform = logsPlatform ? BILLING.platformLogBytesPerInvocation : 0;
  const logged = (logBytes.get(service) ?? 0) + platform;
  return [
    line(own('lambda'), `${service}: requests`, 1, PRICES.lambdaRequest),
    line(own('lambda'), `${service}: memory`, memory(billed), PRICES.lambdaGigabyteSecond),
    line(
      'tool',
      `${service}: memory while the tool runs`,
      memory(toolMilliseconds),
      PRICES.lambdaGigabyteSecond,
    ),
    line(own('logs'), `${service}: log lines`, logged / BILLING.bytesPerGigabyte, PRICES.logGigabyte),
    ...requests.flatMap((request): readonly Amount[] => {
      const { service: to, operation, accessKeyId } = request;
      const what = `${service}: ${operation}`;
      if (to === 'dynamodb') {
        const { read, write } = requestUnits(request);
        const part = accessKeyId.startsWith(SESSION_KEY) ? 'tool' : own('dynamodb');
        return write > 0
          ? [line(part, what, write, PRICES.writeUnit)]
          : [line(part, what, read, PRICES.readUnit)];
      }
      if (to === 's3') {
        return [line(own('s3'), what, 1, operation === 'PutObject' ? PRICES.s3Put : PRICES.s3Get)];
      }
      if (to === 'sts') {
        return [line('sts', what, 1, PRICES.stsRequest)];
      }
      throw new Error(
        `${service} asks ${to} ${operation}, which has no price here; give it one in bench/prices.ts`,
      );
    }),
  ].filter(({ amount }) => amount > 0);
}

/** From the agent's credentials to the outcome's record: the tool with its requests, and the check of its output. */
function toolTime({ service, calls }: CountedInvocation): number {
  const assumed = calls.find(({ operation }) => operation === 'AssumeRole');
  const settled = calls.findLast(({ operation }) => operation === 'TransactWriteItems');
  return service.startsWith(EXECUTOR) && assumed !== undefined && settled !== undefined
    ? settled.startedAt - assumed.endedAt
    : 0;
}

function gigabyteSeconds(milliseconds: number, megabytes: number): number {
  return (milliseconds / 1000) * (megabytes / 1024);
}

/** One line for each thing, for one call or turn. */
function merged(lines: readonly Amount[], count: number): readonly CostLine[] {
  const groups = Map.groupBy(lines, ({ part, what, price }) => `${part} ${what} ${price.unit}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const amount = sum(group.map((each) => each.amount)) / count;
    return first === undefined || amount === 0
      ? []
      : [{ ...first, amount, usdPerMillion: amount * first.price.usd * 1_000_000 }];
  });
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** USD per million, by part. */
export function byPart(lines: readonly CostLine[]): Partial<Record<Part, number>> {
  const groups = Map.groupBy(lines, ({ part }) => part);
  return Object.fromEntries(
    [...groups].map(([part, group]) => [part, sum(group.map(({ usdPerMillion }) => usdPerMillion))]),
  );
}
