import { z } from 'zod';

const Text = z.string().min(1);
const Dollars = z.number().nonnegative();

/** Who says so, and when they did. */
const SOURCED = {
  source: z.url('expected the page that says so'),
  as_of: z.iso.date('expected the day on which the source said so, such as 2026-11-01'),
};

/** Who serves models. Each is one file of functions/plan; docs/models.md */
export const MODEL_PROVIDERS = ['bedrock'] as const;
export type ModelProviderName = (typeof MODEL_PROVIDERS)[number];

/** `policies/prices.yaml`: what models, tools and people cost. */
export const PricesShape = z.strictObject({
  version: Text.max(40).describe('of the table, in your own counting; on record with every use of it'),
  models: z.record(
    z.string(),
    z.strictObject({
      input_usd_per_million_tokens: Dollars,
      output_usd_per_million_tokens: Dollars,
      provider: z.enum(MODEL_PROVIDERS).optional().describe('who serves it @default bedrock'),
      ...SOURCED,
    }),
  ),
  tools: z
    .record(z.string(), z.strictObject({ usd_per_call: Dollars, ...SOURCED }))
    .default({})
    .describe('what somebody else charges for a call, beside what the tool itself finds out'),
  infrastructure: z
    .strictObject({ usd_per_run: Dollars, usd_per_turn: Dollars, usd_per_call: Dollars, ...SOURCED })
    .describe('what this deployment itself costs; npm run bench -- cost measures it'),
  people: z
    .strictObject({ usd_per_hour: Dollars, minutes_per_verdict: z.number().nonnegative() })
    .describe('what the time of those who decide costs, as your finance department has it'),
});

export type Prices = z.output<typeof PricesShape>;

/** Dollars per million tokens equal micro-dollars per token. */
export interface ModelPrice {
  readonly inputMicroDollarsPerToken: number;
  readonly outputMicroDollarsPerToken: number;
}

/** Whether a model may be asked: what an answer costs must be known before. */
export function hasPrice({ models }: Prices, model: string): boolean {
  return Object.hasOwn(models, model);
}

export function providerOf({ models }: Prices, model: string): ModelProviderName {
  return models[model]?.provider ?? 'bedrock';
}

/** @throws Error for a model without a price: an unknown cost is not zero. */
export function modelPrice({ models }: Prices, model: string): ModelPrice {
  const price = Object.hasOwn(models, model) ? models[model] : undefined;
  if (price === undefined) {
    throw new Error(`model '${model}' has no price, expected one of ${Object.keys(models).join(', ')}`);
  }
  return {
    inputMicroDollarsPerToken: price.input_usd_per_million_tokens,
    outputMicroDollarsPerToken: price.output_usd_per_million_tokens,
  };
}

/** What somebody else charges for one call of a tool, in whole micro-dollars, rounded up; 0 for a tool without a price. */
export function toolPrice({ tools }: Pick<Prices, 'tools'>, tool: string): number {
  return Object.hasOwn(tools, tool) ? Math.ceil(exactMicroDollars(tools[tool]?.usd_per_call ?? 0)) : 0;
}

/** Prices are written in decimals that binary fractions miss by a hair, which rounding up must not take for more. */
const DECIMALS_OF_MICRO = 6;

/** Dollars as micro-dollars, not rounded to whole ones. */
export function exactMicroDollars(dollars: number): number {
  return Number((dollars * 1_000_000).toFixed(DECIMALS_OF_MICRO));
}

/** In micro-dollars, not rounded. */
export function modelCost(price: ModelPrice, inputTokens: number, outputTokens: number): number {
  return inputTokens * price.inputMicroDollarsPerToken + outputTokens * price.outputMicroDollarsPerToken;
}
