import { table } from '../measure/table.ts';
import { prefixOf } from './counted-clients.ts';

/** Objects under one prefix. */
export interface Prefix {
  readonly objects: number;
  readonly bytes: number;
}

/** @param sizes - bytes of every object by its key */
export function byPrefix(sizes: ReadonlyMap<string, number>): Readonly<Record<string, Prefix>> {
  const groups = Map.groupBy([...sizes], ([key]) => prefixOf(key));
  return Object.fromEntries(
    [...groups].map(([prefix, all]) => [
      prefix,
      { objects: all.length, bytes: all.reduce((sum, [, bytes]) => sum + bytes, 0) },
    ]),
  );
}

export function totalOf(prefixes: Readonly<Record<string, Prefix>>): Prefix {
  return Object.values(prefixes).reduce(
    (sum, { objects, bytes }) => ({ objects: sum.objects + objects, bytes: sum.bytes + bytes }),
    { objects: 0, bytes: 0 },
  );
}

/** @param events - that are in the log */
export function prefixTable(prefixes: Readonly<Record<string, Prefix>>, events: number): string {
  const row = (name: string, { objects, bytes }: Prefix) => [
    name,
    objects.toLocaleString('en-US'),
    (bytes / 1024 ** 2).toFixed(2),
    (bytes / events).toFixed(1),
  ];
  return table([
    ['prefix', 'objects', 'MB', 'bytes an event'],
    ...Object.entries(prefixes).map(([name, prefix]) => row(name, prefix)),
    row('all', totalOf(prefixes)),
  ]);
}
