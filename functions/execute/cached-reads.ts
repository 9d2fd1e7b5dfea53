import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { RetrievedShape } from '../../domain/audit/event-shape.ts';
import { readKey, writtenKey } from '../../domain/cache/keys.ts';
import { isCurrent, versionToKeep } from '../../domain/cache/written.ts';
import type { Warrant } from '../../domain/call/warrant.ts';
import type { Kind } from '../../domain/redaction/kinds.ts';
import type { ToolDefinition } from '../../domain/tool/definition.ts';
import { keepAnswer, orPassedOver, readCache } from '../adapters/cache.ts';
import { telemetry } from '../runtime/step.ts';
import type { Attempt } from './run-tool.ts';

/** What a look into the cache came to. */
export interface CacheLook {
  /** In the place of an attempt; absent when the tool has to be asked. */
  readonly found?: Attempt;
  /** Told of what the call came to, once it is settled: keeps what the tool has answered, or counts the hit. Never throws. */
  readonly settled?: (attempt: Attempt) => Promise<void>;
}

const NOTHING: CacheLook = {};

/** What is kept of a read: what a model was shown, and what was redacted of it. */
const Answered = z.object({
  output: z.unknown(),
  redacted: z.record(z.string(), z.number()).optional(),
  /** The documents that it is made of: whoever is given it again has read them too. */
  retrieved: RetrievedShape.optional(),
});

/**
 * Looks for an earlier answer to a read whose warrant lets it be given again. Comes before the tool is asked: the version that
 * the answer is kept under is that of now.
 *
 * INVARIANT: a call whose warrant says nothing of it reads nothing here, and no write is ever answered from here.
 */
export async function lookForAnswer(
  client: DynamoDBDocumentClient,
  warrant: Warrant,
  definition: ToolDefinition,
  now: string,
): Promise<CacheLook> {
  const { cache, workflow } = warrant;
  if (cache === undefined || definition.effect !== 'read') {
    return NOTHING;
  }
  const { seconds } = cache;
  const seen = await orPassedOver(async () => {
    const key = readKey(warrant, definition);
    return { key, ...(await readCache(client, key, writtenKey(warrant))) };
  });
  if (seen === undefined) {
    return NOTHING;
  }
  const { key, kept, resource } = seen;
  const found =
    kept !== undefined && isCurrent(kept, resource, { now, seconds })
      ? foundAgain(kept.answer, definition)
      : undefined;
  if (found !== undefined) {
    return {
      found,
      settled: async ({ cached }) => {
        if (cached) {
          telemetry.count({ cacheHits: 1 }, { workflow, tool: definition.name });
        }
      },
    };
  }
  const version = versionToKeep(resource, now);
  return version === undefined
    ? NOTHING
    : {
        settled: async ({ status, output, redacted, retrieved }) => {
          if (status === 'succeeded' && output !== undefined) {
            const answer = { output, redacted, retrieved };
            await orPassedOver(() => keepAnswer(client, key, { answer, askedAt: now, version }, seconds));
          }
        },
      };
}

/** INVARIANT: what is answered fits the schema that was declared, as if the tool had answered it now. */
function foundAgain(answer: unknown, definition: ToolDefinition): Attempt | undefined {
  const { data } = Answered.safeParse(answer);
  if (data === undefined || !definition.output.safeParse(data.output).success) {
    return undefined;
  }
  const { output, redacted, retrieved } = data;
  return {
    ...{ status: 'succeeded', cached: true, output, effects: [], costMicroDollars: 0 },
    ...(retrieved === undefined ? {} : { retrieved }),
    ...(redacted === undefined ? {} : { redacted: redacted as Partial<Record<Kind, number>> }),
  };
}
