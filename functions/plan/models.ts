import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../../domain/time.ts';
import { correctedQuestion, wrongWith } from './answer.ts';
import { type Answered, type Ask, type Asking, askFirst } from './ask.ts';
import { type Choice, chooseModel } from './choose-model.ts';
import type { Measured } from './most-tokens.ts';
import {
  type Conversation,
  type ModelProviders,
  NoProposals,
  type Proposals,
  type Proposer,
  tokensOf,
} from './provider.ts';
import { answeredMessages, questionOf, type WrittenMessage } from './question.ts';
import { routeOf } from './route.ts';

export interface ModelDependencies {
  readonly client: DynamoDBDocumentClient;
  readonly clock: Clock;
  readonly providers: ModelProviders;
}

/**
 * Proposes what models say, for runs with a prompt: chooses the model, asks it, and asks once more when its answer cannot
 * be carried out. docs/models.md
 *
 * @throws NoProposals, ModelUnavailable; nothing is held then
 */
export function modelProposer(dependencies: ModelDependencies): Proposer {
  return async (conversation) => {
    const { run, envelope, prices, budgets, turns, economies } = conversation;
    if (conversation.route === 'none') {
      return { proposals: [] };
    }
    const asking: Asking = { ...dependencies, prices, budgets, envelope, run };
    const { max_tokens_per_task: cap = Number.POSITIVE_INFINITY } = envelope.budgets;
    const turn = String(turns.length + 1).padStart(4, '0');
    const left = cap - tokensOf(turns);
    const { route, pinned, proposals, tokens: triage } = await routeOf(asking, conversation, turn, left);
    if (route === 'none') {
      return { proposals: proposals.map((proposal) => ({ proposal })), route, pinned };
    }
    const choice = chooseModel(route, pinned, economies, prices);
    const question = questionOf(conversation, pinned);
    const wrong: Ask['wrongWith'] = (answer) => wrongWith(answer, conversation.tools);
    const first = await askFirst(asking, choice.models, {
      ...{ id: `${turn}/model`, question, tokensLeft: left - triage, wrongWith: wrong },
      ...{ insteadOf: choice.insteadOf, before: lastAnswered(conversation) },
    });
    const tokens = triage + first.tokens;
    if (first.wrong.length === 0) {
      return { ...proposalsOf(first, conversation), tokens, route, pinned };
    }
    // of a model that has not understood its tools the next turns are no better
    const better = chooseModel('reasoning', pinned, economies, prices);
    const message = writtenMessage(first);
    const second = await askFirst(asking, better.models, {
      ...{ id: `${turn}/model-2`, tokensLeft: left - tokens, wrongWith: wrong },
      question: correctedQuestion(question, message, first.answer, conversation.tools),
      before: { ...first.asked, messages: [...question.messages, message] },
      insteadOf: insteadOfFirst(first, choice, better),
    });
    if (second.wrong.length > 0) {
      throw new NoProposals('invalid_proposals', invalidMessage(second));
    }
    const all = tokens + second.tokens;
    return { ...proposalsOf(second, conversation), tokens: all, route: 'reasoning', pinned };
  };
}

/** What is known of the question before this one. */
function lastAnswered({ input, turns }: Conversation): Measured | undefined {
  const asked = turns.at(-1)?.asked;
  return asked === undefined
    ? undefined
    : { ...asked, messages: answeredMessages(input.prompt ?? '', turns) };
}

function writtenMessage({ answer, asked }: Answered): WrittenMessage {
  const { text, toolUses, message } = answer;
  return { role: 'assistant', text, toolUses, message, writtenBy: asked.provider };
}

function insteadOfFirst({ asked, wrong }: Answered, choice: Choice, better: Choice): Ask['insteadOf'] {
  const [reason] = wrong;
  return better.models[0] === choice.models[0] || reason === undefined
    ? better.insteadOf
    : { model: asked.model, why: { code: 'invalid_proposals', message: reason.message } };
}

const MAXIMUM_MESSAGE_LENGTH = 800;

function invalidMessage({ wrong }: Answered): string {
  const why = wrong.map(({ message }) => message).join('; ');
  const shown = why.length > MAXIMUM_MESSAGE_LENGTH ? `${why.slice(0, MAXIMUM_MESSAGE_LENGTH)}...` : why;
  return `the model answered twice with what cannot be carried out, the second time: ${shown.toWellFormed()}`;
}

/** @throws NoProposals when the model did not come to its end */
function proposalsOf(
  { answer, asked, isLimited }: Answered,
  { economies }: Conversation,
): Omit<Proposals, 'tokens' | 'pinned' | 'route'> {
  const { end, stopReason, toolUses, message, text } = answer;
  if (end === 'cut_off' && isLimited) {
    const why = 'the answer was cut off where the tokens that the envelope grants the run end';
    throw new NoProposals('tokens_exhausted', why);
  }
  if (end !== 'finished') {
    throw new NoProposals('model_stopped', `the model stopped with '${stopReason}' before its end`);
  }
  return {
    proposals: toolUses.map(({ toolUseId, tool, arguments: input }) => ({
      toolUseId,
      proposal: { tool, arguments: input },
    })),
    ...{ message, text },
    asked: { ...asked, ...(economies.lessContext ? { lessContext: true as const } : {}) },
  };
}
