/** Dollars per million tokens equal micro-dollars per token. */
export interface ModelPrice {
  readonly inputMicroDollarsPerToken: number;
  readonly outputMicroDollarsPerToken: number;
}

/**
 * On-demand list prices, the ones that Anthropic and Amazon Bedrock published when these models came out (2025-10).
 * Compare with the pricing page of your region before you rely on a cap.
 */
const MODEL_PRICES: Readonly<Record<string, ModelPrice>> = {
  'us.anthropic.claude-sonnet-4-5-20250929-v1:0': {
    inputMicroDollarsPerToken: 3,
    outputMicroDollarsPerToken: 15,
  },
  'us.anthropic.claude-haiku-4-5-20251001-v1:0': {
    inputMicroDollarsPerToken: 1,
    outputMicroDollarsPerToken: 5,
  },
};

/** @throws Error for a model without a price: an unknown cost is not zero. */
export function modelPrice(model: string): ModelPrice {
  const price = MODEL_PRICES[model];
  if (price === undefined) {
    throw new Error(`model '${model}' has no price, expected one of ${Object.keys(MODEL_PRICES).join(', ')}`);
  }
  return price;
}

/** Models whose cost is known. */
export const PRICED_MODELS: readonly string[] = Object.keys(MODEL_PRICES);

/** In micro-dollars, not rounded. */
export function modelCost(price: ModelPrice, inputTokens: number, outputTokens: number): number {
  return inputTokens * price.inputMicroDollarsPerToken + outputTokens * price.outputMicroDollarsPerToken;
}
