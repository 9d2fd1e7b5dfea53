import type { ReceiptCall } from '../../contracts/api.ts';
import type { PreviewMatch } from '../../contracts/events.ts';
import { fieldText } from './changes.ts';
import type { Block, Fact, ListItem, Section } from './document.ts';
import { type GateContext, gatesOf } from './receipt-gates.ts';
import { money } from './text.ts';
import { joined, plain, values, type Words, words } from './words.ts';

type Outcome = NonNullable<ReceiptCall['outcome']>;

/** One call: what was proposed, every gate that it came to, and what came of it. */
export function callSection(call: ReceiptCall, context: GateContext): Section {
  const { callId, tool, resource } = call;
  const given = Object.entries(call.arguments).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const facts: Fact[] = [
    ['arguments', values(given)],
    ...(resource === undefined ? [] : [['on', words`${resource}`] as const]),
  ];
  const items = [...gatesOf(call, context), execution(call)];
  return {
    heading: words`${callId}: ${tool}`,
    blocks: [{ kind: 'facts', facts }, { kind: 'list', items }, ...changeTable(call.outcome)],
  };
}

function execution({ decision, outcome }: ReceiptCall): ListItem {
  if (outcome === undefined) {
    return decision === 'allow'
      ? { tone: 'open', text: plain('execution: allowed, and no execution is on record') }
      : {
          tone: 'bad',
          text: plain('execution: not executed, so nothing was changed and nothing was charged'),
        };
  }
  const { status, at, costMicroDollars } = outcome;
  const how = plain(`execution: ${status} at ${at}, cost ${money(costMicroDollars)}`);
  return {
    tone: status === 'succeeded' && outcome.preview !== 'otherwise' ? 'good' : 'bad',
    text: joined([how, ...outcomeWords(outcome)], '; '),
  };
}

const PREVIEWS: Readonly<Record<PreviewMatch, string>> = {
  as_shown: 'it changed exactly what people were shown',
  otherwise: 'IT CHANGED SOMETHING ELSE THAN PEOPLE WERE SHOWN',
};

function outcomeWords(outcome: Outcome): readonly Words[] {
  const { effects, cached, preview, redacted, undo, error, settled, outputDigest } = outcome;
  const counts = Object.entries(redacted ?? {}).map(([kind, count]) => `${count} ${kind}`);
  return [
    effects.length === 0 ? plain('no effects') : words`effects on ${values(effects)}`,
    ...(cached === undefined ? [] : [plain('an earlier answer was given again, the tool was not asked')]),
    ...(preview === undefined ? [] : [plain(PREVIEWS[preview])]),
    ...(counts.length === 0 ? [] : [words`redacted ${values(counts)}`]),
    ...(undo === undefined ? [] : [words`can be taken back with ${undo.tool}`]),
    ...(error === undefined ? [] : [words`because ${error.message}`]),
    ...(outputDigest === undefined ? [] : [words`output digest ${outputDigest}`]),
    ...(settled === undefined ? [] : [settledWords(settled)]),
  ];
}

function settledWords({ happened, by, at, note, evidence }: NonNullable<Outcome['settled']>): Words {
  const what = plain(`${happened ? 'it happened' : 'it did not happen'}, found out at ${at} by `);
  return words`${what}${by}, saying ${note}${evidence === undefined ? [] : words` (${evidence})`}`;
}

function changeTable(outcome: Outcome | undefined): readonly Block[] {
  const changes = Object.entries(outcome?.changes ?? {});
  if (changes.length === 0) {
    return [];
  }
  const rows = changes.flatMap(([effect, fields]) =>
    fields.map((change) => [words`${effect}`, words`${fieldText(change)}`]),
  );
  return [{ kind: 'table', columns: [{ title: 'changed' }, { title: 'field, from, to' }], rows }];
}
