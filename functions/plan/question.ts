import { z } from 'zod';
import type { CallResult, ExecuteResult, Proposal } from '../../contracts/call.ts';
import type { ModelProviderName } from '../../domain/budget/prices.ts';
import { digestOf } from '../../domain/call/canonical.ts';
import type { ToolDefinition } from '../../domain/tool/definition.ts';
import type { PinnedModels, Turn } from '../adapters/transcripts.ts';
import type {
  Conversation,
  ModelMessage,
  ModelRequest,
  OfferedTool,
  ToolUse,
  UserContent,
} from './provider.ts';

/** A question for any model of any provider: messages are still with whoever wrote them. */
export type Question = Omit<ModelRequest, 'model' | 'messages'> & {
  readonly messages: readonly WrittenMessage[];
};

/** `writtenBy`: the provider whose `message` it is; another provider is given its words and tool uses. */
export type WrittenMessage = ModelMessage & { readonly writtenBy?: ModelProviderName };

/** What the model is asked next: the conversation so far, and the tools that it may use. */
export function questionOf(
  { run, tools, input, turns, economies }: Conversation,
  { instructions, max_output_tokens: maxOutputTokens }: PinnedModels,
): Question {
  return {
    system: [instructions, `You act for user '${run.user.id}' of tenant '${run.tenant}'.`],
    messages: messagesOf(input.prompt ?? '', turns, economies.lessContext),
    tools: tools.map(offeredTool),
    maxOutputTokens,
  };
}

/** The messages that a question had, and the message that answered it. @param turns - the last is the one that it led to */
export function answeredMessages(prompt: string, turns: readonly Turn[]): readonly WrittenMessage[] {
  const last = turns.at(-1);
  const before = messagesOf(prompt, turns.slice(0, -1), last?.asked?.lessContext === true);
  return last === undefined ? before : [...before, assistantMessage(last)];
}

/** The same for equal instructions and tools. */
export function frameOf({ system, tools }: Pick<Question, 'system' | 'tools'>): string {
  return digestOf({ system, tools });
}

/** Messages as one provider takes them. */
export function messagesFor(
  provider: ModelProviderName,
  messages: readonly WrittenMessage[],
): readonly ModelMessage[] {
  return messages.map(({ writtenBy, ...written }): ModelMessage => {
    if (written.role === 'user' || writtenBy === provider) {
      return written;
    }
    const { message: _, ...words } = written;
    return words;
  });
}

function offeredTool({ name, description, input }: ToolDefinition): OfferedTool {
  const { $schema: _, ...schema } = z.toJSONSchema(input);
  return { name, description, input: schema };
}

/** Turns that are shown whole whatever is left out of those before. */
const WHOLE_TURNS = 2;

function messagesOf(prompt: string, turns: readonly Turn[], lessContext: boolean): readonly WrittenMessage[] {
  const whole = lessContext ? turns.length - WHOLE_TURNS : 0;
  return [
    { role: 'user', content: [{ text: prompt }] },
    ...turns.flatMap((turn, index) => [
      assistantMessage(turn),
      { role: 'user', content: resultsOf(turn, index < whole) } as const,
    ]),
  ];
}

function assistantMessage({ calls, text = '', message, asked }: Turn): WrittenMessage {
  const toolUses = calls.flatMap(({ toolUseId, proposal }): ToolUse[] => {
    const { tool, arguments: input } = proposal as Proposal;
    return toolUseId === undefined ? [] : [{ toolUseId, tool, arguments: input }];
  });
  // a turn that says no provider is from before there were several
  return { role: 'assistant', text, toolUses, message, writtenBy: asked?.provider ?? 'bedrock' };
}

/** INVARIANT: each use has a result, or the conversation is none that a model takes. */
function resultsOf({ calls, results }: Turn, isShort: boolean): readonly UserContent[] {
  return calls.flatMap(({ callId, toolUseId }): UserContent[] => {
    const result = results.find((each) => each.callId === callId);
    if (toolUseId === undefined) {
      return [];
    }
    const { isError, texts } = result === undefined ? NO_RESULT : resultOf(result);
    return [{ toolUseId, isError, texts: isShort ? shortened(texts) : texts }];
  });
}

const NO_RESULT = { isError: true, texts: ['not decided'] };

const LEFT_OUT = '(left out to save tokens; what a tool has read can be read again)';

/** A text that is no longer than what would stand for it stays. */
function shortened(texts: readonly string[]): readonly string[] {
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  return length <= LEFT_OUT.length ? texts : [LEFT_OUT];
}

function resultOf(result: CallResult): { readonly isError: boolean; readonly texts: readonly string[] } {
  if (result.decision === 'allow' && result.status === 'succeeded') {
    const undo = result.undo === undefined ? [] : [`undo: ${JSON.stringify(result.undo)}`];
    return { isError: false, texts: [answerOf(result), ...undo] };
  }
  return { isError: true, texts: [whyNot(result)] };
}

/** What a tool answers is given once, and not when it had to be withheld; what the call changed is known then, too. */
function answerOf({ output, effects = [] }: ExecuteResult): string {
  return output === undefined
    ? `done, but there is no answer to show; changed: ${effects.join(', ') || 'nothing'}`
    : JSON.stringify(output);
}

function whyNot(result: CallResult): string {
  switch (result.decision) {
    case 'allow':
      return result.error?.message ?? 'the outcome is unknown';
    case 'deny':
      return `refused: ${result.reasons.map(({ message }) => message).join('; ')}`;
    default:
      return 'not decided';
  }
}
