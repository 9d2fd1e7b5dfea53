import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { EVENT_VERSION } from '../../contracts/events.ts';
import type { RecordedDecision } from '../../domain/policy/recorded.ts';
import { usageFailure } from '../failure.ts';

/** A batch of events as it is in the audit bucket. */
export interface Batch {
  /** File or key, for messages. */
  readonly name: string;
  readonly text: string;
}

const Values = z.record(z.string(), z.unknown());
const Names = z.array(z.string());
const Counts = z.record(z.string(), z.number());

/** As much of a decision's event as is decided with again; members of other versions of it are passed over. */
const Decided = z.object({
  v: z.literal(EVENT_VERSION),
  id: z.string(),
  at: z.iso.datetime(),
  tenant: z.string(),
  runId: z.string(),
  workflow: z.string(),
  agent: z.string(),
  type: z.literal('call.decided'),
  callId: z.string(),
  tool: z.string(),
  arguments: Values,
  resource: z.string().optional(),
  decision: z.enum(['allow', 'deny', 'needs_approval']),
  policies: Names,
  policyDigest: z.string(),
  reasons: z.array(z.object({ code: z.string(), message: z.string() })).optional(),
  approvalId: z.string().optional(),
  approverRole: z.string().optional(),
  quorum: z.number().optional(),
  breakGlass: z.looseObject({ grantId: z.string(), incident: z.string() }).optional(),
  context: z
    .object({
      mode: z.enum(['autonomous', 'read_only', 'stopped']),
      user: z.object({ id: z.string(), roles: Names.optional() }),
      resource: Values.optional(),
      facts: Values.optional(),
      users: Names.optional(),
      hidden: Names.optional(),
      approvals: Counts.optional(),
      history: Counts.optional(),
      scores: z.object({ injection: z.number() }).optional(),
      origins: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
});

/**
 * Decisions of batches, each once: the log may have one twice, since events are delivered at least once.
 *
 * @throws CommandFailure with exit code 2, file and line, for what is no event of a version that is known here
 */
export async function* decisionsIn(
  batches: Iterable<Batch> | AsyncIterable<Batch>,
  since = '',
): AsyncGenerator<RecordedDecision> {
  const seen = new Set<string>();
  for await (const { name, text } of batches) {
    for (const [index, line] of text.split('\n').entries()) {
      const event = line.trim() === '' ? undefined : decisionIn(line, `${name}:${index + 1}`);
      if (event === undefined || event.at < since) {
        continue;
      }
      const key = JSON.stringify([event.tenant, event.runId, event.id]);
      if (!seen.has(key)) {
        seen.add(key);
        yield event;
      }
    }
  }
}

/** @returns undefined for events of other types */
function decisionIn(line: string, where: string): RecordedDecision | undefined {
  let document: { readonly type?: unknown; readonly v?: unknown } | null;
  try {
    document = JSON.parse(line);
  } catch (error) {
    throw usageFailure(`${where}: ${(error as Error).message}; expected one event a line`);
  }
  if (document?.v !== EVENT_VERSION) {
    throw usageFailure(`${where}: an event of version ${document?.v}, expected ${EVENT_VERSION}`);
  }
  if (document.type !== 'call.decided') {
    return undefined;
  }
  const parsed = Decided.safeParse(document);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw usageFailure(`${where}: ${wrong.join('; ')}`);
  }
  return parsed.data as RecordedDecision;
}

const BATCH_ENDING = '.ndjson';
const PARTITION = /(?:^|[\\/])dt=(\d{4}-\d{2}-\d{2})(?:[\\/]|$)/;

/**
 * Batches in files and folders, and folders within those, in the order of their names; of folders named like the bucket's
 * partitions only those from a day on.
 *
 * @param firstDay - such as `2026-10-22`
 * @throws CommandFailure with exit code 2 for a path that cannot be read
 */
export function* batchesIn(paths: readonly string[], firstDay = ''): Generator<Batch> {
  for (const path of paths) {
    try {
      for (const file of filesUnder(resolve(path), firstDay)) {
        yield { name: file, text: readFileSync(file, 'utf8') };
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) {
        throw error;
      }
      throw usageFailure(`${path} cannot be read: ${(error as Error).message}`);
    }
  }
}

function filesUnder(path: string, firstDay: string): readonly string[] {
  if (!statSync(path).isDirectory()) {
    return [path];
  }
  return readdirSync(path, { withFileTypes: true })
    .map((entry) => ({ entry, full: join(path, entry.name) }))
    .filter(({ entry, full }) => entry.isDirectory() || full.endsWith(BATCH_ENDING))
    .filter(({ full }) => (PARTITION.exec(full)?.[1] ?? '9') >= firstDay)
    .sort((left, right) => (left.full < right.full ? -1 : 1))
    .flatMap(({ full }) => filesUnder(full, firstDay));
}
