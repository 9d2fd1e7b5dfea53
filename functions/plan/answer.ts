import type { Reason } from '../../contracts/call.ts';
import { loggedReason } from '../../domain/audit/event.ts';
import { type ParsedProposal, parseProposal } from '../../domain/call/proposal.ts';
import { redactText } from '../../domain/redaction/redact.ts';
import type { ToolDefinition } from '../../domain/tool/definition.ts';
import { findTool } from '../tools/registry.ts';
import type { ModelAnswer, ToolUse, UserContent } from './provider.ts';
import type { Question, WrittenMessage } from './question.ts';

/** A use of a tool, and why it cannot be carried out; no reasons when it can. */
interface JudgedUse extends ToolUse {
  readonly reasons: readonly Reason[];
}

/** Of those that differ; a model that guesses may make up dozens of tools. */
const MAXIMUM_LOGGED_REASONS = 10;

/**
 * What is wrong with an answer, in words that may be kept: nothing of it is carried out then. Each call is parsed here as
 * authorize will parse it, so that a mistake goes back to whoever made it and to nobody else.
 */
export function wrongWith(answer: ModelAnswer, allowed: readonly ToolDefinition[]): readonly Reason[] {
  if (isUnreadable(answer)) {
    const message = `the answer cannot be read (${answer.stopReason})`;
    return [{ code: 'unreadable', message }];
  }
  if (answer.end !== 'finished') {
    return [];
  }
  const every = judged(answer, allowed).flatMap(({ tool, reasons }) =>
    reasons.map(({ code, message }) => ({ code, message: `${shownTool(tool)}: ${message}` })),
  );
  const all = [...new Map(every.map((reason) => [reason.message, reason])).values()];
  const shown = all.slice(0, MAXIMUM_LOGGED_REASONS);
  const more = all.length - shown.length;
  return more === 0 ? shown : [...shown, { code: 'and_more', message: `${more} more mistakes` }];
}

/** The question again, with what was wrong about the answer to it. */
export function correctedQuestion(
  question: Question,
  answered: WrittenMessage,
  answer: ModelAnswer,
  allowed: readonly ToolDefinition[],
): Question {
  const { messages } = question;
  if (isUnreadable(answer)) {
    // what it said may be nothing at all, which no conversation can hold
    const last = messages.at(-1);
    const content = last?.role === 'user' ? last.content : [];
    return {
      ...question,
      messages: [...messages.slice(0, -1), { role: 'user', content: [...content, UNREADABLE] }],
    };
  }
  const content = judged(answer, allowed).map(({ toolUseId, reasons }): UserContent => {
    const why = reasons.map(({ message }) => message).join('; ');
    const text = why === '' ? NOT_CARRIED_OUT : `not carried out, correct it and propose it again: ${why}`;
    return { toolUseId, isError: true, texts: [text] };
  });
  return { ...question, messages: [...messages, answered, { role: 'user', content }] };
}

const UNREADABLE = {
  text: 'Your last answer could not be read: how it uses a tool is malformed. Nothing of it was carried out; answer again.',
};
const NOT_CARRIED_OUT =
  'not carried out, because another call of the same answer was wrong; propose it again with that one corrected';

function judged({ toolUses }: ModelAnswer, allowed: readonly ToolDefinition[]): readonly JudgedUse[] {
  return toolUses.map((use) => ({ ...use, reasons: reasonsAgainst(use, allowed).map(loggedReason) }));
}

/** Also when two uses have one id: what came of them could not be told apart. */
function isUnreadable({ end, toolUses }: ModelAnswer): boolean {
  const ids = new Set(toolUses.map(({ toolUseId }) => toolUseId));
  return end === 'malformed' || (end === 'finished' && ids.size < toolUses.length);
}

function reasonsAgainst(
  { tool, arguments: input }: ToolUse,
  allowed: readonly ToolDefinition[],
): readonly Reason[] {
  const parsed: ParsedProposal = parseProposal({ tool, arguments: input }, findTool);
  if (!parsed.ok) {
    return parsed.reasons;
  }
  const isAllowed = allowed.some(({ name }) => name === tool);
  const message = `tool '${tool}' is not among the workflow's allowed_tools`;
  return isAllowed ? [] : [{ code: 'tool_not_in_envelope', message }];
}

const MAXIMUM_TOOL_LENGTH = 60;

/** The name of a tool that does not exist can be anything. */
function shownTool(tool: string): string {
  return redactText(tool.slice(0, MAXIMUM_TOOL_LENGTH).toWellFormed()).value;
}
