import type { Proposal, Reason } from '../../contracts/call.ts';
import type { EventBody } from '../../contracts/events.ts';
import { ledgerEvent } from '../../domain/audit/event.ts';
import { hasPrice } from '../../domain/budget/prices.ts';
import { digestOf } from '../../domain/call/canonical.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import { withoutModel } from '../../domain/envelope/without-model.ts';
import { timestamp } from '../../domain/time.ts';
import { transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import { runIsOpen } from '../adapters/runs.ts';
import type { PinnedModels, Route } from '../adapters/transcripts.ts';
import type { Asking } from './ask.ts';
import { type Conversation, NoProposals } from './provider.ts';
import { triage } from './triage.ts';

type ModelRouted = Extract<EventBody, { type: 'model.routed' }>;

/** Who works on a run, from its first turn to its last. */
export interface Routed {
  readonly route: Route;
  readonly pinned: PinnedModels;
  /** What no model is needed for. */
  readonly proposals: readonly Proposal[];
  /** Of the router, in and out. */
  readonly tokens: number;
}

/**
 * Chooses who works on the run, and records it with what is pinned. A plan that is repeated before its transcript was
 * kept chooses again, and records that too.
 *
 * @throws NoProposals when a model is needed and its cost is unknown
 */
export async function routeOf(
  asking: Asking,
  conversation: Conversation,
  turn: string,
  tokensLeft: number,
): Promise<Routed> {
  const { route, pinned, envelope, tools, input, turns } = conversation;
  if (route !== undefined && pinned !== undefined) {
    return { route, pinned, proposals: [], tokens: 0 };
  }
  const pins = pinnedModels(envelope.models);
  const isBeginning = turns.length === 0;
  const { without_model: rules = [] } = envelope.models;
  const toolOf = (name: string) => tools.find((tool) => tool.name === name);
  const matched = isBeginning ? withoutModel(rules, input.prompt ?? '', toolOf) : undefined;
  if (matched !== undefined) {
    const message = `rule ${matched.rule + 1} of models.without_model matches the whole prompt`;
    await record(asking, turn, { route: 'none', reason: { code: 'without_model', message } });
    return { route: 'none', pinned: pins, proposals: matched.proposals, tokens: 0 };
  }
  if (!hasPrice(asking.prices, pins.reasoning)) {
    const message = `model '${pins.reasoning}' has no price in policies/prices.yaml, what it costs is unknown and it is not asked`;
    throw new NoProposals('model_unpriced', message);
  }
  const { router } = pins;
  const triaged =
    isBeginning && router !== undefined && hasPrice(asking.prices, router)
      ? await triage(asking, router, conversation, { id: `${turn}/triage`, tokensLeft })
      : { route: 'reasoning' as const, reason: NO_TRIAGE, tokens: 0 };
  await record(asking, turn, { ...triaged, pinned: pins });
  return { ...triaged, pinned: pins, proposals: [] };
}

const NO_TRIAGE: Reason = {
  code: 'no_router',
  message: 'no router says otherwise, the reasoning model works on every task',
};

function pinnedModels({ without_model: _, ...models }: Envelope['models']): PinnedModels {
  return models;
}

/** The id sorts behind that of triage, should both be of one millisecond. */
async function record(
  { client, clock, run }: Asking,
  turn: string,
  {
    route,
    reason,
    pinned,
  }: { readonly route: Route; readonly reason: Reason; readonly pinned?: PinnedModels },
): Promise<void> {
  const model = route === 'router' ? pinned?.router : pinned?.reasoning;
  const event = ledgerEvent(run, `${turn}/triaged`, timestamp(clock), {
    type: 'model.routed',
    ...{ route, reason },
    ...(model === undefined ? {} : { model }),
    ...(pinned === undefined ? {} : { pinned: shownPins(pinned) }),
  });
  await transact(client, { run: runIsOpen(run), event: appendEvent(event) });
}

function shownPins({ instructions, ...models }: PinnedModels): NonNullable<ModelRouted['pinned']> {
  return { ...models, promptDigest: digestOf(instructions) };
}
