import type { ShownPreview } from '../../contracts/api.ts';
import type { CallRequest, CallResult } from '../../contracts/call.ts';
import { loggedReason } from '../../domain/audit/event.ts';
import { capRefusal, capsOf } from '../../domain/budget/budget.ts';
import { type Prices, toolPrice } from '../../domain/budget/prices.ts';
import { previewCallIdOf } from '../../domain/call/governed-call.ts';
import { parseProposal } from '../../domain/call/proposal.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import type { ToolDefinition } from '../../domain/tool/definition.ts';
import { shownPreview } from '../../domain/tool/shown-changes.ts';
import type { OpenRunRecord } from '../adapters/runs.ts';
import type { Turn } from '../adapters/transcripts.ts';
import { findTool } from '../tools/registry.ts';

/** What a preview is decided by before it is a call. */
interface PreviewTerms {
  readonly run: OpenRunRecord;
  readonly envelope: Envelope;
  readonly prices: Prices;
}

/**
 * What people are shown of a call that waits for them, or the call that finds it out. It is a governed call like any other, but
 * the platform's own: the model neither proposes it nor is told. Null when the tool shows nothing beforehand.
 */
export function previewFor(
  turn: Turn,
  call: CallRequest,
  terms: PreviewTerms,
): { readonly call: CallRequest } | { readonly shown: ShownPreview | null } {
  const parsed = parseProposal(call.proposal, findTool);
  const preview = parsed.ok ? parsed.definition.preview : undefined;
  if (!parsed.ok || preview === undefined) {
    return { shown: null };
  }
  const callId = previewCallIdOf(call.callId);
  const result = turn.previews?.find((each) => each.callId === callId);
  if (result !== undefined) {
    return { shown: shownBy(result, terms.run.digestKey) };
  }
  const refusal = refusalOf(preview, turn, terms);
  if (refusal !== undefined) {
    return { shown: { error: refusal } };
  }
  const { tenant, runId } = call;
  const { arguments: parameters } = parsed.proposal;
  return { call: { tenant, runId, callId, proposal: { tool: preview, arguments: parameters } } };
}

/** Why the preview is not even proposed; undefined when it is. */
function refusalOf(preview: string, turn: Turn, { run, envelope, prices }: PreviewTerms): string | undefined {
  const definition = findTool(preview);
  if (definition === undefined || !envelope.permissions.allowed_tools.includes(preview)) {
    return `the envelope does not allow the preview, add ${preview} to its allowed_tools`;
  }
  const waiting = waitingTools(turn);
  const holds = [definition, ...waiting].map(
    ({ name, maximumCostMicroDollars }) => maximumCostMicroDollars + toolPrice(prices, name),
  );
  const caps = capsOf(run, envelope);
  // INVARIANT: no preview takes from the run what the calls that wait for people need themselves
  if (run.callsAuthorized + holds.length > caps.calls) {
    return 'the run has no tool call left for a preview beside the calls that wait for people';
  }
  const hold = holds.reduce((sum, each) => sum + each, 0);
  return capRefusal(run, hold, caps.microDollars) === undefined
    ? undefined
    : 'the run has no money left for a preview beside the calls that wait for people';
}

function waitingTools({ calls, results }: Turn): ToolDefinition[] {
  const waiting = results.filter(({ decision }) => decision === 'needs_approval');
  return calls
    .filter(({ callId }) => waiting.some((result) => result.callId === callId))
    .map(({ proposal }) => parseProposal(proposal, findTool))
    .flatMap((parsed) => (parsed.ok ? [parsed.definition] : []));
}

function shownBy(result: CallResult, digestKey: string | undefined): ShownPreview {
  switch (result.decision) {
    case 'allow':
      return result.status === 'succeeded' && result.output !== undefined
        ? shownPreview(result.output, digestKey)
        : failed(`the preview failed: ${result.error?.message ?? 'its answer was lost'}`);
    case 'deny':
      return failed(
        `the preview was refused: ${result.reasons.map(({ message }) => message).join('; ') || 'no policy permits it'}`,
      );
    case 'needs_approval':
      return failed('the preview was refused: policy lets nobody see it without an approval of its own');
    default:
      return failed(`the preview gave no answer: ${result.error}`);
  }
}

const MAXIMUM_ERROR_LENGTH = 500;

/** What a state machine says of a failure may hold anything. */
function failed(message: string): ShownPreview {
  return {
    error: loggedReason({ code: 'no_preview', message })
      .message.slice(0, MAXIMUM_ERROR_LENGTH)
      .toWellFormed(),
  };
}
