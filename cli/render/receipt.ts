import type { Receipt, ReceiptCall } from '../../contracts/api.ts';
import type { PreviewMatch } from '../../contracts/events.ts';
import { verdictText } from './approvals.ts';
import { fieldText } from './changes.ts';
import { retrievedTexts } from './retrieved.ts';
import { runLines } from './run.ts';
import { argumentText, type Column, facts, money, printable, redactedText, table } from './text.ts';
import { settlementText } from './unknown-outcomes.ts';

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
  const { run, calls, cost, events } = receipt;
  return [
    ...runLines(run),
    '',
    ...callTable(calls),
    '',
    ...facts([
      ['owner', printable(receipt.owner)],
      ['policies', receipt.policyDigest],
      ['envelope', receipt.envelopeDigest],
      ['model', money(cost.modelMicroDollars)],
      ['tools', money(cost.toolsMicroDollars)],
      ['infrastructure', money(cost.infrastructureMicroDollars)],
      ['people', money(cost.peopleMicroDollars)],
      ['total', `${money(cost.totalMicroDollars)}, of its budget ${money(cost.budgetMicroDollars)}`],
      ['events', `${events.count}, sha-256 ${events.digest}`],
    ]),
  ];
}

function callTable(calls: readonly ReceiptCall[]): readonly string[] {
  const [header = '', ...rows] = table(COLUMNS, calls.map(cellsOf));
  return [header, ...rows.flatMap((row, index) => [row, ...detailLines(calls[index])])];
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

function detailLines(call: ReceiptCall | undefined): readonly string[] {
  if (call === undefined) {
    return [];
  }
  const { approval, breakGlass, outcome, reasons } = call;
  const details = [
    argumentText(call.arguments),
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
