import { createHash } from 'node:crypto';
import type { Block, Document, DocumentColumn, Section } from './document.ts';
import { STYLE } from './html-style.ts';
import { printable } from './text.ts';
import { type Piece, shown, textOf, type Words } from './words.ts';

/**
 * A page of its own: no script, nothing asked of anybody, and a policy that lets a browser do neither. Prints on A4.
 *
 * INVARIANT: every text goes through `escaped`, our own words too.
 */
export function htmlOf({ title, summary, sections }: Document): string {
  const style = createHash('sha256').update(STYLE).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'`;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="referrer" content="no-referrer">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(textOf(title))}</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    '<main>',
    '<header>',
    `<h1>${inline(title)}</h1>`,
    ...summary.map((text) => `<p>${inline(text)}</p>`),
    '</header>',
    ...sections.flatMap((section) => sectionLines(section, 2)),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function sectionLines({ heading, blocks, parts = [] }: Section, level: number): readonly string[] {
  return [
    '<section>',
    `<h${level}>${inline(heading)}</h${level}>`,
    ...blocks.flatMap(blockLines),
    ...parts.flatMap((part) => sectionLines(part, level + 1)),
    '</section>',
  ];
}

function blockLines(block: Block): readonly string[] {
  switch (block.kind) {
    case 'text':
      return [`<p>${inline(block.text)}</p>`];
    case 'facts':
      return [
        '<table class="facts"><tbody>',
        ...block.facts.map(
          ([name, value]) => `<tr><th scope="row">${escaped(name)}</th><td>${inline(value)}</td></tr>`,
        ),
        '</tbody></table>',
      ];
    case 'list':
      return [
        '<ul>',
        ...block.items.map(({ tone, text }) =>
          tone === undefined ? `<li>${inline(text)}</li>` : `<li class="${tone}">${inline(text)}</li>`,
        ),
        '</ul>',
      ];
    case 'table':
      return tableLines(block.columns, block.rows);
    case 'code':
      return [`<pre>${block.code.trimEnd().split('\n').map(printable).map(escaped).join('\n')}</pre>`];
  }
}

function tableLines(
  columns: readonly DocumentColumn[],
  rows: readonly (readonly Words[])[],
): readonly string[] {
  const classOf = (index: number) => (columns[index]?.align === 'right' ? ' class="amount"' : '');
  return [
    '<table><thead>',
    `<tr>${columns.map(({ title }, index) => `<th scope="col"${classOf(index)}>${escaped(title)}</th>`).join('')}</tr>`,
    '</thead><tbody>',
    ...rows.map(
      (cells) =>
        `<tr>${cells.map((cell, index) => `<td${classOf(index)}>${inline(cell)}</td>`).join('')}</tr>`,
    ),
    '</tbody></table>',
  ];
}

function inline(pieces: Words): string {
  return pieces.map(pieceText).join('');
}

function pieceText(piece: Piece): string {
  if ('own' in piece) {
    return escaped(piece.own);
  }
  const value = escaped(shown(piece.value));
  return PROSE.test(piece.value) ? `<q>${value}</q>` : `<code>${breakable(value)}</code>`;
}

/** Names may go on in the next line behind their marks, and elsewhere only where nothing else helps. */
function breakable(escapedValue: string): string {
  return escapedValue.replaceAll(/[._/-](?=\w)/g, '$&<wbr>');
}

/** Several words and no mark of anything that is data: what somebody said. */
const PROSE = /^[^="{}[\]]* [^="{}[\]]*$/;

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' },
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
