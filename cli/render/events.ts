import type { EventBody, LedgerEvent, PreviewMatch } from '../../contracts/events.ts';
import { approvalLine } from './approval-events.ts';
import { retrievedText } from './retrieved.ts';
import {
  argumentText,
  money,
  type Paint,
  printable,
  redactedText,
  type Style,
  shortDigest,
  unpainted,
} from './text.ts';

/** What an event says, for people. */
export type Line = readonly [label: string, style: Style, text: string];

const LABEL_WIDTH = 9;

/** Lines that tell an event to people, each with its time: one, or three for a decision. */
export function eventLines(event: LedgerEvent, paint: Paint = unpainted): readonly string[] {
  return linesOf(event).map(
    ([label, style, text]) =>
      `${paint('dim', event.at)}  ${paint(style, label.padEnd(LABEL_WIDTH))}  ${text}`,
  );
}

function linesOf(event: EventBody): readonly Line[] {
  switch (event.type) {
    case 'run.requested':
      return [['requested', 'bold', `for ${printable(event.user.id)} by ${printable(event.requestedBy)}`]];
    case 'run.opened': {
      const policies = `policies ${shortDigest(event.policyDigest)}`;
      const cap = `cap ${money(event.capMicroDollars)}`;
      return [['opened', 'bold', `mode ${event.mode}, ${cap}, ${policies}, owner ${printable(event.owner)}`]];
    }
    case 'model.called':
      return [modelLine(event)];
    case 'model.routed':
      return [
        ['routed', 'dim', `${printable(event.model ?? 'no model')}: ${printable(event.reason.message)}`],
      ];
    case 'budget.step': {
      const share = `${Math.round(event.share * 100)} % of ${printable(event.cap)}`;
      return [['budget', 'yellow', `${event.step} from ${share} on: ${event.used} of ${event.of} used`]];
    }
    case 'budget.cap_changed': {
      const { beforeMicroDollars, capMicroDollars } = event;
      const text = `from ${money(beforeMicroDollars)} to ${money(capMicroDollars)} by ${said(event)}`;
      return [['cap', 'yellow', text]];
    }
    case 'loop.found':
      return [['loop', 'yellow', `${printable(event.reason.message)} (${event.callIds.join(', ')})`]];
    case 'run.questioned': {
      const who = `${printable(event.approverRole)} has to say whether it goes on`;
      return [['asks', 'yellow', `${who}, approval ${event.approvalId}: ${printable(event.reason.message)}`]];
    }
    case 'run.continued':
      return [['goes on', 'green', `with approval ${event.approvalId}`]];
    case 'call.decided':
      return decisionLines(event);
    case 'approval.waiting':
    case 'approval.told':
    case 'approval.verdict':
      return [approvalLine(event)];
    case 'call.executed':
      return [executionLine(event)];
    case 'call.settled':
      return [settlementLine(event)];
    case 'break_glass.opened': {
      const asked = `${event.tools.map(printable).join(', ')} for ${event.minutes} minutes`;
      const why = `${printable(event.incident)}: ${printable(event.reason)}`;
      return [['opened', 'yellow', `by ${printable(event.by)}, ${asked}, ${why}`]];
    }
    case 'break_glass.confirmed':
      return [['active', 'red', `until ${event.expiresAt}, confirmed by ${said(event)}`]];
    case 'break_glass.rejected':
      return [['rejected', 'red', `by ${said(event)}`]];
    case 'break_glass.ended':
      return [['ended', 'bold', `by ${said(event)}`]];
    case 'break_glass.used': {
      const { usedByRun, callId, resource, userId } = event;
      const what = `${printable(event.tool)} on ${printable(resource)} for ${printable(userId)}`;
      return [['used', 'red', `${callId} of ${usedByRun}: ${what}`]];
    }
    case 'policy.changed':
      return [policyLine(event)];
    case 'workflow.paused':
      return [['paused', 'red', printable(event.reason.message)]];
    case 'workflow.resumed':
      return [['resumed', 'green', `by ${said(event)}`]];
    case 'run.held':
      return [['held', 'yellow', `by ${said(event)}`]];
    case 'run.released':
      return [['released', 'bold', `by ${said(event)}`]];
    case 'person.erased': {
      const gone = `${event.runs} runs, ${event.transcripts} transcripts, ${event.calls} calls, ${event.approvals} approvals`;
      return [['erased', 'yellow', `${gone} and ${event.names} lists of names by ${said(event)}`]];
    }
    case 'run.closed': {
      const reason = event.reason === undefined ? '' : `: ${printable(event.reason.message)}`;
      const spent = `${event.calls} calls, spent ${money(event.spentMicroDollars)}`;
      return [['closed', 'bold', `${event.outcome}, ${spent}${reason}`]];
    }
    default:
      return [['unknown', 'dim', printable(JSON.stringify(event))]];
  }
}

