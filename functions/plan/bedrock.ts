import {
  type BedrockRuntimeClient,
  type ContentBlock,
  ConverseCommand,
  type ConverseCommandInput,
  type ConverseCommandOutput,
  type Message,
  type Tool,
} from '@aws-sdk/client-bedrock-runtime';
import {
  type ModelAnswer,
  type ModelMessage,
  type ModelProvider,
  type ModelRequest,
  ModelUnavailable,
  type OfferedTool,
  type ToolUse,
  type UserContent,
} from './provider.ts';

/** Bedrock takes letters, digits, hyphens and underscores in a tool's name; two underscores stand for our dot. */
const bedrockName = (tool: string) => tool.replace('.', '__');
const toolName = (name: string) => name.replace('__', '.');

/** Bedrock Converse with tool use. */
export function bedrockProvider(bedrock: BedrockRuntimeClient): ModelProvider {
  return async (request) => {
    try {
      return answerOf(await bedrock.send(new ConverseCommand(converseInput(request))));
    } catch (error) {
      throw outageOf(request.model, error) ?? error;
    }
  };
}

function converseInput(request: ModelRequest): ConverseCommandInput {
  const { model, system, messages, tools, mustUse, maxOutputTokens } = request;
  return {
    modelId: model,
    system: system.map((text) => ({ text })),
    messages: messages.map(messageOf),
    inferenceConfig: { maxTokens: maxOutputTokens },
    toolConfig: {
      tools: tools.map(toolOf),
      ...(mustUse === undefined ? {} : { toolChoice: { tool: { name: bedrockName(mustUse) } } }),
    },
  };
}

function toolOf({ name, description, input }: OfferedTool): Tool {
  return {
    toolSpec: { name: bedrockName(name), description, inputSchema: { json: documentOf(input) } },
  };
}

/** The SDK has a type of its own for JSON. */
function documentOf(json: unknown): never {
  return json as never;
}

function messageOf(message: ModelMessage): Message {
  if (message.role === 'user') {
    return { role: 'user', content: message.content.map(blockOf) };
  }
  if (message.message !== undefined) {
    return message.message as Message;
  }
  const uses = message.toolUses.map(
    ({ toolUseId, tool, arguments: input }): ContentBlock => ({
      toolUse: { toolUseId, name: bedrockName(tool), input: documentOf(input) },
    }),
  );
  return {
    role: 'assistant',
    content: [...(message.text === '' ? [] : [{ text: message.text }]), ...uses],
  };
}

function blockOf(content: UserContent): ContentBlock {
  if ('text' in content) {
    return { text: content.text };
  }
  const { toolUseId, isError, texts } = content;
  return {
    toolResult: {
      toolUseId,
      status: isError ? 'error' : 'success',
      content: texts.map((text) => ({ text })),
    },
  };
}

/** Amazon Bedrock, API reference of Converse, `stopReason`. What is not here is an end that it did not mean. */
const ENDS: Readonly<Record<string, ModelAnswer['end']>> = {
  end_turn: 'finished',
  stop_sequence: 'finished',
  tool_use: 'finished',
  malformed_tool_use: 'malformed',
  malformed_model_output: 'malformed',
  max_tokens: 'cut_off',
};

function answerOf({ output, stopReason: reason, usage }: ConverseCommandOutput): ModelAnswer {
  const stopReason: string = reason ?? 'none';
  const message = output?.message;
  const blocks = message?.content ?? [];
  const uses = blocks.map(({ toolUse }) => toolUse).filter((use) => use !== undefined);
  const toolUses = uses.flatMap(({ toolUseId, name = '', input }): ToolUse[] =>
    toolUseId === undefined ? [] : [{ toolUseId, tool: toolName(name), arguments: input }],
  );
  const text = blocks.map((block) => block.text ?? '').join('');
  const end = ENDS[stopReason] ?? 'stopped';
  const isBroken =
    toolUses.length < uses.length ||
    (stopReason === 'tool_use' && uses.length === 0) ||
    message === undefined;
  return {
    message,
    text,
    toolUses,
    end: end === 'finished' && isBroken ? 'malformed' : end,
    stopReason,
    ...(usage?.inputTokens === undefined || usage.outputTokens === undefined
      ? {}
      : { usage: { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens } }),
  };
}

/**
 * Errors that say nothing of the request: Amazon Bedrock, API reference of Converse, and those of a connection that broke.
 * Their own retries are the SDK's, and over by now.
 */
const OUTAGES: Readonly<Record<string, ModelUnavailable['code']>> = {
  ThrottlingException: 'throttled',
  TooManyRequestsException: 'throttled',
  ServiceQuotaExceededException: 'throttled',
  ServiceUnavailableException: 'unavailable',
  InternalServerException: 'unavailable',
  ModelErrorException: 'unavailable',
  ModelNotReadyException: 'overloaded',
  ModelTimeoutException: 'timeout',
  TimeoutError: 'timeout',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'unavailable',
  ECONNREFUSED: 'unavailable',
  EPIPE: 'unavailable',
};

function outageOf(model: string, error: unknown): ModelUnavailable | undefined {
  if (!(error instanceof Error)) {
    return undefined;
  }
  const names = [error.name, 'code' in error ? String(error.code) : ''];
  const name = names.find((each) => Object.hasOwn(OUTAGES, each));
  const code = name === undefined ? undefined : OUTAGES[name];
  return name === undefined || code === undefined ? undefined : new ModelUnavailable(model, code, name);
}
