import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import { htmlOf } from '../../../cli/render/html.ts';
import { markdownOf } from '../../../cli/render/markdown.ts';
import { receiptLines } from '../../../cli/render/receipt.ts';
import { receiptDocument } from '../../../cli/render/receipt-document.ts';
import type { Receipt } from '../../../contracts/api.ts';
import { receipt } from '../../support/views.ts';

/** What people and models write to make a page say or do something else. */
const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</td></tr></table><h1>approved</h1>',
  '</style><style>*{display:none}',
  '&lt;b&gt; &#60;',
  '[approved](javascript:alert(1))',
  '![x](https://example.com/x.png)',
  'https://example.com www.example.com a@example.com @everyone #1',
  '`code` ``two`` ``` three',
  '` | ` | approved | `',
  '\\` \\| \\\\| \\',
  '| a | b |\n| --- | --- |\n# heading\n\n---\n- item',
  '<!-- --> <details>',
  '**bold** _it_ ~~no~~ $x$',
  '\u202Eetadpu\u202C \u200B\u0000\u001B[2J',
  '\uD800',
  '',
  'x'.repeat(5_000),
];

/** The receipt with a text in every place where somebody else chooses it. */
function saying(text: string): Receipt {
  const [refused, asked] = receipt.calls;
  const { granted } = receipt.permission;
  assert.ok(refused && asked?.approval && asked.outcome && granted);
  const verdict = { by: text, verdict: 'approve', via: 'slack', at: 'T', note: text } as const;
  const reason = { code: text, message: text };
  return {
    ...receipt,
    run: {
      ...receipt.run,
      tenant: text,
      agent: text,
      workflow: text,
      user: { id: text, roles: [text] },
      reason,
    },
    startedBy: text,
    // none means that the run was never opened
    owner: text || 'nobody',
    permission: {
      ...receipt.permission,
      capChanges: [{ at: 'T', beforeMicroDollars: 1, capMicroDollars: 2, by: text, note: text }],
      granted: {
        ...granted,
        ...{ steward: text, reviewerRole: text, envelopeVersion: text },
        tools: granted.tools.map((tool) => ({
          ...tool,
          ...{ name: text, permittedBy: [text], approvers: [{ approverRole: text, quorum: 1 }] },
        })),
        policies: [{ id: text, text, reason: text }],
      },
    },
    calls: [
      {
        ...refused,
        tool: text,
        arguments: { [text]: text },
        reasons: [reason],
        decisions: [{ at: 'T', decision: 'deny', policies: [text], reasons: [reason] }],
      },
      {
        ...asked,
        ...{ tool: text, resource: text, policies: [text], arguments: { a: text } },
        decisions: asked.decisions.map((decision) => ({ ...decision, policies: [text] })),
        approval: { ...asked.approval, approverRole: text, verdicts: [verdict] },
        breakGlass: { grantId: text, incident: text },
        outcome: {
          ...asked.outcome,
          ...{ effects: [text], error: reason, undo: { tool: text }, redacted: { [text]: 1 } },
          changes: { [text]: [{ field: text, from: text, to: text }] },
          settled: { happened: true, by: text, at: 'T', note: text, evidence: text },
        },
      },
    ],
    questions: [
      { approvalId: text, at: 'T', approverRole: text, reason, verdicts: [verdict], continued: false },
    ],
    models: [{ model: text, answers: 1, inputTokens: 1, outputTokens: 1, costMicroDollars: 1 }],
    prices: { ...receipt.prices, version: text },
    proof: { ...receipt.proof, key: text, checkpoint: text },
  };
}

/** A page without the texts of its elements: what a browser would take for marks. */
const marksOf = (page: string) =>
  page
    .slice(page.indexOf('<body>'))
    .replaceAll('<wbr>', '')
    .replaceAll(/>[^<]*</g, '><');

