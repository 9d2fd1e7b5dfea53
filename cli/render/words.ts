import { printable } from './text.ts';

/** A piece of text: our own words, or a value that somebody else has chosen and that nothing may interpret. */
export type Piece = { readonly own: string } | { readonly value: string };
export type Words = readonly Piece[];

export function plain(own: string): Words {
  return [{ own }];
}

/** Text: what is between the braces is a value, unless it is made of words itself. */
export function words(texts: TemplateStringsArray, ...values: readonly (string | Words)[]): Words {
  return texts.flatMap((own, index): Words => {
    const value = values[index];
    const after = typeof value === 'string' ? [{ value }] : (value ?? []);
    return own === '' ? after : [{ own }, ...after];
  });
}

export function joined(parts: readonly Words[], between = ', '): Words {
  return parts.flatMap((part, index) => (index === 0 ? part : [{ own: between }, ...part]));
}

/** Each of them a value, or `otherwise` when there are none. */
export function values(texts: readonly string[], otherwise = 'none'): Words {
  return texts.length === 0 ? plain(otherwise) : joined(texts.map((value) => [{ value }]));
}

/** For a terminal. */
export function textOf(pieces: Words): string {
  return pieces.map((piece) => ('own' in piece ? piece.own : printable(piece.value))).join('');
}

/** What a page shows of one value; the JSON has it whole. */
const MAXIMUM_SHOWN = 400;

/** A value as a page shows it: without characters that hide or move others, and not longer than is readable. */
export function shown(value: string): string {
  const safe = printable(value);
  const cut =
    safe.length > MAXIMUM_SHOWN
      ? `${safe.slice(0, MAXIMUM_SHOWN)}… (${safe.length} characters, whole in the JSON)`
      : safe;
  return cut === '' ? '(empty)' : cut.toWellFormed();
}
