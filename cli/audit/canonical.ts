/**
 * RFC 8785, written again: what proves a log shares no code with what writes it.
 *
 * @param value - as `JSON.parse` gives it
 */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map(canonical).join(',')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const members = value as Readonly<Record<string, unknown>>;
    // `sort` compares UTF-16 code units, as the RFC wants it
    const pairs = Object.keys(members)
      .sort()
      .map((name) => `${JSON.stringify(name)}:${canonical(members[name])}`);
    return `{${pairs.join(',')}}`;
  }
  return JSON.stringify(value);
}
