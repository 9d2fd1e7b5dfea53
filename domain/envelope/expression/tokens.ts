import { ExpressionError } from './syntax.ts';

export interface Token {
  readonly kind: 'name' | 'word' | 'number' | 'text' | 'sign' | 'end';
  readonly text: string;
  /** Of a text: without its quotes. */
  readonly value?: string;
  readonly column: number;
}

/** Of the language itself. */
export const WORDS = ['and', 'or', 'not', 'in', 'includes', 'true', 'false'];

/** Other languages' signs for the same thing. */
const SAME_WORD: Readonly<Record<string, string>> = { '&&': 'and', '||': 'or', '!': 'not' };

const TOKEN =
  /(?<space>\s+)|(?<name>[A-Za-z_][A-Za-z0-9_]*)|(?<number>-?\d+(?:\.\d+)?)|(?<text>"(?:[^"\\]|\\["'\\])*"|'(?:[^'\\]|\\["'\\])*')|(?<sign><=|>=|==|!=|&&|\|\||[<>()[\],.!])/y;

/** @throws ExpressionError at the first character that begins nothing */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (position < text.length) {
    TOKEN.lastIndex = position;
    const groups = TOKEN.exec(text)?.groups;
    const column = position + 1;
    if (groups === undefined) {
      throw new ExpressionError(column, unreadable(text, position));
    }
    const { space, name, number, text: quoted, sign } = groups;
    if (name !== undefined) {
      tokens.push({ kind: isWord(name, tokens) ? 'word' : 'name', text: name, column });
    } else if (number !== undefined) {
      tokens.push({ kind: 'number', text: number, column });
    } else if (quoted !== undefined) {
      const value = quoted.slice(1, -1).replaceAll(/\\(.)/g, '$1');
      tokens.push({ kind: 'text', text: quoted, value, column });
    } else if (sign !== undefined) {
      const word = SAME_WORD[sign];
      tokens.push({ kind: word === undefined ? 'sign' : 'word', text: word ?? sign, column });
    }
    position += (space ?? name ?? number ?? quoted ?? sign ?? '').length;
  }
  return [...tokens, { kind: 'end', text: '', column: text.length + 1 }];
}

/** Behind a point it is a name, whatever it is: `params.in`. */
function isWord(name: string, before: readonly Token[]): boolean {
  return WORDS.includes(name) && before.at(-1)?.text !== '.';
}

function unreadable(text: string, position: number): string {
  const character = text[position] as string;
  if (character === '=') {
    return "unexpected '=', expected == to compare";
  }
  return character === '"' || character === "'"
    ? `a text that does not end, expected ${character} behind it`
    : `unexpected '${character}'`;
}
