import type { Receipt, ReceiptCall } from '../../contracts/api.ts';
import { verdictText } from './approvals.ts';
import { runLines } from './run.ts';
import { argumentText, type Column, facts, money, printable, table } from './text.ts';
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
      ['total', money(cost.totalMicroDollars)],
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
    ...(outcome === undefined || outcome.effects.length === 0
      ? []
      : [`changed ${outcome.effects.map(printable).join(', ')}`]),
    ...(outcome?.error === undefined ? [] : [`failed: ${printable(outcome.error.message)}`]),
    ...(outcome?.settled === undefined ? [] : [`settled ${settlementText(outcome.settled)}`]),
  ];
  return details.filter((detail) => detail !== '').map((detail) => `    ${detail}`);
}
