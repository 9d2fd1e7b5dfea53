import type { RunInput } from '../../contracts/api.ts';
import type { Budgets } from '../../domain/budget/daily-caps.ts';
import type { Prices } from '../../domain/budget/prices.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import type { ToolDefinition } from '../../domain/tool/definition.ts';
import type { OpenRunRecord } from '../adapters/runs.ts';
import type { Turn } from '../adapters/transcripts.ts';

/** What a provider may look at. */
export interface Conversation {
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

/** What a model proposes next: calls in order, or none when it has finished. */
export interface Proposals {
  readonly proposals: readonly { readonly proposal: unknown; readonly toolUseId?: string }[];
  /** The model's own message, kept so that the conversation can go on from it. */
  readonly message?: unknown;
  /** In and out; absent when no model was asked. */
  readonly tokens?: number;
}

/**
 * A source of proposals. Everything it returns is untrusted: each proposal is validated and decided as a call of its
 * own. Another provider is one more file beside this one.
 *
 * @throws NoProposals when asking again would not help; the run ends as stopped, with the reason
 */
export type ModelProvider = (conversation: Conversation) => Promise<Proposals>;

/** The model cannot be asked, or has stopped without finishing. Ends the run as stopped; not retried. */
export class NoProposals extends Error {
  override readonly name = 'NoProposals';
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
