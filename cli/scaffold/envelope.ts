import { basename } from 'node:path';
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Scalar, type YAMLSeq } from 'yaml';
import { CommandFailure, EXIT } from '../failure.ts';

/** What a scaffold needs to know of an envelope. */
export interface EnvelopeFile {
  readonly workflow: string;
  readonly agent: string;
  readonly reviewerRole: string;
  readonly approvalRoles: readonly string[];
  readonly approvalQuorum: number;
  readonly allowedTools: readonly string[];
  /** Whether it is compiled to permits of what it lists. */
  readonly permitsTools: boolean;
  /** `write_actions_require_approval` */
  readonly writesNeedApproval: boolean;
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
    approvalQuorum: written.permissions?.approval_quorum ?? 1,
    allowedTools: allowed_tools,
    permitsTools: permitsTools(written),
    writesNeedApproval: written.permissions?.write_actions_require_approval === true,
  };
}

interface Written {
  readonly permissions?: {
    readonly permit_allowed_tools?: boolean;
    readonly write_actions_require_approval?: boolean;
  };
  readonly policy?: { readonly tools?: unknown };
  readonly refunds?: unknown;
}

/** As docs/policy.md says it, "What it compiles to". */
function permitsTools({ permissions, policy, refunds }: Written): boolean {
  const says = [policy?.tools, refunds, permissions?.write_actions_require_approval];
  return permissions?.permit_allowed_tools ?? says.some((each) => each !== undefined);
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
 * The envelope with one more tool, which nothing in it permits: the policies of the scaffold do. In an envelope that is
 * compiled to permits it is a rule `default: deny`, else one more allowed tool, in its place if the list is in alphabetical
 * order. Nothing else changes: where to insert comes from the document's nodes, and the rest of the text stays as people
 * have written it.
 *
 * @throws CommandFailure when there is no such list
 */
export function withTool(path: string, text: string, tool: string): string {
  const document = parseDocument(text);
  const { permissions, policy, ...others } = document.toJS() ?? {};
  const isListed = permissions?.allowed_tools !== undefined || policy?.tools === undefined;
  return permitsTools({ permissions, policy, ...others }) || !isListed
    ? withDeniedTool(path, text, tool)
    : withAllowedTool(path, text, tool);
}

function withAllowedTool(path: string, text: string, tool: string): string {
  const list = parseDocument(text).getIn(ALLOWED_TOOLS);
  if (!isSeq(list)) {
    throw broken(path, 'expected a list permissions.allowed_tools');
  }
  const items = list.items.filter((item) => isScalar<string>(item));
  if (items.some(({ value }) => value === tool)) {
    return text;
  }
  return checked(path, text, inserted(text, list, items, tool), ALLOWED_TOOLS);
}

const ALLOWED_TOOLS = ['permissions', 'allowed_tools'];
const RULES = ['policy', 'tools'];

function withDeniedTool(path: string, text: string, tool: string): string {
  const document = parseDocument(text);
  const rules = document.getIn(RULES);
  const rule = (indent: string) => `${indent}- name: ${tool}\n${indent}  default: deny`;
  if (!document.has('policy')) {
    return checked(path, text, `${text.trimEnd()}\npolicy:\n  tools:\n${rule('    ')}\n`, RULES);
  }
  if (!isSeq(rules) || rules.flow) {
    throw broken(path, 'expected a list policy.tools with a line for each');
  }
  const [first, last] = [rules.items[0], rules.items.at(-1)];
  const start = isMap(first) ? (first.range?.[0] ?? 0) : 0;
  const [indent = ''] = /^ */.exec(text.slice(text.lastIndexOf('\n', start) + 1)) ?? [];
  const end = text.slice(0, isMap(last) ? (last.range?.[1] ?? 0) : 0).trimEnd().length;
  const newline = text.indexOf('\n', end);
  const after = newline === -1 ? text.length : newline;
  return checked(path, text, `${text.slice(0, after)}\n${rule(indent)}${text.slice(after)}`, RULES);
}

/** INVARIANT: the file says what it said before, and the tool; comments at odd places must not change that. */
function checked(path: string, before: string, after: string, list: readonly string[]): string {
  if (!isOneMore(before, after, list)) {
    throw broken(path, `the tool cannot be added to ${list.join('.')}, add it by hand`);
  }
  return after;
}

/** Of the policy that an envelope with `write_actions_require_approval` is compiled to for one tool. */
export function writeGuardId(workflow: string, text: string, tool: string): string {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const node = document.getIn(['permissions', 'write_actions_require_approval'], true);
  const { line } = lines.linePos(isScalar(node) ? (node.range?.[0] ?? 0) : 0);
  return `envelopes/${workflow}/L${line}-write-actions-require-approval-${tool.replaceAll(/[._]/g, '-')}`;
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

/** Whether nothing but one more item of the list is in `after`. */
function isOneMore(before: string, after: string, list: readonly string[]): boolean {
  const [left, right] = [before, after].map((text) => parseDocument(text));
  const items = right?.getIn(list);
  if (!left || !right || right.errors.length > 0 || !isSeq(items)) {
    return false;
  }
  const already = left.getIn(list);
  const known: readonly unknown[] = isSeq(already) ? already.toJSON() : [];
  const added = items.items.filter((_, index) => !isAmong(known, items.toJSON()[index]));
  items.items = items.items.filter((item) => !added.includes(item));
  if (!isSeq(already)) {
    right.delete(list[0]);
  }
  return added.length === 1 && JSON.stringify(left.toJS()) === JSON.stringify(right.toJS());
}

function isAmong(known: readonly unknown[], item: unknown): boolean {
  return known.some((each) => JSON.stringify(each) === JSON.stringify(item));
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function broken(path: string, problem: string): CommandFailure {
  return new CommandFailure(`${path}: ${problem}`, { code: 'unexpected_shape', exitCode: EXIT.refused });
}
