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
import { modelCost, modelPrice } from '../../domain/budget/model-prices.ts';
import { type Clock, timestamp } from '../../domain/time.ts';
import type { ToolDefinition } from '../../domain/tool/definition.ts';
import { ConditionsFailed, transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import { holdForModel, settleHold } from '../adapters/runs.ts';
import type { Turn } from '../adapters/transcripts.ts';
import { type Conversation, type ModelProvider, NoProposals } from './provider.ts';

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
    const { run, envelope, turns } = conversation;
    const request = converseRequest(conversation);
    const price = modelPrice(envelope.models.reasoning);
    // INVARIANT: no token is shorter than a byte, so the request's bytes are more than its tokens
    const mostInputTokens = Buffer.byteLength(JSON.stringify(request));
    const hold = Math.ceil(modelCost(price, mostInputTokens, envelope.models.max_output_tokens));
    await holdOrStop(client, run, hold);
    const answer = await bedrock.send(new ConverseCommand(request));
    const { inputTokens = mostInputTokens, outputTokens = envelope.models.max_output_tokens } =
      answer.usage ?? {};
    const settlement = settle(hold, modelCost(price, inputTokens, outputTokens));
    await transact(client, {
      run: settleHold(run, settlement),
      event: appendEvent(
        ledgerEvent(run, `${String(turns.length + 1).padStart(4, '0')}/model`, timestamp(clock), {
          type: 'model.called',
          model: envelope.models.reasoning,
          inputTokens,
          outputTokens,
          costMicroDollars: settlement.chargedMicroDollars,
        }),
      ),
    });
    return proposalsOf(answer);
  };
}

async function holdOrStop(
  client: DynamoDBDocumentClient,
  run: Conversation['run'],
  hold: number,
): Promise<void> {
  try {
    await transact(client, { run: holdForModel(run, hold) });
  } catch (error) {
    throw error instanceof ConditionsFailed
      ? new NoProposals(
          'budget_exhausted',
          `asking the model may cost ${hold} micro-dollars, the run has less left`,
        )
      : error;
  }
}

function converseRequest({ run, envelope, tools, input, turns }: Conversation): ConverseCommand['input'] {
  const { reasoning, max_output_tokens, instructions } = envelope.models;
  const context = `You act for user '${run.user.id}' of tenant '${run.tenant}'.`;
  return {
    modelId: reasoning,
    system: [{ text: instructions }, { text: context }],
    messages: [{ role: 'user', content: [{ text: input.prompt ?? '' }] }, ...turns.flatMap(messagesOf)],
    inferenceConfig: { maxTokens: max_output_tokens },
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
