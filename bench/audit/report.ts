import { sum } from '../measure/cost-lines.ts';
import { table } from '../measure/table.ts';
import type { Everything, InEmulator } from './audit.ts';
import type { InProcess } from './in-process.ts';
import { costOfKeeping, costOfWriting, KEPT_YEARS, type LogCostLine } from './log-cost.ts';
import { prefixTable, totalOf } from './prefixes.ts';
import type { Verified } from './verified.ts';
import type { Written } from './written-log.ts';

const MILLION = 1_000_000;

const whole = (value: number) => Math.round(value).toLocaleString('en-US');
const megabytes = (bytes: number) => whole(bytes / 1024 ** 2);
const rounded = (value: number) => Number(value.toFixed(3));
const usd = (lines: readonly LogCostLine[]) => sum(lines.map((line) => line.usdPerMillionEvents));

export function reportOf({ emulator, busy, steady }: Everything): readonly string[] {
  return [
    'sealed and integrated',
    table([
      [
        'events',
        'where',
        'seal/s',
        'integrate/s',
        'both/s',
        'of it CPU here',
        'rounds',
        'objects',
        'peak MB',
        'verify s',
        'verify MB',
        'fsck s',
        'fsck MB',
      ],
      speedRow('this process', busy.written, totalOf(busy.prefixes).objects),
      ...emulator.map((each) => speedRow('emulator', each.written, totalOf(each.prefixes).objects, each)),
    ]),
    '',
    ...paceReport('one busy log: full batches and rounds', busy),
    ...paceReport('10 calls a second, a round each minute', steady),
    'this process: the same functions, with S3, DynamoDB and KMS answered in memory. Not in the cost: the stream, which is free to Lambda;',
    'reading; the storage, which has its own line. Assumed: bench/prices.ts.',
  ];
}

function speedRow(
  where: string,
  written: Written,
  objects: number,
  { verified }: Partial<InEmulator> = {},
): string[] {
  const { events, sealing, integrating, rounds, peakBytes } = written;
  const checked = [verified?.ours, verified?.fsck].flatMap((each) =>
    typeof each === 'object' ? [each.seconds.toFixed(1), megabytes(each.peakBytes)] : [],
  );
  return [
    whole(events),
    where,
    ...[events / sealing.seconds, events / integrating.seconds, eventsPerSecond(written)].map(whole),
    `${whole(cpuShare(written) * 100)} %`,
    ...[rounds, objects].map(whole),
    megabytes(peakBytes),
    ...checked,
  ];
}

function eventsPerSecond({ events, sealing, integrating }: Written): number {
  return events / (sealing.seconds + integrating.seconds);
}

function cpuShare({ sealing, integrating }: Written): number {
  return (sealing.cpuSeconds + integrating.cpuSeconds) / (sealing.seconds + integrating.seconds);
}

function paceReport(title: string, { written, prefixes }: InProcess): readonly string[] {
  const lines = costOfWriting(written);
  const { events, rounds } = written;
  return [
    `${title}: ${whole(events)} events in ${whole(rounds)} rounds`,
    prefixTable(prefixes, events),
    '',
    table([
      ['for a million events', 'amount', 'unit', 'USD'],
      ...lines.map(({ what, amount, price, usdPerMillionEvents }) => [
        what,
        whole(amount),
        price.unit,
        usdPerMillionEvents.toFixed(3),
      ]),
      ['all writing', '', '', usd(lines).toFixed(3)],
      [`storage for ${KEPT_YEARS} years`, '', '', costOfKeeping(prefixes, events).toFixed(3)],
    ]),
    '',
  ];
}

export function summaryOf({ emulator, busy, steady }: Everything): object {
  return {
    bench: 'audit',
    sizes: Object.fromEntries(emulator.map((each) => [each.written.events, sizeSummary(each)])),
    in_process: speedSummary(busy.written),
    busy: paceSummary(busy),
    steady: paceSummary(steady),
  };
}

function sizeSummary({ written, prefixes, verified }: InEmulator) {
  return {
    ...speedSummary(written),
    objects: totalOf(prefixes).objects,
    bytes: totalOf(prefixes).bytes,
    by_prefix: prefixes,
    verify: verifySummary(verified.ours, written.events),
    fsck: typeof verified.fsck === 'string' ? verified.fsck : verifySummary(verified.fsck, written.events),
  };
}

function verifySummary({ seconds, cpuSeconds, peakBytes }: Verified, events: number) {
  return {
    seconds: rounded(seconds),
    ...(cpuSeconds === undefined ? {} : { cpu_seconds: rounded(cpuSeconds) }),
    seconds_per_million: rounded((seconds / events) * MILLION),
    peak_mb: Math.round(peakBytes / 1024 ** 2),
  };
}

function speedSummary(written: Written) {
  const { sealing, integrating, rounds, peakBytes } = written;
  return {
    events_per_second: Math.round(eventsPerSecond(written)),
    seal_seconds: rounded(sealing.seconds),
    integrate_seconds: rounded(integrating.seconds),
    cpu_seconds: rounded(sealing.cpuSeconds + integrating.cpuSeconds),
    rounds,
    peak_mb: Math.round(peakBytes / 1024 ** 2),
  };
}

function paceSummary({ written, prefixes }: InProcess) {
  const lines = costOfWriting(written);
  const requests = [...written.sealing.usage.requests, ...written.integrating.usage.requests];
  return {
    usd_per_million_events: rounded(usd(lines)),
    usd_storage_7_years: rounded(costOfKeeping(prefixes, written.events)),
    by: Object.fromEntries(
      lines.map(({ what, usdPerMillionEvents }) => [what, rounded(usdPerMillionEvents)]),
    ),
    requests_per_million: Object.fromEntries(
      requests.map(([kind, count]) => [kind, Math.round((count / written.events) * MILLION)]),
    ),
    bytes_per_event: rounded(totalOf(prefixes).bytes / written.events),
    objects_per_million: Math.round((totalOf(prefixes).objects / written.events) * MILLION),
  };
}
