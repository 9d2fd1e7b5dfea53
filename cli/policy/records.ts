import { type RecordedDecision, RecordedDecisionShape } from '../../domain/policy/recorded.ts';
import { type Batches, documentsIn, type LoggedDocument, misread } from '../log/batches.ts';

/**
 * Decisions of batches, each once, though copies that are given may overlap.
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
  const parsed = RecordedDecisionShape.safeParse(document);
  if (!parsed.success) {
    throw misread(where, parsed.error);
  }
  return parsed.data as RecordedDecision;
}
