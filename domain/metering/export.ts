import { COLUMNS, type UsageRow } from './columns.ts';

const LINE_END = '\r\n';

/** RFC 4180: a header, lines that end with CRLF, and quotes around what needs them. */
export function csvOf(rows: readonly UsageRow[]): string {
  const header = COLUMNS.map(({ name }) => name);
  const lines = rows.map((row) => header.map((name) => csvField(row[name])));
  return [header, ...lines].map((fields) => fields.join(',') + LINE_END).join('');
}

function csvField(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A JSON object a line, its members in the order of the columns. */
export function ndjsonOf(rows: readonly UsageRow[]): string {
  return rows
    .map((row) => `${JSON.stringify(Object.fromEntries(COLUMNS.map(({ name }) => [name, row[name]])))}\n`)
    .join('');
}
