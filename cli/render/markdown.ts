import type { Block, Document, Section, Tone } from './document.ts';
import { printable } from './text.ts';
import { type Piece, shown, type Words } from './words.ts';

/**
 * GitHub-flavoured Markdown of a document.
 *
 * INVARIANT: what somebody else wrote is in code spans and code blocks only, where neither marks, HTML, links, mentions nor
 * references to issues mean anything; of our own words every mark is escaped.
 */
export function markdownOf({ title, summary, sections }: Document): readonly string[] {
  return [
    `# ${inline(title)}`,
    ...summary.flatMap((text) => ['', inline(text)]),
    ...sections.flatMap((section) => sectionLines(section, 2)),
  ];
}

function sectionLines({ heading, blocks, parts = [] }: Section, level: number): readonly string[] {
  return [
    '',
    `${'#'.repeat(level)} ${inline(heading)}`,
    ...blocks.flatMap((block) => ['', ...blockLines(block)]),
    ...parts.flatMap((part) => sectionLines(part, level + 1)),
  ];
}

const TONES: Readonly<Record<Tone, string>> = { good: '✓ ', bad: '✗ ', open: '… ' };

function blockLines(block: Block): readonly string[] {
  switch (block.kind) {
    case 'text':
      return [inline(block.text)];
    case 'facts':
      return block.facts.map(([name, value]) => `- **${escaped(name)}**: ${inline(value)}`);
    case 'list':
      return block.items.map(({ tone, text }) => `- ${tone === undefined ? '' : TONES[tone]}${inline(text)}`);
    case 'table':
      return [
        row(block.columns.map(({ title }) => escaped(title))),
        row(block.columns.map(({ align }) => (align === 'right' ? '---:' : '---'))),
        ...block.rows.map((cells) => row(cells.map((cell) => inline(cell).replaceAll('|', PIPE)))),
      ];
    case 'code':
      return fenced(block.code);
  }
}

/** In a cell. A backslash before it would not do: another one may stand before that, and a cell that ends early opens its code span. */
const PIPE = '\\u{7c}';

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function inline(pieces: Words): string {
  return pieces.map(pieceText).join('');
}

function pieceText(piece: Piece): string {
  return 'own' in piece ? escaped(piece.own) : codeSpan(shown(piece.value));
}

function escaped(own: string): string {
  return printable(own).replaceAll(/[\\`*_[\]<>#~&]/g, (mark) => `\\${mark}`);
}

/** Delimiters are longer than any run of backticks inside; a blank keeps those at the ends from joining them. */
function codeSpan(value: string): string {
  const ticks = '`'.repeat(longestRun(value) + 1);
  const pad = /^`|`$|^ .* $/.test(value) ? ' ' : '';
  return `${ticks}${pad}${value}${pad}${ticks}`;
}

const SHORTEST_FENCE = 3;

function fenced(code: string): readonly string[] {
  const fence = '`'.repeat(Math.max(SHORTEST_FENCE, longestRun(code) + 1));
  return [fence, ...code.trimEnd().split('\n').map(printable), fence];
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
}
