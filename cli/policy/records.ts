import { z } from 'zod';
import { EVENT_VERSION } from '../../contracts/events.ts';
import type { RecordedDecision } from '../../domain/policy/recorded.ts';
import { type Batches, documentsIn, type LoggedDocument, misread } from '../log/batches.ts';

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
export async function* decisionsIn(batches: Batches, since = ''): AsyncGenerator<RecordedDecision> {
  const seen = new Set<string>();
  for await (const logged of documentsIn(batches)) {
    const event = decisionIn(logged);
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

/** @returns undefined for events of other types */
function decisionIn({ document, where }: LoggedDocument): RecordedDecision | undefined {
  if (document.type !== 'call.decided') {
    return undefined;
  }
  const parsed = Decided.safeParse(document);
  if (!parsed.success) {
    throw misread(where, parsed.error);
  }
  return parsed.data as RecordedDecision;
}
