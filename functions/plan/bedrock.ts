import {
  type BedrockRuntimeClient,
  type ContentBlock,
  ConverseCommand,
  type ConverseCommandOutput,
  type Message,
  type Tool,
} from '@aws-sdk/client-bedrock-runtime';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import type { CallResult, ExecuteResult } from '../../contracts/call.ts';
import { ledgerEvent } from '../../domain/audit/event.ts';
import { settle } from '../../domain/budget/budget.ts';
import { modelCost, modelPrice, type Prices } from '../../domain/budget/prices.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import { type Clock, timestamp } from '../../domain/time.ts';
import type { ToolDefinition } from '../../domain/tool/definition.ts';
import { transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import { holdForModelCall } from '../adapters/leases.ts';
import { settleHold } from '../adapters/run-holds.ts';
import type { Turn } from '../adapters/transcripts.ts';
import { type Conversation, type ModelProvider, NoProposals, tokensOf } from './provider.ts';

/** Bedrock takes letters, digits, hyphens and underscores in a tool's name; two underscores stand for our dot. */
const bedrockName = (tool: string) => tool.replace('.', '__');
const toolName = (name: string) => name.replace('__', '.');

/** Bedrock Converse with tool use. Money is held before the model is asked and corrected to its tokens after. */
export function bedrockProvider({
  bedrock,
  client,
  clock,
}: {
  readonly bedrock: BedrockRuntimeClient;
  readonly client: DynamoDBDocumentClient;
  readonly clock: Clock;
}): ModelProvider {
  return async (conversation) => {
    const { run, envelope, turns, prices } = conversation;
    const request = converseRequest(conversation);
    const models = modelsOf(envelope, prices);
    // INVARIANT: no token is shorter than a byte, so the request's bytes are more than its tokens
    const mostInputTokens = Buffer.byteLength(JSON.stringify(request));
    const most = (model: string) =>
      modelCost(modelPrice(prices, model), mostInputTokens, envelope.models.max_output_tokens);
    const hold = Math.ceil(Math.max(...models.map(most)));
    await holdOrStop(client, conversation, hold, clock);
    const { model, answer } = await answerOfFirst(bedrock, request, models);
    const { inputTokens = mostInputTokens, outputTokens = envelope.models.max_output_tokens } =
      answer.usage ?? {};
    const settlement = settle(hold, modelCost(modelPrice(prices, model), inputTokens, outputTokens));
    await transact(client, {
      run: settleHold(run, settlement, [], inputTokens + outputTokens),
      event: appendEvent(
        ledgerEvent(run, `${String(turns.length + 1).padStart(4, '0')}/model`, timestamp(clock), {
          type: 'model.called',
          model,
          inputTokens,
          outputTokens,
          costMicroDollars: settlement.chargedMicroDollars,
          prices: prices.version,
        }),
      ),
    });
    return { ...proposalsOf(answer), tokens: inputTokens + outputTokens };
  };
}

function modelsOf({ models: { reasoning, fallback } }: Envelope, prices: Prices): readonly string[] {
  // a cost that is unknown cannot be held
  const hasFallback = fallback !== undefined && fallback !== reasoning && fallback in prices.models;
  return hasFallback ? [reasoning, fallback] : [reasoning];
}

/** What says nothing of the request: another model may still answer it. Amazon Bedrock, "Converse", errors. */
const OUTAGES: readonly string[] = [
  'ThrottlingException',
  'ServiceUnavailableException',
  'InternalServerException',
  'ModelTimeoutException',
  'ModelNotReadyException',
  'ModelErrorException',
];

async function answerOfFirst(
  bedrock: BedrockRuntimeClient,
  request: ConverseCommand['input'],
  [model = '', ...others]: readonly string[],
): Promise<{ readonly model: string; readonly answer: ConverseCommandOutput }> {
  try {
    return { model, answer: await bedrock.send(new ConverseCommand({ ...request, modelId: model })) };
  } catch (error) {
    if (others.length === 0 || !(error instanceof Error) || !OUTAGES.includes(error.name)) {
      throw error;
    }
    return answerOfFirst(bedrock, request, others);
  }
}

async function holdOrStop(
  client: DynamoDBDocumentClient,
  { run, envelope, budgets }: Conversation,
  hold: number,
  clock: Clock,
): Promise<void> {
  const refusal = await holdForModelCall(client, run, hold, { budgets, envelope, clock });
  if (refusal !== undefined) {
    throw new NoProposals(refusal.code, refusal.message);
  }
}

function converseRequest({ run, envelope, tools, input, turns }: Conversation): ConverseCommand['input'] {
  const { reasoning, max_output_tokens, instructions } = envelope.models;
  const { max_tokens_per_task: mostTokens = Number.POSITIVE_INFINITY } = envelope.budgets;
  const tokensLeft = mostTokens - tokensOf(turns);
  const context = `You act for user '${run.user.id}' of tenant '${run.tenant}'.`;
  return {
    modelId: reasoning,
    system: [{ text: instructions }, { text: context }],
    messages: [{ role: 'user', content: [{ text: input.prompt ?? '' }] }, ...turns.flatMap(messagesOf)],
    inferenceConfig: { maxTokens: Math.min(max_output_tokens, tokensLeft) },
    toolConfig: { tools: tools.map(bedrockTool) },
  };
}

function bedrockTool({ name, description, input }: ToolDefinition): Tool {
  const { $schema: _, ...json } = z.toJSONSchema(input);
  return {
    toolSpec: {
      name: bedrockName(name),
      description,
      inputSchema: { json: json as NonNullable<unknown> as never },
    },
  };
}

function messagesOf({ message, calls, results }: Turn): Message[] {
  const content = calls.flatMap(({ callId, toolUseId }): ContentBlock[] => {
    const result = results.find((each) => each.callId === callId);
    return toolUseId === undefined || result === undefined
      ? []
      : [{ toolResult: toolResult(toolUseId, result) }];
  });
  return [message as Message, { role: 'user', content }];
}

function toolResult(toolUseId: string, result: CallResult): NonNullable<ContentBlock['toolResult']> {
  if (result.decision === 'allow' && result.status === 'succeeded') {
    const undo = result.undo === undefined ? [] : [{ text: `undo: ${JSON.stringify(result.undo)}` }];
    return { toolUseId, status: 'success', content: [{ text: answerOf(result) }, ...undo] };
  }
  return { toolUseId, status: 'error', content: [{ text: whyNot(result) }] };
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

/** Ends of a model's turn after which its message is what it meant to say. */
const FINISHED: readonly (string | undefined)[] = ['end_turn', 'stop_sequence', 'tool_use'];

function proposalsOf({ output, stopReason }: ConverseCommandOutput): Awaited<ReturnType<ModelProvider>> {
  if (!FINISHED.includes(stopReason)) {
    throw new NoProposals(
      'model_stopped',
      `the model stopped with '${stopReason}', expected ${FINISHED.join(', ')}`,
    );
  }
  const message = output?.message;
  const proposals = (message?.content ?? []).flatMap(({ toolUse }) =>
    toolUse?.toolUseId === undefined
      ? []
      : [
          {
            toolUseId: toolUse.toolUseId,
            proposal: { tool: toolName(toolUse.name ?? ''), arguments: toolUse.input },
          },
        ],
  );
  return { proposals, message };
}
