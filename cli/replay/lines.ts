import type { LedgerEvent } from '../../contracts/events.ts';
import type { Outcome } from '../../domain/policy/changes.ts';
import type { Rejudged } from '../../domain/replay/rejudge.ts';
import type { Counts, ReplayedCall, ReplayedDecision, ReplayedStep } from '../../domain/replay/replayed.ts';
import { differs, type ReplaySummary } from '../../domain/replay/replayed.ts';
import type { Output } from '../output.ts';
import { fieldText } from '../render/changes.ts';
import { eventLines } from '../render/events.ts';
import { argumentText, facts, money, printable, redactedText, shortDigest } from '../render/text.ts';

type Paint = Output['paint'];
type Fact = readonly [string, string | undefined];

/** A step for people: a heading with its place in the run, and under it what the record has. */
export function stepLines(
  step: ReplayedStep,
  place: { readonly number: number; readonly of: number },
  paint: Paint,
): readonly string[] {
  const number = `${place.number}/${place.of}`;
  if (step.kind === 'frame') {
    return [`${paint('dim', number)}  ${frameText(step.event, paint)}`];
  }
  const [first] = step.decisions;
  const on = first?.event.resource === undefined ? '' : ` on ${printable(first.event.resource)}`;
  return [
    `${paint('dim', number)}  ${paint('bold', `call ${printable(step.callId)}  ${printable(step.tool)}${on}`)}`,
    ...facts(first === undefined ? [] : inputFacts(first)).map(indented),
    ...step.decisions.flatMap((decision) => decisionLines(decision, paint)),
    ...facts([...step.approvals.map(approvalFact), ...outcomeFacts(step)]).map(indented),
    ...step.contradictions.map((text) => indented(paint('red', `contradiction: ${text}`))),
  ];
}

/** Of an event whose members are not those of its type, whatever is there. */
function frameText(event: LedgerEvent, paint: Paint): string {
  try {
    return eventLines(event, paint).join('\n');
  } catch (error) {
    return paint(
      'red',
      `not as an event should be (${(error as Error).message}): ${printable(JSON.stringify(event))}`,
    );
  }
}

function indented(line: string): string {
  return `    ${line}`;
}

function inputFacts({ event }: ReplayedDecision): readonly Fact[] {
  const { agent, workflow, context, breakGlass } = event;
  const {
    mode,
    user,
    resource,
    facts: known,
    users = [],
    hidden = [],
    history,
    scores,
    origins,
  } = context ?? {};
  return [
    ['agent', `${printable(agent)} in ${printable(workflow)}${mode === undefined ? '' : `, mode ${mode}`}`],
    ['user', user && printable([user.id, ...(user.roles ?? []).map((role) => `(${role})`)].join(' '))],
    ['arguments', argumentText(event.arguments)],
    ['resource', valuesText(resource)],
    ['facts', valuesText(known)],
    ['the user is', users.length === 0 ? undefined : printable(users.join(', '))],
    ['hidden', hidden.length === 0 ? undefined : printable(hidden.join(', '))],
    ['history', valuesText(history)],
    ['scores', valuesText(scores)],
    ['origins', valuesText(origins)],
    ['break-glass', breakGlass && printable(`${breakGlass.grantId} for ${breakGlass.incident}`)],
  ];
}

function valuesText(values: Readonly<Record<string, unknown>> | undefined): string | undefined {
  return values === undefined || Object.keys(values).length === 0 ? undefined : argumentText(values);
}

function decisionLines({ event, recorded, current }: ReplayedDecision, paint: Paint): readonly string[] {
  const { decision, policies, reasons = [], quorum, approverRole, approvalId, context } = event;
  const needs =
    quorum === undefined || approverRole === undefined ? undefined : { people: quorum, approverRole };
  const outcome = outcomeText({ kind: decision, policies, ...(needs && { quorum: needs }) });
  const people = valuesText(context?.approvals);
  const held = event.holdMicroDollars === undefined ? undefined : money(event.holdMicroDollars);
  return facts([
    ['decided', `${paint('bold', outcome)}, ${event.at}`],
    ...reasons.map(({ message }): Fact => ['because', printable(message)]),
    [
      'approval',
      approvalId && `${printable(approvalId)}${people === undefined ? '' : `, approved by ${people}`}`,
    ],
    ['held', held],
    [`under ${shortDigest(printable(event.policyDigest))}`, rejudgedText(recorded, paint)],
    ['under policies of now', rejudgedText(current, paint)],
  ]).map(indented);
}

