import type { Receipt, ReceiptCall } from '../../contracts/api.ts';
import type { PreviewMatch } from '../../contracts/events.ts';
import type { ReceiptGrant, ReceiptPermission } from '../../contracts/receipt.ts';
import { verdictText } from './approvals.ts';
import { fieldText } from './changes.ts';
import { type Gate, type GateContext, gateContext, gatesOf } from './receipt-gates.ts';
import { retrievedTexts } from './retrieved.ts';
import { runLines } from './run.ts';
import { argumentText, type Column, facts, money, printable, redactedText, table } from './text.ts';
import { settlementText } from './unknown-outcomes.ts';
import { textOf } from './words.ts';

const COLUMNS: readonly Column[] = [
  { title: 'call' },
  { title: 'tool' },
  { title: 'decision' },
  { title: 'outcome' },
  { title: 'cost', align: 'right' },
  { title: 'policies' },
];

/** The account of a run: who and what, each call with what decided it, what it changed and cost, and the proof. */
export function receiptLines(receipt: Receipt): readonly string[] {
  const { calls, cost, events, permission, proof } = receipt;
  const { granted } = permission;
  return [
    ...runLines(receipt.run),
    '',
    ...callTable(receipt),
    ...(calls.length === 0 ? [] : ['']),
    ...questionLines(receipt),
    ...facts([
      ['owner', printable(receipt.owner)],
      ['steward', granted && printable(`${granted.steward}${today(granted)}`)],
      ['reviewer', granted && printable(`${granted.reviewerRole}${today(granted)}`)],
      ['started by', printable(receipt.startedBy)],
      ['cap', permission.capMicroDollars === undefined ? undefined : capText(permission)],
      ['may use', granted && printable(toolsText(granted))],
      ['policies', receipt.policyDigest],
      ['envelope', receipt.envelopeDigest],
      ['model', money(cost.modelMicroDollars)],
      ['tools', money(cost.toolsMicroDollars)],
      ['infrastructure', money(cost.infrastructureMicroDollars)],
      ['people', money(cost.peopleMicroDollars)],
      ['total', `${money(cost.totalMicroDollars)}, of its budget ${money(cost.budgetMicroDollars)}`],
      ['events', `${events.count}, sha-256 ${events.digest}`],
      ['proof', printable(`${proof.says}; key ${proof.key}`)],
    ]),
  ];
}

function today({ source }: ReceiptGrant): string {
  return source === 'of_the_run' ? '' : ' (as deployed now, which is no longer what the run had)';
}

function capText({ capMicroDollars = 0, capChanges }: ReceiptPermission): string {
  const changes = capChanges.map(
    ({ capMicroDollars: to, by, at, note }) => `; ${money(to)} from ${at} on, by ${by}: ${note}`,
  );
  return printable(`${money(capMicroDollars)}${changes.join('')}`);
}

/** `retail.cancel_pending_order (tier 3, 2 support_manager)` */
function toolsText(granted: ReceiptGrant): string {
  const texts = granted.tools.map(({ name, tier, approvers }) =>
    [`${name} (tier ${tier}`, ...approvers.map((each) => `${each.quorum} ${each.approverRole}`)].join(', '),
  );
  return `${texts.map((text) => `${text})`).join(', ')}${today(granted)}`;
}

function questionLines({ questions }: Receipt): readonly string[] {
  return questions.flatMap(({ approvalId, approverRole, reason, verdicts, continued }) => [
    `${approvalId} asked ${printable(approverRole)} whether the run may go on: ${printable(reason.message)}`,
    ...verdicts.map((verdict) => `    ${verdictText(verdict)}`),
    `    ${continued ? 'it went on' : 'it did not go on'}`,
    '',
  ]);
}

function callTable({ calls, permission }: Receipt): readonly string[] {
  if (calls.length === 0) {
    return [];
  }
  const context = gateContext(permission);
  const [header = '', ...rows] = table(COLUMNS, calls.map(cellsOf));
  return [header, ...rows.flatMap((row, index) => [row, ...detailLines(calls[index], context)])];
}

function cellsOf({ callId, tool, decision, outcome, policies }: ReceiptCall): readonly string[] {
  return [
    callId,
    printable(tool),
    decision,
    outcome?.status ?? 'not executed',
    outcome === undefined ? '' : money(outcome.costMicroDollars),
    policies.map(printable).join(', '),
  ];
}

function detailLines(call: ReceiptCall | undefined, context: GateContext): readonly string[] {
  if (call === undefined) {
    return [];
  }
  const { approval, breakGlass, outcome, reasons } = call;
  const details = [
    argumentText(call.arguments),
    ...passedGates(call, context),
    ...(approval === undefined ? [] : [`approval ${approval.approvalId}`]),
    ...(approval?.verdicts ?? []).map(verdictText),
    ...(breakGlass === undefined
      ? []
      : [`under break-glass ${breakGlass.grantId} for ${printable(breakGlass.incident)}`]),
    ...reasons.map(({ message }) => `because ${printable(message)}`),
    ...(outcome === undefined ? [] : changeTexts(outcome)),
    ...(outcome?.preview === undefined ? [] : [PREVIEW_TEXTS[outcome.preview]]),
    ...(outcome?.retrieved === undefined ? [] : retrievedTexts(outcome.retrieved)),
    ...(outcome?.redacted === undefined ? [] : [redactedText(outcome.redacted)]),
    ...(outcome?.undo === undefined ? [] : [`can be taken back with ${printable(outcome.undo.tool)}`]),
    ...(outcome?.error === undefined ? [] : [`failed: ${printable(outcome.error.message)}`]),
    ...(outcome?.settled === undefined ? [] : [`settled ${settlementText(outcome.settled)}`]),
  ];
  return details.filter((detail) => detail !== '').map((detail) => `    ${detail}`);
}

/** What people said has lines of its own, and a refusal its reasons. */
function passedGates(call: ReceiptCall, context: GateContext): readonly string[] {
  return call.decision === 'allow'
    ? gatesOf(call, context).flatMap(({ gate, text }) => (SHOWN_GATES.includes(gate) ? [textOf(text)] : []))
    : [];
}

const SHOWN_GATES: readonly Gate['gate'][] = ['policy', 'budget'];

const PREVIEW_TEXTS: Readonly<Record<PreviewMatch, string>> = {
  as_shown: 'changed exactly what people were shown',
  otherwise: 'CHANGED OTHERWISE THAN PEOPLE WERE SHOWN',
};

/** A line for each effect, with the fields that changed where they are known. */
function changeTexts({ effects, changes = {} }: NonNullable<ReceiptCall['outcome']>): readonly string[] {
  return [...new Set([...effects, ...Object.keys(changes)])].map((effect) => {
    const fields = (Object.hasOwn(changes, effect) ? changes[effect] : undefined) ?? [];
    const shown = fields.length === 0 ? '' : `: ${fields.map(fieldText).join(', ')}`;
    return printable(`changed ${effect}${shown}`);
  });
}