function policyLine(event: Extract<EventBody, { type: 'policy.changed' }>): Line {
  const { before, after, envelopes, more, firstRun } = event;
  const since = before === undefined ? 'the first' : `instead of ${shortDigest(before)}`;
  const changed = envelopes.map(({ workflow }) => printable(workflow));
  const which = [...changed, ...(more === undefined ? [] : [`${more.count} more`])].join(', ') || 'none';
  return [
    'policies',
    'yellow',
    `${shortDigest(after)}, ${since}, from ${firstRun} on; envelopes changed: ${which}`,
  ];
}

function modelLine(event: Extract<EventBody, { type: 'model.called' }>): Line {
  const { model, inputTokens, outputTokens, costMicroDollars, purpose, insteadOf, cached, lost, invalid } =
    event;
  const parts = [
    `${printable(model)}${purpose === undefined ? '' : ` for ${purpose}`}: ${inputTokens} tokens in, ${outputTokens} out`,
    cached ? 'answered before' : money(costMicroDollars),
    ...(lost ? ['its answer is lost, the most that it may have cost is charged'] : []),
    ...(insteadOf === undefined
      ? []
      : [`instead of ${printable(insteadOf.model)}: ${printable(insteadOf.why.message)}`]),
    ...(invalid ?? []).map(({ message }) => `not understood: ${printable(message)}`),
  ];
  return ['model', 'dim', parts.join(', ')];
}

function said({ by, note }: { readonly by: string; readonly note?: string }): string {
  return `${printable(by)}${note === undefined ? '' : `: ${printable(note)}`}`;
}

function settlementLine(event: Extract<EventBody, { type: 'call.settled' }>): Line {
  const { callId, happened, by, note, evidence } = event;
  const shown = evidence === undefined ? '' : ` (${printable(evidence)})`;
  const text = `${callId} ${printable(event.tool)} ${happened ? 'happened' : 'did not happen'}, found out by`;
  return ['settled', happened ? 'green' : 'yellow', `${text} ${printable(by)}: ${printable(note)}${shown}`];
}

function decisionLines(event: Extract<EventBody, { type: 'call.decided' }>): readonly Line[] {
  const { callId, decision, approvalId, holdMicroDollars } = event;
  const asked = approvalId !== undefined && decision !== 'needs_approval';
  const proposed = `${callId} ${printable(event.tool)} ${argumentText(event.arguments)}`.trimEnd();
  const held = `${callId} ${money(holdMicroDollars ?? 0)} set aside`;
  return [
    // After people were asked, the same call is decided again.
    ...(asked ? [] : [['proposed', 'cyan', proposed] as const]),
    decisionLine(event, `${asked ? ` with approval ${approvalId}` : ''}${underBreakGlass(event)}`),
    ...(holdMicroDollars === undefined ? [] : [['held', 'dim', held] as const]),
  ];
}

function underBreakGlass({ breakGlass }: Extract<EventBody, { type: 'call.decided' }>): string {
  return breakGlass === undefined
    ? ''
    : ` under break-glass ${breakGlass.grantId} for ${printable(breakGlass.incident)}`;
}

function decisionLine(event: Extract<EventBody, { type: 'call.decided' }>, under: string): Line {
  const { callId, policies, reasons = [], quorum = 1, approverRole = 'approver' } = event;
  const by = policies.length === 0 ? 'by no policy' : `by policy ${policies.map(printable).join(', ')}`;
  switch (event.decision) {
    case 'allow':
      return ['allowed', 'green', `${callId} ${by}${under}`];
    case 'deny': {
      const why = reasons.map(({ message }) => printable(message)).join('; ');
      return ['denied', 'red', `${callId} ${by}${under}: ${why}`];
    }
    case 'needs_approval':
      return [
        'asks',
        'yellow',
        `${callId} ${quorum} ${printable(approverRole)} has to approve, ${by}${under}`,
      ];
  }
}

const PREVIEW_TEXTS: Readonly<Record<PreviewMatch, string>> = {
  as_shown: ' as people were shown',
  otherwise: ' OTHERWISE THAN PEOPLE WERE SHOWN',
};

function executionLine(event: Extract<EventBody, { type: 'call.executed' }>): Line {
  const { callId, status, error, effects, redacted, undo, cached, preview, retrieved } = event;
  const touched = effects.length === 0 ? 'no effects' : `changed ${effects.map(printable).join(', ')}`;
  const cost = `cost ${money(event.costMicroDollars)}, released ${money(event.releasedMicroDollars)}`;
  const hidden = redacted === undefined ? '' : `, ${redactedText(redacted)}`;
  const why = error === undefined ? '' : `: ${printable(error.message)}`;
  const back = undo === undefined ? '' : `, undone by ${printable(undo.tool)}`;
  const again = cached ? ', answered before' : '';
  const shown = preview === undefined ? '' : PREVIEW_TEXTS[preview];
  const read = retrieved === undefined ? '' : `, ${retrievedText(retrieved)}`;
  const text = `${callId} ${printable(event.tool)}, ${touched}${read}${shown}${back}${hidden}${again}, ${cost}${why}`;
  return [status, status === 'succeeded' && preview !== 'otherwise' ? 'green' : 'red', text];
}
