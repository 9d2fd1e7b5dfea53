/** A text as Cedar writes it, in its quotes. */
export function cedarText(text: string): string {
  return `"${text.replaceAll(/["\\]|[^\u0020-\u007e]/gu, escaped)}"`;
}

function escaped(character: string): string {
  return character === '"' || character === '\\'
    ? `\\${character}`
    : `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
}

/** Cedar's own words name nothing. */
const RESERVED = ['true', 'false', 'if', 'then', 'else', 'in', 'like', 'has', 'is', '__cedar'];

/** Whether Cedar takes a name without quotes. */
export function isIdentifier(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !RESERVED.includes(name);
}
