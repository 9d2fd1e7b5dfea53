import type { Receipt } from '../../contracts/api.ts';
import type { Block, Section } from './document.ts';
import { money } from './text.ts';
import { plain, words } from './words.ts';

const AMOUNT = { title: 'amount', align: 'right' } as const;

/** In three parts, with how each comes about. */
export function costSection(receipt: Receipt): Section {
  const { cost, prices } = receipt;
  const { infrastructure: infra, people } = prices;
  const rows = [
    ['model', cost.modelMicroDollars, 'charged to the budget, each answer as it was metered'],
    ['tools', cost.toolsMicroDollars, 'charged to the budget, each call as it was executed'],
    [
      'infrastructure',
      cost.infrastructureMicroDollars,
      `counted in the events: $${infra.usd_per_run} a run, $${infra.usd_per_turn} a turn, $${infra.usd_per_call} a decision`,
    ],
    [
      'people',
      cost.peopleMicroDollars,
      `counted in the events: ${people.minutes_per_verdict} minutes a verdict at $${people.usd_per_hour} an hour`,
    ],
    ['total', cost.totalMicroDollars, `of which ${money(cost.budgetMicroDollars)} were the run's budget`],
  ] as const;
  return {
    heading: plain('What it cost'),
    blocks: [
      {
        kind: 'table',
        columns: [{ title: 'part' }, AMOUNT, { title: 'how it comes about' }],
        rows: rows.map(([part, amount, how]) => [plain(part), plain(money(amount)), plain(how)]),
      },
      ...modelTable(receipt),
      {
        kind: 'text',
        text: words`Prices of infrastructure and people: version ${prices.version}, those in force when this was made.`,
      },
    ],
  };
}

function modelTable({ models }: Receipt): readonly Block[] {
  const right = (title: string) => ({ title, align: 'right' }) as const;
  const columns = [{ title: 'model' }, ...['answers', 'tokens in', 'tokens out', 'cost'].map(right)];
  const rows = models.map(({ model, answers, inputTokens, outputTokens, costMicroDollars }) => [
    words`${model}`,
    ...[String(answers), String(inputTokens), String(outputTokens), money(costMicroDollars)].map(plain),
  ]);
  return rows.length === 0 ? [] : [{ kind: 'table', columns, rows }];
}
