import { z } from 'zod';
import type { Proposal } from '../../contracts/call.ts';
import { parseProposal } from '../call/proposal.ts';
import { fieldErrors } from '../fields.ts';
import { expectedOneOf } from '../nearest.ts';
import { patternProblem } from '../redaction/patterns.ts';
import type { ToolDefinition } from '../tool/definition.ts';
import type { Envelope } from './envelope.ts';
import type { EnvelopeNote } from './normalise.ts';

type Rule = NonNullable<Envelope['models']['without_model']>[number];
type FindTool = (name: string) => ToolDefinition | undefined;

/** Of prompts that rules are tried on. What is longer is no routine task, and matching takes time by length. */
export const LONGEST_MATCHED_PROMPT = 1000;

const NAMED_GROUP = /\(\?<([A-Za-z]\w*)>/g;
const PLACE = /\{([A-Za-z]\w*)\}/g;
const IGNORES_CASE = '(?i)';

/** What a rule proposes for a prompt, and which rule it is, from 0. */
export interface WithoutModel {
  readonly rule: number;
  readonly proposals: readonly Proposal[];
}

/**
 * The first rule that matches the whole prompt, white space around it aside, and whose calls are what their tools take.
 *
 * @returns undefined when a model is needed
 */
export function withoutModel(
  rules: readonly Rule[],
  prompt: string,
  findTool: FindTool,
): WithoutModel | undefined {
  const text = prompt.trim();
  if (text.length > LONGEST_MATCHED_PROMPT) {
    return undefined;
  }
  for (const [rule, { match, propose }] of rules.entries()) {
    const groups = expressionOf(match).exec(text);
    const proposals = groups === null ? undefined : filledIn(propose, groups.groups ?? {});
    if (proposals?.every((proposal) => parseProposal(proposal, findTool).ok)) {
      return { rule, proposals };
    }
  }
  return undefined;
}

/** Whatever is wrong with the rules of an envelope, each at its place in the file. */
export function withoutModelProblems({ models, permissions }: Envelope, findTool: FindTool): EnvelopeNote[] {
  return (models.without_model ?? []).flatMap(({ match, propose }, index) => {
    const path = ['models', 'without_model', index];
    const problem = matchProblem(match);
    return problem !== undefined
      ? [note([...path, 'match'], problem)]
      : propose.flatMap((proposal, position) =>
          proposalProblems(proposal, [...path, 'propose', position], {
            groups: groupsOf(match),
            allowed: permissions.allowed_tools,
            findTool,
          }),
        );
  });
}

/** INVARIANT: matches the whole text, or `cancel #1` would match a prompt that says much more than that. */
function expressionOf(match: string): RegExp {
  const ignoresCase = match.startsWith(IGNORES_CASE);
  const source = ignoresCase ? match.slice(IGNORES_CASE.length) : match;
  return new RegExp(`^(?:${source})$`, ignoresCase ? 'i' : '');
}

/** Why an expression is not taken: it is none, or trying it could take forever. */
function matchProblem(match: string): string | undefined {
  const problem = patternProblem(match.replaceAll(NAMED_GROUP, '(?:'));
  if (problem !== undefined) {
    return problem;
  }
  try {
    expressionOf(match);
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(/^Invalid regular expression: /, '');
  }
}

function groupsOf(match: string): readonly string[] {
  return [...match.matchAll(NAMED_GROUP)].map(([, name = '']) => name);
}

function proposalProblems(
  { tool, arguments: written }: Proposal,
  path: EnvelopeNote['path'],
  {
    groups,
    allowed,
    findTool,
  }: { readonly groups: readonly string[]; readonly allowed: readonly string[]; readonly findTool: FindTool },
): EnvelopeNote[] {
  const definition = findTool(tool);
  if (definition === undefined || !allowed.includes(tool)) {
    return [note([...path, 'tool'], `tool '${tool}' is not allowed${expectedOneOf(tool, allowed)}`)];
  }
  const places = placesIn(written);
  const strange = places.filter((name) => !groups.includes(name));
  if (strange.length > 0) {
    const message = `{${strange[0]}} is no group of match${expectedOneOf(strange[0] ?? '', groups)}`;
    return [note([...path, 'arguments'], message)];
  }
  const parsed = definition.input.safeParse(written);
  return parsed.success
    ? []
    : fieldErrors(parsed.error)
        .filter(({ field }) => mayBeTold(field, written, definition))
        .map(({ field, message }) => note([...path, 'arguments'], `${tool}: ${field}: ${message}`));
}

/** What a text with a place in it will be is known with the prompt only, but not that a number is expected there. */
function mayBeTold(field: string, written: Proposal['arguments'], { input }: ToolDefinition): boolean {
  const [argument = ''] = field.split('.');
  const value = Object.hasOwn(written, argument) ? written[argument] : undefined;
  if (placesIn(value).length === 0) {
    return true;
  }
  const { properties = {} } = z.toJSONSchema(input);
  const schema = properties[argument];
  return typeof value === 'string' && typeof schema === 'object' && schema.type !== 'string';
}

function placesIn(value: unknown): readonly string[] {
  return typeof value === 'string'
    ? [...value.matchAll(PLACE)].map(([, name = '']) => name)
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(placesIn)
      : [];
}

/** @returns undefined when a group that is needed has matched nothing */
function filledIn(
  proposals: readonly Proposal[],
  groups: Readonly<Record<string, string | undefined>>,
): readonly Proposal[] | undefined {
  const needed = proposals.flatMap((proposal) => placesIn(proposal.arguments));
  return needed.every((name) => groups[name] !== undefined)
    ? proposals.map((proposal) => ({
        ...proposal,
        arguments: filled(proposal.arguments, groups) as Proposal['arguments'],
      }))
    : undefined;
}

function filled(value: unknown, groups: Readonly<Record<string, string | undefined>>): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(PLACE, (_, name: string) => groups[name] ?? '');
  }
  if (Array.isArray(value)) {
    return value.map((each) => filled(each, groups));
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, filled(member, groups)]))
    : value;
}

function note(path: EnvelopeNote['path'], message: string): EnvelopeNote {
  return { path, message: `${path.join('.')}: ${message}` };
}
