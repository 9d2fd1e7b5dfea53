import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { eventually } from './cloud.ts';

/** What the emulator's Bedrock asks. */
export interface Asked {
  readonly messages: readonly { readonly role: string; readonly content: string | null }[];
  readonly tools: readonly { readonly function: { readonly name: string; readonly parameters: unknown } }[];
}

/** One answer of the model. */
export interface Answer {
  readonly content?: string;
  readonly tool_calls?: readonly object[];
  /** Out. @default 100 */
  readonly tokens?: number;
}

export interface ScriptedModel extends AsyncDisposable {
  /** Answers to a conversation that begins with this prompt of one line, in order; after the last it says that this is all. */
  readonly script: (prompt: string, answers: readonly Answer[]) => void;
  /** What was asked in a conversation that began with this prompt. */
  readonly asked: (prompt: string) => readonly Asked[];
}

/** Of each answer. */
const INPUT_TOKENS = 1000;
const OUTPUT_TOKENS = 100;

/**
 * The OpenAI-compatible server that the emulator's Bedrock asks for its answers. It knows one port, so files of tests take
 * turns: who comes second waits until the first has ended.
 */
export async function scriptedModel(): Promise<ScriptedModel> {
  const scripts = new Map<string, readonly Answer[]>();
  const asked = new Map<string, readonly Asked[]>();
  const server = createServer(async (request, response) => {
    const conversation = (await json(request)) as Asked;
    const said = conversation.messages.find(({ role }) => role === 'user')?.content ?? '';
    // what an unreadable answer is told stands below the prompt
    const [prompt = ''] = said.split('\n');
    const history = asked.get(prompt) ?? [];
    asked.set(prompt, [...history, conversation]);
    const answer = scripts.get(prompt)?.[history.length] ?? { content: 'that is all' };
    const { tokens = OUTPUT_TOKENS, ...message } = answer;
    response.setHeader('content-type', 'application/json');
    const usage = { prompt_tokens: INPUT_TOKENS, completion_tokens: tokens };
    response.end(JSON.stringify({ choices: [{ message: { role: 'assistant', ...message } }], usage }));
  });
  await eventually('the port of the model is free', () => listening(server));
  return {
    script: (prompt, answers) => void scripts.set(prompt, answers),
    asked: (prompt) => asked.get(prompt) ?? [],
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function listening(server: Server): Promise<true | undefined> {
  server.listen(Number(process.env.COUNTERSIGN_LOCAL_MODEL_PORT), '127.0.0.1');
  try {
    await once(server, 'listening');
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      return undefined;
    }
    throw error;
  }
}

async function json(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString());
}

/** One tool that the model uses. */
export function toolUse(id: string, name: string, input: object): object {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(input) } };
}
