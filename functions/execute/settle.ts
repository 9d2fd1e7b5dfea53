import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ExecuteResult } from '../../contracts/call.ts';
import type { PreviewMatch } from '../../contracts/events.ts';
import { counterAttribute } from '../../contracts/tables.ts';
import { ledgerEvent, loggedChanges } from '../../domain/audit/event.ts';
import { fittedEffects, fittedReason } from '../../domain/audit/fit.ts';
import { keyedDigest } from '../../domain/audit/keyed-digest.ts';
import { settle } from '../../domain/budget/budget.ts';
import { isPreviewCall } from '../../domain/call/governed-call.ts';
import type { RecordedOutcome, Warrant } from '../../domain/call/warrant.ts';
import { seenInMessage, seenInOutput } from '../../domain/provenance/origin.ts';
import type { ToolDefinition } from '../../domain/tool/definition.ts';
import { previewMatch } from '../../domain/tool/shown-changes.ts';
import { ConditionsFailed, type TransactItem, transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import { keepOutput } from '../adapters/provenance.ts';
import { correctClosedRun, settleHold } from '../adapters/run-holds.ts';
import { settleUnbegun, settleWarrant } from '../adapters/warrants.ts';
import { endWriting } from '../adapters/written-resources.ts';
import { telemetry } from '../runtime/step.ts';
import type { Attempt } from './run-tool.ts';

/** Number of the attempt of a call that was not attempted. */
export const NEVER_BEGUN = 0;

/**
 * Records the outcome, corrects the hold and appends the event, in one transaction, once, and only for the latest
 * attempt.
 *
 * @returns undefined when the call was settled by somebody else, or a later attempt has begun
 */
export async function settleCall(
  client: DynamoDBDocumentClient,
  warrant: Warrant & { readonly attempt: number },
  definition: ToolDefinition,
  attempt: Attempt,
  at: string,
): Promise<ExecuteResult | undefined> {
  // what an attempt that broke off has cost nobody knows: it counts in full, so that the account can only be too high
  const isCostKnown = attempt.status !== 'unknown' && warrant.attempt <= 1;
  const actual = isCostKnown ? attempt.costMicroDollars : warrant.holdMicroDollars;
  const settlement = settle(warrant.holdMicroDollars, actual);
  const { callId, digestKey } = warrant;
  const { status, output, redacted, changes, undo, cached, retrieved } = attempt;
  // the warrant keeps them beside the event, and has a size of its own too
  const effects = fittedEffects([...new Set(attempt.effects)]);
  const error = attempt.error && fittedReason(attempt.error);
  const preview = againstPreview(warrant, definition, attempt);
  const outcome: RecordedOutcome = {
    decision: 'allow',
    callId,
    status,
    ...(error === undefined ? {} : { error }),
    ...(effects.length === 0 ? {} : { effects }),
    costMicroDollars: settlement.chargedMicroDollars,
  };
  const answer: ExecuteResult = {
    ...outcome,
    ...(output === undefined ? {} : { output }),
    ...(undo === undefined ? {} : { undo }),
  };
  const event = ledgerEvent(warrant, `${callId}/executed`, at, {
    type: 'call.executed',
    callId,
    tool: definition.name,
    status,
    ...(error === undefined ? {} : { error }),
    ...(output === undefined ? {} : { outputDigest: keyedDigest(digestKey, output) }),
    effects,
    ...(changes === undefined ? {} : { changes: loggedChanges(definition, changes, digestKey) }),
    ...(preview === undefined ? {} : { preview }),
    ...(undo === undefined ? {} : { undo: { tool: undo.tool } }),
    ...(redacted === undefined ? {} : { redacted }),
    ...(cached === undefined ? {} : { cached }),
    ...(retrieved === undefined ? {} : { retrieved }),
    costMicroDollars: settlement.chargedMicroDollars,
    releasedMicroDollars: settlement.releasedMicroDollars,
  });
  const parts = {
    warrant:
      warrant.attempt === NEVER_BEGUN
        ? settleUnbegun(warrant, outcome, at)
        : settleWarrant(warrant, warrant.attempt, outcome, at),
    event: appendEvent(event),
    provenance: cameIn(warrant, definition, attempt, at),
    written: endWriting(warrant, status, at),
  };
  const counters = status === 'succeeded' ? (warrant.counters ?? []) : [];
  const adds = counters.map((counter) => counterAttribute(counter, 'succeeded'));
  try {
    await transact(client, { ...parts, run: settleHold(warrant, settlement, adds) });
    tellOfMismatch(warrant, preview);
    return answer;
  } catch (failure) {
    if (!(failure instanceof ConditionsFailed)) {
      throw failure;
    }
    if (failure.parts.includes('warrant')) {
      return undefined;
    }
    await transact(client, { ...parts, run: correctClosedRun(warrant, settlement.releasedMicroDollars) });
    tellOfMismatch(warrant, preview);
    return answer;
  }
}

/** Undefined when people were shown nothing, nothing was done, or nobody can tell what exactly has changed. */
function againstPreview(
  { previewDigest: shownDigest, redaction, digestKey }: Warrant,
  { discloses }: ToolDefinition,
  { status, changes = {}, hasUntoldChanges }: Attempt,
): PreviewMatch | undefined {
  if (shownDigest === undefined || status !== 'succeeded' || hasUntoldChanges === true) {
    return undefined;
  }
  try {
    return previewMatch({ shownDigest, changes, digestKey, redaction: { discloses, redaction } });
  } catch {
    // INVARIANT: the effect is there by now, so what cannot be compared must not keep it from being recorded
    return 'otherwise';
  }
}

function tellOfMismatch({ workflow, callId, proposal }: Warrant, preview: PreviewMatch | undefined): void {
  if (preview === 'otherwise') {
    telemetry.count({ previewMismatches: 1 }, { workflow, tool: proposal.tool });
    telemetry.warn('a call has changed something else than people were shown', { callId });
  }
}

/** INVARIANT: what a model gets to read is on record as read with the outcome itself, before anybody is answered. */
function cameIn(
  warrant: Warrant,
  definition: ToolDefinition,
  { output, error, scores }: Attempt,
  at: string,
): TransactItem | undefined {
  const { provenanceKey } = warrant;
  // a preview that people are shown reaches no model, and must not make what was proposed look like something that was read
  if (
    provenanceKey === undefined ||
    isPreviewCall(warrant) ||
    (output === undefined && error === undefined)
  ) {
    return undefined;
  }
  const names =
    output === undefined
      ? seenInMessage(definition, error?.message ?? '', provenanceKey)
      : seenInOutput(definition, warrant.proposal.arguments, output, provenanceKey);
  return keepOutput(warrant, { names, scores }, at);
}
