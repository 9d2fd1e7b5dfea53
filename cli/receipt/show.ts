import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Receipt } from '../../contracts/api.ts';
import type { ApiClient } from '../client.ts';
import { EXIT, type ExitCode, usageFailure } from '../failure.ts';
import type { Output } from '../output.ts';
import { htmlOf } from '../render/html.ts';
import { markdownOf } from '../render/markdown.ts';
import { receiptLines } from '../render/receipt.ts';
import { receiptDocument } from '../render/receipt-document.ts';

export interface ShowOptions {
  readonly wait?: boolean;
  readonly markdown?: boolean;
  readonly html?: string;
}

interface ShowSession {
  readonly client: Pick<ApiClient, 'getReceipt'>;
  readonly tenant: string;
  readonly output: Output;
  /** @default that of the machine */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
}

/** Events are sealed within some seconds, and the log is signed every minute. */
const POLL_MILLISECONDS = 5_000;
const MOST_POLLS = 48;

export async function showFromApi(
  { client, tenant, output, pause = sleep }: ShowSession,
  runId: string,
  options: ShowOptions,
): Promise<ExitCode> {
  let receipt = await client.getReceipt(tenant, runId);
  for (let polls = 0; options.wait && receipt.proof.pending > 0 && polls < MOST_POLLS; polls += 1) {
    if (polls === 0) {
      output.hint(receipt.proof.says);
    }
    await pause(POLL_MILLISECONDS);
    receipt = await client.getReceipt(tenant, runId);
  }
  const code = show(receipt, output, options);
  return options.wait && receipt.proof.pending > 0 ? EXIT.refused : code;
}

/** @throws CommandFailure with exit code 2 when the page cannot be written */
export function show(receipt: Receipt, output: Output, { markdown, html }: ShowOptions): ExitCode {
  if (html !== undefined) {
    write(html, htmlOf(receiptDocument(receipt)));
    output.hint(`written to ${html}`);
  }
  output.show(receipt, () => (markdown ? markdownOf(receiptDocument(receipt)) : receiptLines(receipt)));
  return EXIT.ok;
}

function write(file: string, text: string): void {
  try {
    mkdirSync(dirname(resolve(file)), { recursive: true });
    writeFileSync(file, text);
  } catch (error) {
    throw usageFailure(`${file} cannot be written: ${(error as Error).message}`);
  }
}
