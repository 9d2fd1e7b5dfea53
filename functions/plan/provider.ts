import type { RunInput } from '../../contracts/api.ts';
import type { Budgets } from '../../domain/budget/daily-caps.ts';
import type { ModelProviderName, Prices } from '../../domain/budget/prices.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import type { ToolDefinition } from '../../domain/tool/definition.ts';
import type { OpenRunRecord } from '../adapters/runs.ts';
import type { Transcript, Turn } from '../adapters/transcripts.ts';

/**
 * Asks one model one question. It translates, and nothing else: what may be asked, what it costs and what becomes of the
 * answer is decided by its callers. Another provider is one more file beside `bedrock.ts`; docs/models.md
 *
 * @throws ModelUnavailable when another model may still answer, any other error when the question is wrong
 */
export type ModelProvider = (request: ModelRequest) => Promise<ModelAnswer>;

export type ModelProviders = Readonly<Record<ModelProviderName, ModelProvider>>;

export interface ModelRequest {
  /** As its provider calls it. */
  readonly model: string;
  readonly system: readonly string[];
  /** By turns of user and assistant; the first and the last are the user's. */
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly OfferedTool[];
  /** The one tool that the answer must use. @default the model chooses, or uses none */
  readonly mustUse?: string;
  readonly maxOutputTokens: number;
}

export interface OfferedTool {
  readonly name: string;
  readonly description: string;
  /** JSON schema of the arguments. */
  readonly input: Readonly<Record<string, unknown>>;
}

export type ModelMessage =
  | { readonly role: 'user'; readonly content: readonly UserContent[] }
  | {
      readonly role: 'assistant';
      readonly text: string;
      readonly toolUses: readonly ToolUse[];
      /** The message itself, if the provider that is asked has written it: to be given back as it was. */
      readonly message?: unknown;
    };

export type UserContent =
  | { readonly text: string }
  | {
      readonly toolUseId: string;
      readonly isError: boolean;
      readonly texts: readonly string[];
    };

/** What a model wants to be called; untrusted. */
export interface ToolUse {
  readonly toolUseId: string;
  readonly tool: string;
  readonly arguments: unknown;
}

export interface ModelAnswer {
  /** What `ModelMessage.message` is to be when the conversation goes on. JSON. */
  readonly message: unknown;
  readonly text: string;
  readonly toolUses: readonly ToolUse[];
  /**
   * `finished`: it has said what it meant to, or which tools to use; `malformed`: it meant to use a tool, and how cannot be
   * read; `cut_off`: it was longer than `maxOutputTokens`; `stopped`: anything else has ended it.
   */
  readonly end: 'finished' | 'malformed' | 'cut_off' | 'stopped';
  /** Why it ended, in the provider's words. */
  readonly stopReason: string;
  /** Absent when the provider does not say; it is then charged the most that it can have been. */
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number };
}

/** A model cannot be asked now, which says nothing of the question. Nothing is charged; another model is asked, or later. */
export class ModelUnavailable extends Error {
  override readonly name = 'ModelUnavailable';
  readonly code: 'throttled' | 'unavailable' | 'timeout' | 'overloaded';

  /** @param detail - in the provider's words */
  constructor(model: string, code: ModelUnavailable['code'], detail: string) {
    super(`model '${model}' is out: ${code} (${detail})`);
    this.code = code;
  }
}

/** What a proposer may look at. */
export interface Conversation extends Transcript {
  readonly run: OpenRunRecord;
  readonly envelope: Envelope;
  /** Tools that the workflow may use. */
  readonly tools: readonly ToolDefinition[];
  readonly input: RunInput;
  /** Everything that was proposed in this run, and what came of it. */
  readonly turns: readonly Turn[];
  readonly prices: Prices;
  readonly budgets: Budgets;
  readonly economies: Economies;
}

/** What is saved because a budget runs low. */
export interface Economies {
  readonly smallerModel: boolean;
  readonly lessContext: boolean;
}

export const NO_ECONOMIES: Economies = { smallerModel: false, lessContext: false };

/** What is proposed next: calls in order, or none when the run has finished. */
export interface Proposals
  extends Pick<Turn, 'message' | 'text' | 'tokens' | 'asked'>,
    Pick<Transcript, 'pinned' | 'route'> {
  readonly proposals: readonly { readonly proposal: unknown; readonly toolUseId?: string }[];
}

/**
 * A source of proposals. Everything it returns is untrusted: each proposal is validated and decided as a call of its own.
 *
 * @throws NoProposals when asking again would not help; the run ends as stopped, with the reason
 */
export type Proposer = (conversation: Conversation) => Promise<Proposals>;

/** The model may not be asked, or its answer leads nowhere. Ends the run as stopped; not retried. */
export class NoProposals extends Error {
  override readonly name = 'NoProposals';
  /** `budget_exhausted`, `daily_budget_exhausted`, `tokens_exhausted`, `model_unpriced`, `model_stopped`, `invalid_proposals` or `run_not_open`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** What models have taken for a conversation so far, in and out. */
export function tokensOf(turns: readonly Turn[]): number {
  return turns.reduce((sum, { tokens = 0 }) => sum + tokens, 0);
}
