import { basename } from 'node:path';
import { isMap, isScalar, isSeq, parseDocument, type Scalar, type YAMLSeq } from 'yaml';
import { CommandFailure, EXIT } from '../failure.ts';

/** What a scaffold needs to know of an envelope. */
export interface EnvelopeFile {
  readonly workflow: string;
  readonly agent: string;
  readonly reviewerRole: string;
  readonly approvalRoles: readonly string[];
  readonly allowedTools: readonly string[];
}

/**
 * What an envelope says, and where it is silent the defaults: the workflow is the file, its agent is called the same.
 *
 * @param defaults - text of `policies/defaults.yaml`
 * @throws CommandFailure for a file that does not hold the members named here
 */
export function readEnvelope(path: string, text: string, defaults = ''): EnvelopeFile {
  const document = parseDocument(text);
  const written = document.toJS() ?? {};
  const workflow = nameOf(written.workflow ?? basename(path, '.yaml'));
  const own = ownDefaults(defaults, workflow);
  const agent = nameOf(written.agent ?? own.agent ?? workflow);
  const reviewer_role = written.reviewer_role ?? own.reviewer_role;
  const { allowed_tools = [] } = written.permissions ?? {};
  const approval_roles = written.permissions?.approval_roles ??
    own.permissions?.approval_roles ?? [reviewer_role];
  const known = typeof reviewer_role === 'string';
  if (document.errors.length > 0 || !known || !isTexts(approval_roles) || !isTexts(allowed_tools)) {
    const [error] = document.errors;
    throw broken(path, error?.message ?? 'expected workflow, agent, reviewer_role and permissions');
  }
  return {
    workflow,
    agent,
    reviewerRole: reviewer_role,
    approvalRoles: approval_roles,
    allowedTools: allowed_tools,
  };
}

function nameOf(written: unknown): string {
  return String(written)
    .toLowerCase()
    .replaceAll(/[ _.]+/g, '-');
}

interface OwnDefaults {
  readonly agent?: string;
  readonly reviewer_role?: string;
  readonly permissions?: { readonly approval_roles?: readonly string[] };
}

function ownDefaults(defaults: string, workflow: string): OwnDefaults {
  const workflows: Record<string, OwnDefaults> = parseDocument(defaults).toJS()?.workflows ?? {};
  return Object.entries(workflows).find(([name]) => nameOf(name) === workflow)?.[1] ?? {};
}

/**
 * The envelope with one more allowed tool, in its place if the list is in alphabetical order. Nothing else changes:
 * where to insert comes from the document's nodes, and the rest of the text stays as people have written it.
 *
 * @throws CommandFailure when there is no such list
 */
export function withAllowedTool(path: string, text: string, tool: string): string {
  const document = parseDocument(text);
  const list = document.getIn(['permissions', 'allowed_tools']);
  if (!isSeq(list)) {
    throw broken(path, 'expected a list permissions.allowed_tools');
  }
  const items = list.items.filter((item) => isScalar<string>(item));
  if (items.some(({ value }) => value === tool)) {
    return text;
  }
  const changed = inserted(text, list, items, tool);
  // INVARIANT: the file says what it said before, and the tool; comments at odd places must not change that
  if (!sameBut(text, changed, tool)) {
    throw broken(path, `'${tool}' cannot be added to permissions.allowed_tools, add it by hand`);
  }
  return changed;
}

function inserted(text: string, list: YAMLSeq, items: readonly Scalar<string>[], tool: string): string {
  const values = items.map(({ value }) => value);
  const isSorted = values.every((value, index) => index === 0 || (values[index - 1] ?? '') <= value);
  const next = isSorted ? items.find(({ value }) => value > tool) : undefined;
  const neighbour = next ?? items.at(-1);
  if (list.flow || neighbour === undefined) {
    const [start = 0] = neighbour?.range ?? [];
    const end = neighbour?.range?.[1] ?? 0;
    return next === undefined
      ? `${text.slice(0, end)}, ${tool}${text.slice(end)}`
      : `${text.slice(0, start)}${tool}, ${text.slice(start)}`;
  }
  const [start, end] = neighbour.range ?? [0, 0];
  const line = text.lastIndexOf('\n', start) + 1;
  const indent = text.slice(line, start);
  if (next !== undefined) {
    return `${text.slice(0, line)}${indent}${tool}\n${text.slice(line)}`;
  }
  const newline = text.indexOf('\n', end);
  const after = newline === -1 ? text.length : newline;
  return `${text.slice(0, after)}\n${indent}${tool}${text.slice(after)}`;
}

function sameBut(before: string, after: string, tool: string): boolean {
  const [left, right] = [before, after].map((text) => parseDocument(text));
  if (!left || !right || right.errors.length > 0 || !isMap(right.contents)) {
    return false;
  }
  const tools = right.getIn(['permissions', 'allowed_tools']);
  if (!isSeq(tools)) {
    return false;
  }
  const position = tools.items.findIndex((item) => isScalar(item) && item.value === tool);
  tools.delete(position);
  return position >= 0 && JSON.stringify(left.toJS()) === JSON.stringify(right.toJS());
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function broken(path: string, problem: string): CommandFailure {
  return new CommandFailure(`${path}: ${problem}`, { code: 'unexpected_shape', exitCode: EXIT.refused });
}
