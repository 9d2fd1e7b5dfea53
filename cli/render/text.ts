import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];
export type Paint = (style: Style, text: string) => string;

/** Colours for a stream: none when it is no terminal, or NO_COLOR is set. */
export function painter(stream: NodeJS.WriteStream): Paint {
  return (style, text) => styleText(style, text, { stream });
}

export const unpainted: Paint = (_, text) => text;

const DIGITS_OF_MICRO = 6;

/** Dollars with cents, and as many more digits as micro-dollars need: `$1.50`, `$0.000042`. */
export function money(microDollars: number): string {
  const digits = String(Math.round(microDollars)).padStart(DIGITS_OF_MICRO + 1, '0');
  const fraction = digits.slice(-DIGITS_OF_MICRO);
  return `$${digits.slice(0, -DIGITS_OF_MICRO)}.${fraction.slice(0, 2)}${fraction.slice(2).replace(/0+$/, '')}`;
}

/** Control characters and marks that change the direction of writing, or hide. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Text that a model or a stranger wrote, safe to show on a terminal.
 *
 * INVARIANT: what somebody approves is what they saw, so nothing in it may move the cursor, colour or hide.
 */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** `name=value` for each argument, as JSON. */
export function argumentText(values: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(values).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return printable(entries.join(' '));
}

/** `redacted 2 email, 1 secret`. */
export function redactedText(found: Readonly<Record<string, number>>): string {
  const kinds = Object.entries(found).map(([kind, count]) => `${count} ${kind}`);
  return `redacted ${printable(kinds.join(', '))}`;
}

/** First digits of a digest, enough to compare by eye. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 12);
}

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Lines of a table with aligned columns. Cells are shown as they are, so make them printable and plain before. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): readonly string[] {
  const lines = [columns.map(({ title }) => title.toUpperCase()), ...rows];
  const widths = columns.map((_, index) => Math.max(...lines.map((cells) => (cells[index] ?? '').length)));
  return lines.map((cells) =>
    columns
      .map(({ align }, index) => {
        const cell = cells[index] ?? '';
        const width = widths[index] ?? 0;
        return align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Lines of `name  value`, values aligned, those without a value left out. */
export function facts(pairs: readonly (readonly [string, string | undefined])[]): readonly string[] {
  const known = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined);
  const width = Math.max(...known.map(([name]) => name.length));
  return known.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}
