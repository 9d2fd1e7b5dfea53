/**
 * Texts as they are searched. What has to go stands in `«»`, which is not part of the text; neither is `|~|`, which breaks
 * a literal in two so that nobody who scans this repository takes an example for a leak.
 */
export type Case = string;

const BREAK = '|~|';

export function textOf(example: Case): string {
  return example.replaceAll(BREAK, '').replaceAll(/[«»]/g, '');
}

/** The text with a marker in place of what has to go. */
export function expectedOf(example: Case, kind: string): string {
  return example.replaceAll(BREAK, '').replaceAll(/«[^»]*»/g, `[redacted: ${kind}]`);
}
