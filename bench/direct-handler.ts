import type { z } from 'zod';
import type { ToolContext } from '../domain/tool/handler.ts';
import type { RetailTool } from '../functions/tools/retail/definitions.ts';
import { retailHandlers } from '../functions/tools/retail/handlers.ts';

type Input = z.output<Extract<RetailTool, { name: 'retail.get_order_details' }>['input']>;

/** Credentials of the function itself, the same for every call. */
const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN = '' } = process.env;
const credentials = {
  accessKeyId: AWS_ACCESS_KEY_ID,
  secretAccessKey: AWS_SECRET_ACCESS_KEY,
  sessionToken: AWS_SESSION_TOKEN,
};

const TIMEOUT_MILLISECONDS = 10_000;

/** The tool of the governed read with nothing around it: what a governed call is compared with. */
export async function handler({
  tenant,
  arguments: input,
}: {
  readonly tenant: string;
  readonly arguments: Input;
}) {
  const startedAt = performance.now();
  const context: ToolContext = {
    ...{ tenant, runId: 'run-bench', callId: '0001-00', idempotencyKey: 'none', credentials },
    signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    recordEffect: () => {},
    recordRetrieved: () => {},
    recordCost: () => {},
  };
  const output = await retailHandlers['retail.get_order_details'](input, context);
  // every function logs; of one that does not, the emulator waits 50 ms for a line
  console.log('done');
  return { output, milliseconds: performance.now() - startedAt };
}
