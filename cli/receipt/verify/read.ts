import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Receipt } from '../../../contracts/api.ts';
import { EVENT_VERSION } from '../../../contracts/events.ts';
import { type VerifierKey, verifierKeys } from '../../audit/verifier-keys.ts';
import { usageFailure } from '../../failure.ts';

const Text = z.string();
const Position = z.int().nonnegative();

/** What has to be there for anything to be checked. All else is compared with what the events give. */
const ReceiptShape = z.looseObject({
  run: z.looseObject({ tenant: Text, runId: Text }),
  prices: z.strictObject({
    version: Text,
    infrastructure: z.strictObject({
      ...{ usd_per_run: z.number(), usd_per_turn: z.number(), usd_per_call: z.number() },
    }),
    people: z.strictObject({ usd_per_hour: z.number(), minutes_per_verdict: z.number() }),
  }),
  permission: z.looseObject({}),
  proof: z.strictObject({
    checkpoint: Text.optional(),
    key: Text,
    pending: Position,
    says: Text,
    entries: z.array(
      z.strictObject({
        event: z.looseObject({
          v: z.literal(EVENT_VERSION),
          ...{ id: Text, at: Text, tenant: Text, runId: Text, workflow: Text, agent: Text, type: Text },
        }),
        leaf: Position.optional(),
        path: z.array(Position).optional(),
      }),
    ),
    hashes: z.array(Text),
  }),
});

/** @throws CommandFailure with exit code 2 for what is no receipt */
export function readReceipt(file: string): Receipt {
  const parsed = ReceiptShape.safeParse(jsonIn(file));
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw usageFailure(
      `${file} is no receipt: ${wrong.join('; ')}; make one with countersign --json receipt RUN`,
    );
  }
  return parsed.data as unknown as Receipt;
}

/** @throws CommandFailure with exit code 2 when it has none */
export function readKeys(file: string): readonly VerifierKey[] {
  try {
    return verifierKeys(readFileSync(file, 'utf8'));
  } catch (error) {
    throw usageFailure(`--key ${file} cannot be used: ${(error as Error).message}`);
  }
}

function jsonIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw usageFailure(`${file} cannot be read: ${(error as Error).message}; expected a receipt in json`);
  }
}
