import { hasPrice, modelPrice, type Prices } from '../../domain/budget/prices.ts';
import type { PinnedModels, Route } from '../adapters/transcripts.ts';
import type { Ask } from './ask.ts';
import type { Economies } from './provider.ts';

/** Models to ask, one after the other, while those before are out. */
export interface Choice {
  readonly models: readonly [string, ...string[]];
  /** Why the first is not the one that the route names. */
  readonly insteadOf?: Ask['insteadOf'];
}

/** INVARIANT: a model without a price is in none: a cost that is unknown cannot be held. */
export function chooseModel(
  route: Route,
  { router, reasoning, fallback }: PinnedModels,
  { smallerModel }: Economies,
  prices: Prices,
): Choice {
  const isPriced = (model: string | undefined) => model !== undefined && hasPrice(prices, model);
  const routed = route === 'router' && router !== undefined && isPriced(router) ? router : reasoning;
  const smaller = smallerModel ? [router, fallback].find(isPriced) : undefined;
  const isSmaller = smaller !== undefined && smaller !== routed && isCheaper(prices, smaller, routed);
  const first = isSmaller ? smaller : routed;
  const others = [routed, reasoning, fallback]
    .filter((model) => model !== undefined)
    .filter((model, index, all) => isPriced(model) && model !== first && all.indexOf(model) === index);
  const why = { code: 'smaller_model', message: 'a budget of the run is nearly used up' };
  return {
    models: [first, ...others],
    ...(isSmaller ? { insteadOf: { model: routed, why } } : {}),
  };
}

/** Not dearer in anything, and cheaper in something. */
function isCheaper(prices: Prices, model: string, than: string): boolean {
  const [one, other] = [modelPrice(prices, model), modelPrice(prices, than)];
  const differences = [
    one.inputMicroDollarsPerToken - other.inputMicroDollarsPerToken,
    one.outputMicroDollarsPerToken - other.outputMicroDollarsPerToken,
  ];
  return (
    differences.every((difference) => difference <= 0) && differences.some((difference) => difference < 0)
  );
}