suite('a receipt as a page', () => {
  const page = htmlOf(receiptDocument(receipt));
  const plainMarks = marksOf(htmlOf(receiptDocument(saying('x'))));

  for (const text of HOSTILE) {
    test(`is not changed by ${JSON.stringify(text.slice(0, 30))}`, () => {
      const marked = marksOf(htmlOf(receiptDocument(saying(text))));
      // what was said is quoted or set as code, and otherwise every mark is our own
      const same = (marks: string) => marks.replaceAll(/<(\/?)q>/g, '<$1code>');
      assert.equal(same(marked), same(plainMarks));
    });
  }

  test('has no character that hides or moves others', () => {
    const hostile = htmlOf(receiptDocument(saying('\u202Eetadpu\u0000')));
    assert.ok(!hostile.includes('\u0000') && !hostile.includes('\u202E'));
    assert.match(hostile, /\\u\{202e\}etadpu\\u\{0\}/);
  });

  test('asks nothing of anybody and runs nothing, and tells the browser to keep to that', () => {
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? assert.fail('no style');
    const hash = createHash('sha256').update(style).digest('base64');
    assert.ok(
      page.includes(
        `content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'"`,
      ),
    );
    assert.doesNotMatch(page, /<script|<link|<img|<iframe|<form| href=| src=| on\w+=| style=|@import|url\(/);
  });

  test('can be read aloud: language, title, headings in order, headers of tables with their scope', () => {
    assert.match(page, /^<!doctype html>\n<html lang="en">/);
    assert.match(page, /<title>Receipt of run-1<\/title>/);
    const levels = [...page.matchAll(/<h(\d)>/g)].map(([, level]) => Number(level));
    assert.deepEqual(levels.filter((level) => level === 1).length, 1);
    assert.ok(
      levels.every((level, index) => level <= (levels[index - 1] ?? 0) + 1),
      levels.join(),
    );
    assert.doesNotMatch(page, /<th(?! scope="(row|col)")[ >]/);
    const opened = page.match(/<(section|table|ul|tr|td|th|li|main|header)\b/g)?.length;
    assert.equal(page.match(/<\/(section|table|ul|tr|td|th|li|main|header)>/g)?.length, opened);
  });

  test('prints on A4 with rows and headings kept together', () => {
    assert.match(page, /@page \{ size: A4;/);
    assert.match(page, /tr, li \{ break-inside: avoid; \}/);
    assert.match(page, /overflow-wrap: anywhere/);
  });
});

/** Lines that are in no code block; of each block the line that opens it. */
function outsideBlocks(lines: readonly string[]): string[] {
  let fence: string | undefined;
  return lines.flatMap((line) => {
    const [ticks] = /^`{3,}$/.exec(line) ?? [];
    if (fence === undefined && ticks !== undefined) {
      fence = ticks;
      return ['```'];
    }
    if (fence !== undefined) {
      fence = line === fence ? undefined : fence;
      return [];
    }
    return [line];
  });
}

/** Without code spans too, which end with the next run of exactly as many backticks: all that Markdown interprets. */
function interpreted(lines: readonly string[]): string[] {
  return outsideBlocks(lines).map((line) => line.replaceAll(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '«»'));
}

const rowsOf = (receipt: Receipt) =>
  outsideBlocks(markdownOf(receiptDocument(receipt))).filter((line) => line.startsWith('| '));

suite('a receipt as Markdown', () => {
  const plainLines = interpreted(markdownOf(receiptDocument(saying('x'))));

  for (const text of HOSTILE) {
    test(`is not changed by ${JSON.stringify(text.slice(0, 30))}`, () => {
      const lines = markdownOf(receiptDocument(saying(text)));
      assert.deepEqual(interpreted(lines), plainLines);
      assert.ok(lines.every((line) => !/[\n\r]/.test(line)));
    });

    test(`has the same cells in every row with ${JSON.stringify(text.slice(0, 30))}`, () => {
      const bars = (row: string) => row.split('|').length;
      // GitHub looks for bars before it looks for code, so none may be in a value at all
      assert.deepEqual(rowsOf(saying(text)).map(bars), rowsOf(saying('x')).map(bars));
    });
  }

  test('has marks of our own words escaped, and a policy in a block of its own', () => {
    const lines = markdownOf(receiptDocument(receipt));
    assert.ok(lines.includes('permit (principal, action, resource);'));
    assert.ok(lines.includes('# Receipt of `run-1`'));
  });
});

suite('a receipt for whoever has nothing else', () => {
  const text = markdownOf(receiptDocument(receipt)).join('\n');

  for (const [what, expected] of [
    ['who owns it', /\*\*owner\*\*: `head of customer support` answers for the outcome/],
    ['its steward', /\*\*steward\*\*: `platform team` answers for access, models and change control/],
    ['who reviews it', /\*\*reviewer\*\*: whoever has the role `support_manager`/],
    ['for whom it acted', /\*\*acted for\*\*: `lena`, as `customer`/],
    ['who started it', /\*\*started by\*\*: `role\/app\/session`/],
    ['its mode', /\*\*mode\*\*: autonomous/],
    ['its cap', /\*\*cap\*\*: \$0\.50 for models and tools/],
    [
      'its tools, with tier and approvers',
      /\| `retail\.cancel_pending_order` \| write \| 3 \| .* \| 1 `support_manager` \|/,
    ],
    ['that the envelope is the run’s', /their digests are those of the run/],
    ['why a call was refused', /✗ refused: `no policy permits this call`/],
    [
      'who approved',
      /✓ people: 1 of 1 `support_manager` approved \(`apr-1`\): `maria` approved via api at 2026-01-31T09:00:30\.000Z, saying `checked by phone`/,
    ],
    [
      'which policy permitted a call, and on what it went',
      /✓ policy: permitted by `agents\/retail-support-refunds\/large-refund` .*It went by mode autonomous; user `lena` as `customer`; resource `status="pending"`/,
    ],
    [
      'what was set aside',
      /✓ budget: \$0\.000174, the most that it may cost, set aside within the run's cap of \$0\.50/,
    ],
    ['what it had an effect on', /✓ execution: succeeded at .*; effects on `orders\/#W1`/],
    [
      'what people cost, and how',
      /\| people \| \$2\.00 \| counted in the events: 2 minutes a verdict at \$60 an hour \|/,
    ],
    ['how to verify it', /countersign receipt verify receipt\.json --key KEYFILE/],
    ['what it cannot show', /A receipt cannot show that no event of the run is missing/],
  ] as const) {
    test(`says ${what}`, () => assert.match(text, expected));
  }

  test('warns when what is deployed is no longer what the run had', () => {
    const granted = {
      ...receipt.permission.granted,
      source: 'deployed_now',
      envelopeDigest: 'other',
    } as const;
    const changed = { ...receipt, permission: { ...receipt.permission, granted } } as Receipt;
    const document = markdownOf(receiptDocument(changed)).join('\n');
    assert.match(document, /ATTENTION: what is deployed now is not what the run had: the envelope differs\./);
    assert.match(document, /answers for access, models and change control \(as deployed now\)/);
    assert.match(
      receiptLines(changed).join('\n'),
      /steward .*\(as deployed now, which is no longer what the run had\)/,
    );
  });

  test('says what the log does not have when it was made from the log alone', () => {
    const { granted: _, ...permission } = receipt.permission;
    const document = markdownOf(receiptDocument({ ...receipt, permission })).join('\n');
    assert.match(document, /\*\*steward\*\*: not in the log/);
    assert.match(document, /Tools and approvers are not in the log/);
  });
});
