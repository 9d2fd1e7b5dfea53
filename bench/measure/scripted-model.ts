import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readOfCopy } from './governed-run.ts';

/** What a model is to do: reads, each of another order, or it would be going round in circles. Goes to it as the prompt of a run. */
export interface Script {
  readonly turns: number;
  readonly callsPerTurn: number;
}

export interface ScriptedModel {
  readonly port: number;
  readonly stop: () => void;
}

interface Conversation {
  readonly messages: readonly { readonly role: string; readonly content: string | null }[];
}

/** The emulator's Bedrock asks an OpenAI-compatible server for its answers; this one does what the prompt says. */
export async function startScriptedModel(): Promise<ScriptedModel> {
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    const { messages }: Conversation = JSON.parse(Buffer.concat(chunks).toString());
    const script: Script = JSON.parse(messages.find(({ role }) => role === 'user')?.content ?? '{}');
    const turn = messages.filter(({ role }) => role === 'assistant').length;
    const message =
      turn < script.turns ? { tool_calls: toolCalls(script, turn) } : { content: 'that is all' };
    const usage = { prompt_tokens: 100, completion_tokens: 10 };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ choices: [{ message: { role: 'assistant', ...message } }], usage }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function toolCalls({ callsPerTurn }: Script, turn: number): readonly object[] {
  return Array.from({ length: callsPerTurn }, (_, index) => {
    const { tool, arguments: order } = readOfCopy(turn * callsPerTurn + index);
    return {
      id: `use-${turn}-${index}`,
      type: 'function',
      function: { name: tool.replace('.', '__'), arguments: JSON.stringify(order) },
    };
  });
}