/** `same`, `changed: allow -> deny by guardrails/mode/stopped`, `unknown: resource.email`. */
export function rejudgedText(rejudged: Rejudged, paint: Paint): string {
  switch (rejudged.status) {
    case 'same':
      return paint('green', 'same');
    case 'changed': {
      const { from, to } = rejudged;
      const before = from.kind === to.kind ? outcomeText(from) : from.kind;
      return paint('red', `changed: ${before} -> ${outcomeText(to)}`);
    }
    case 'unknown':
      return paint('yellow', `unknown: ${printable(rejudged.needs.join(', '))}`);
    case 'not_by_policy':
      return `not decided by policy: ${printable(rejudged.code)}`;
  }
}

function outcomeText({ kind, policies, quorum }: Outcome): string {
  const by = policies.length === 0 ? 'no policy' : printable(policies.join(', '));
  const asked = quorum === undefined ? '' : ` (${quorum.people} ${printable(quorum.approverRole)})`;
  return `${kind} by ${by}${asked}`;
}

function approvalFact(event: ReplayedCall['approvals'][number]): Fact {
  switch (event.type) {
    case 'approval.waiting':
      return ['asked', `until ${printable(event.expiresAt)}, ${event.at}`];
    case 'approval.told':
      return ['told', `${printable(event.approverRole)} in ${printable(event.channel)}, ${event.at}`];
    case 'approval.verdict': {
      const note = event.note === undefined ? '' : `: ${printable(event.note)}`;
      return ['said', `${printable(event.by)} ${event.verdict}${note}, ${event.at}`];
    }
  }
}

function outcomeFacts({ executed, settled }: ReplayedCall): readonly Fact[] {
  const found = settled && `${settled.happened ? 'happened' : 'did not happen'}, by ${printable(settled.by)}`;
  const finding: Fact = ['found out', found && `${found}: ${printable(settled.note)}`];
  if (executed === undefined) {
    return [['outcome', 'not executed'], finding];
  }
  const { status, error, effects, changes = {}, preview, undo, redacted, cached } = executed;
  const { costMicroDollars, releasedMicroDollars } = executed;
  const why = error === undefined ? '' : `: ${printable(error.message)}`;
  return [
    ['outcome', `${status}${why}${cached ? ', answered before' : ''}, ${executed.at}`],
    ['effects', effects.length === 0 ? 'none' : printable(effects.join(', '))],
    ...Object.entries(changes).flatMap(([effect, fields]) =>
      fields.map((field): Fact => ['changed', printable(`${effect}: ${fieldText(field)}`)]),
    ),
    [
      'as shown',
      preview && (preview === 'as_shown' ? 'yes' : 'NO, it changed otherwise than people were shown'),
    ],
    ['undone by', undo && printable(undo.tool)],
    ['withheld', redacted && redactedText(redacted)],
    ['cost', `${money(costMicroDollars)}, released ${money(releasedMicroDollars)}`],
    finding,
  ];
}

export function summaryLines(summary: ReplaySummary, paint: Paint): readonly string[] {
  const { decisions, recorded, current, contradictory } = summary;
  return [
    `${decisions} decisions`,
    ...facts([
      ['under the policies that they name', countsText(recorded)],
      ['under the policies of now', countsText(current)],
      ['contradictions', contradictory === 0 ? undefined : `in the record of ${contradictory} calls`],
    ]).map((line) => `  ${line}`),
    differs(summary) ? paint('red', 'some decision differs') : paint('green', 'no decision differs'),
  ];
}

function countsText({ same, changed, unknown, not_by_policy }: Counts): string {
  const counts = [
    [same, 'same'],
    [changed, 'changed'],
    [unknown, 'unknown'],
    [not_by_policy, 'not decided by policy'],
  ] as const;
  const text = counts.flatMap(([count, name]) => (count === 0 ? [] : [`${count} ${name}`]));
  return text.length === 0 ? 'none' : text.join(', ');
}

/** The document of a step, as `--json` gives it. */
export function stepDocument(step: ReplayedStep, number: number): object {
  if (step.kind === 'frame') {
    return { step: number, kind: 'event', event: step.event satisfies LedgerEvent };
  }
  const { decisions, contradictions, ...call } = step;
  return {
    step: number,
    ...call,
    decisions: decisions.map(({ event, recorded, current }) => ({ recorded, current, event })),
    contradictions,
  };
}
