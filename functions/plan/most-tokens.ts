import { frameOf, type Question, type WrittenMessage } from './question.ts';

/** A question that was answered: what it took, and what it said. */
export interface Measured {
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly frame: string;
  /** Those of the question, and the answer. */
  readonly messages: readonly WrittenMessage[];
}

/** For marks between messages, and tokens that were one across a boundary that is now elsewhere. */
const SLACK_TOKENS = 256;

/**
 * What a question can take at most. INVARIANT: no token is shorter than a byte. Where the same model has told what it took for
 * the conversation up to its last answer, only what is new counts by its bytes, so the bound is near the truth from the
 * second question on. What is left out since then only makes it less.
 *
 * @param before - the last answered question, if it is known what it took
 */
export function mostInputTokens(question: Question, model: string, before?: Measured): number {
  const { system, tools, messages } = question;
  const all = bytesOf([...system, ...tools]) + messages.reduce((sum, each) => sum + messageBytes(each), 0);
  if (before === undefined || before.model !== model || before.frame !== frameOf(question)) {
    return all;
  }
  const added = messages
    .filter((message, index) => JSON.stringify(message) !== JSON.stringify(before.messages[index]))
    .reduce((sum, each) => sum + messageBytes(each), 0);
  return Math.min(all, before.inputTokens + before.outputTokens + added + SLACK_TOKENS);
}

/** What a model has written goes back as its own message, or as words and tool uses; the longer counts. */
function messageBytes(message: WrittenMessage): number {
  if (message.role === 'user') {
    return bytesOf(message.content);
  }
  const { text, toolUses, message: own } = message;
  return Math.max(bytesOf({ text, toolUses }), own === undefined ? 0 : bytesOf(own));
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
