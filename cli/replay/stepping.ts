import { createInterface } from 'node:readline/promises';
import type { GoOn } from './replay.ts';

/** Asks on a terminal: Enter goes on, `q` or the end of the input does not. */
export function onTerminal(input: NodeJS.ReadStream, output: NodeJS.WriteStream): GoOn & Disposable {
  const lines = createInterface({ input, output });
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('q')));
  const goOn = async () => !/^\s*q/i.test(await Promise.race([lines.question(PROMPT), ended]));
  return Object.assign(goOn, { [Symbol.dispose]: () => lines.close() });
}

const PROMPT = '-- Enter goes on, q ends --';
