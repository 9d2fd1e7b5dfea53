import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Reason } from '../../contracts/call.ts';
import type { EventBody } from '../../contracts/events.ts';
import { ledgerEvent } from '../../domain/audit/event.ts';
import type { Budgets } from '../../domain/budget/daily-caps.ts';
import { modelCost, modelPrice, type Prices, providerOf } from '../../domain/budget/prices.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import { type Clock, timestamp } from '../../domain/time.ts';
import { cachedAnswer } from '../adapters/cache.ts';
import { transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import { type OpenRunRecord, runIsOpen } from '../adapters/runs.ts';
import type { Asked } from '../adapters/transcripts.ts';
import { holdMoney } from './money.ts';
import { type Measured, mostInputTokens } from './most-tokens.ts';
import { type ModelAnswer, type ModelProviders, ModelUnavailable, NoProposals } from './provider.ts';
import { frameOf, messagesFor, type Question } from './question.ts';

type ModelCalled = Extract<EventBody, { type: 'model.called' }>;

/** Who asks, for which run, and what it costs. */
export interface Asking {
  readonly client: DynamoDBDocumentClient;
  readonly clock: Clock;
  readonly providers: ModelProviders;
  readonly prices: Prices;
  readonly budgets: Budgets;
  readonly envelope: Envelope;
  readonly run: OpenRunRecord;
}

/** One question as it is paid and recorded. */
export interface Ask {
  /** Of its event. */
  readonly id: string;
  readonly question: Question;
  /** The last answered question of the conversation, if it is known what it took. */
  readonly before?: Measured | undefined;
  /** In and out. */
  readonly tokensLeft: number;
  readonly purpose?: ModelCalled['purpose'];
  readonly insteadOf?: ModelCalled['insteadOf'] | undefined;
  /** What is wrong with an answer, fit for the log; then nothing of it is carried out. */
  readonly wrongWith: (answer: ModelAnswer) => readonly Reason[];
}

export interface Answered {
  readonly answer: ModelAnswer;
  readonly asked: Asked;
  /** That were taken for it, in and out; none when it was answered before. */
  readonly tokens: number;
  readonly wrong: readonly Reason[];
  /** Whether the answer could have been longer, had the run more tokens left. */
  readonly isLimited: boolean;
}

/**
 * Asks the first of the models that is not out. What the event says is about the one that was to be asked.
 *
 * @throws ModelUnavailable when all are; nothing is held then
 * @throws NoProposals when the run cannot pay the first
 */
export async function askFirst(
  asking: Asking,
  [model = '', ...others]: readonly string[],
  ask: Ask,
): Promise<Answered> {
  try {
    return await askOne(asking, model, ask);
  } catch (error) {
    if (!(error instanceof ModelUnavailable) || others.length === 0) {
      throw error;
    }
    const outage = { model, why: { code: error.code, message: error.message } };
    // of a smaller model that is out, the one that it stood for may be next
    const stands = ask.insteadOf !== undefined && ask.insteadOf.model !== others[0];
    const insteadOf = stands ? ask.insteadOf : outage;
    try {
      return await askFirst(asking, others, { ...ask, insteadOf });
    } catch (later) {
      // that another model is too dear is no reason to end the run: this one may answer later
      throw later instanceof NoProposals ? error : later;
    }
  }
}

/** As the envelope allows, what the model has answered to the very same question in this tenant is used again. */
async function askOne(asking: Asking, model: string, ask: Ask): Promise<Answered> {
  const { client, clock, prices, envelope, run } = asking;
  const seconds = envelope.cache?.model_answers;
  if (seconds === undefined) {
    return askAndPay(asking, model, ask);
  }
  const messages = messagesFor(providerOf(prices, model), ask.question.messages);
  const request = { tenant: run.tenant, seconds, request: { ...ask.question, model, messages }, clock };
  const { answer, cached } = await cachedAnswer(
    client,
    request,
    () => askAndPay(asking, model, ask),
    isWhole,
  );
  return cached ? givenAgain(asking, answer, ask) : answer;
}

function isWhole({ answer, wrong, isLimited }: Answered): boolean {
  return answer.end === 'finished' && wrong.length === 0 && !isLimited;
}

async function givenAgain(
  { client, clock, prices, run }: Asking,
  answered: Answered,
  { id, purpose, insteadOf }: Ask,
): Promise<Answered> {
  const event = ledgerEvent(run, id, timestamp(clock), {
    type: 'model.called',
    ...{ model: answered.asked.model, inputTokens: 0, outputTokens: 0, costMicroDollars: 0, cached: true },
    ...(purpose === undefined ? {} : { purpose }),
    ...(insteadOf === undefined ? {} : { insteadOf }),
    prices: prices.version,
  });
  await transact(client, { run: runIsOpen(run), event: appendEvent(event) });
  return { ...answered, tokens: 0 };
}

/** Sets aside the most that it may cost, asks, and corrects that to the tokens. */
async function askAndPay(asking: Asking, model: string, ask: Ask): Promise<Answered> {
  const { client, clock, providers, prices, budgets, envelope, run } = asking;
  const { question, before, tokensLeft, purpose, insteadOf } = ask;
  const price = modelPrice(prices, model);
  const provider = providerOf(prices, model);
  const mostInput = mostInputTokens(question, model, before);
  const maxOutputTokens = Math.min(question.maxOutputTokens, tokensLeft - mostInput);
  // INVARIANT: tokens in and out never exceed the cap of the run
  if (maxOutputTokens < 1) {
    const message = `the next question may take ${mostInput} tokens and its answer one, the run has ${tokensLeft} left`;
    throw new NoProposals('tokens_exhausted', message);
  }
  const most = Math.ceil(modelCost(price, mostInput, maxOutputTokens));
  const paid = { id: ask.id, model, holdMicroDollars: most, askedAt: timestamp(clock) };
  const hold = await holdMoney(client, run, paid, { budgets, envelope, clock });
  const messages = messagesFor(provider, question.messages);
  let answer: ModelAnswer;
  try {
    answer = await providers[provider]({ ...question, model, messages, maxOutputTokens });
  } catch (error) {
    await hold.release();
    throw error;
  }
  const { inputTokens = mostInput, outputTokens = maxOutputTokens } = answer.usage ?? {};
  const wrong = ask.wrongWith(answer);
  const cost = modelCost(price, inputTokens, outputTokens);
  await hold.settle(cost, inputTokens + outputTokens, ({ chargedMicroDollars }) =>
    ledgerEvent(run, ask.id, timestamp(clock), {
      type: 'model.called',
      ...{ model, inputTokens, outputTokens, costMicroDollars: chargedMicroDollars },
      ...(purpose === undefined ? {} : { purpose }),
      ...(insteadOf === undefined ? {} : { insteadOf }),
      ...(wrong.length === 0 ? {} : { invalid: wrong }),
      prices: prices.version,
    }),
  );
  return {
    ...{ answer, wrong, tokens: inputTokens + outputTokens },
    asked: { provider, model, inputTokens, outputTokens, frame: frameOf(question) },
    isLimited: maxOutputTokens < question.maxOutputTokens,
  };
}
