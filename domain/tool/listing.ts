import { canonicalJson } from '../call/canonical.ts';

/** A tool as a server lists it: its name and whatever the server says about it. */
export interface ListedTool {
  readonly name: string;
  readonly [member: string]: unknown;
}

/** What a server listed when somebody reviewed it: the answer to `tools/list`, checked in beside the definitions. */
export interface Listing {
  readonly tools: readonly ListedTool[];
}

/** Say nothing about what a tool does: they are for the pictures and the bookkeeping of a client. */
const NOT_REVIEWED: ReadonlySet<string> = new Set(['_meta', 'icons']);

/** Members of a listed tool that are not as they were reviewed, sorted; none when the tool is the reviewed one. */
export function changedMembers(reviewed: ListedTool, current: ListedTool): string[] {
  const members = new Set([...Object.keys(reviewed), ...Object.keys(current)]);
  return [...members]
    .filter((member) => !NOT_REVIEWED.has(member))
    .filter((member) => textOf(reviewed[member]) !== textOf(current[member]))
    .sort();
}

/** Canonical, so that the order in which a server writes things is no change. */
function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : canonicalJson(value);
}
