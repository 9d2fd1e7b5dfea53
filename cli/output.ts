import { type Paint, painter } from './render/text.ts';

/** Where a command's result goes: documents for programs, or lines for people. */
export interface Output {
  readonly json: boolean;
  readonly paint: Paint;
  /** Shows a result: the document with `--json`, the lines otherwise. A stream calls it once for each item. */
  readonly show: (document: unknown, lines: () => readonly string[]) => void;
  /** Something to do next, on standard error and never with `--json`. */
  readonly hint: (text: string) => void;
}

/** @param streaming one document a line instead of one readable document */
export function output(
  json: boolean,
  streaming: boolean,
  stdout: NodeJS.WriteStream = process.stdout,
  stderr: NodeJS.WriteStream = process.stderr,
): Output {
  return {
    json,
    paint: painter(stdout),
    show: (document, lines) => {
      const text = json ? JSON.stringify(document, null, streaming ? 0 : 2) : lines().join('\n');
      stdout.write(`${text}\n`);
    },
    hint: (text) => {
      if (!json) {
        stderr.write(`${text}\n`);
      }
    },
  };
}
