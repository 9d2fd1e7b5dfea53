import type { CaseResult } from '../../domain/policy/case.ts';
import type { Coverage } from './test.ts';

/** Characters that XML 1.0 cannot hold, not even escaped. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones
const UNHOLDABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};

/** Text for an attribute or between tags. */
export function xmlText(text: string): string {
  return text.replaceAll(UNHOLDABLE, '\ufffd').replaceAll(/[&<>"'\n\r\t]/g, (mark) => ESCAPES[mark] ?? mark);
}

interface TestCase {
  readonly name: string;
  readonly file: string;
  /** Empty when it holds. */
  readonly failure: string;
  readonly skipped?: boolean;
}

/** A suite for each folder of cases, and one with a test for each policy: that it decided a case. */
export function junitXml(results: readonly CaseResult[], { policies, uncovered, allowed }: Coverage): string {
  const byFolder = Map.groupBy(results, ({ folder }) => folder);
  const suites = [...byFolder].map(([folder, those]) =>
    suite(
      folder,
      those.map(({ claim, file, differences }) => ({ name: claim, file, failure: differences.join('\n') })),
    ),
  );
  const coverage = policies.map((policy) => {
    const isUncovered = uncovered.includes(policy);
    return {
      name: policy.id,
      file: `${policy.file}:${policy.line}`,
      failure: isUncovered && !allowed ? 'decided no case' : '',
      skipped: isUncovered && allowed,
    };
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="policies">',
    ...suites,
    suite('coverage', coverage),
    '</testsuites>',
    '',
  ].join('\n');
}

function suite(name: string, tests: readonly TestCase[]): string {
  const failures = tests.filter(({ failure }) => failure !== '').length;
  const skipped = tests.filter((test) => test.skipped).length;
  return [
    `  <testsuite name="${xmlText(name)}" tests="${tests.length}" failures="${failures}" errors="0" skipped="${skipped}">`,
    ...tests.map((test) => `    ${testCase(name, test)}`),
    '  </testsuite>',
  ].join('\n');
}

function testCase(suiteName: string, { name, file, failure, skipped = false }: TestCase): string {
  const open = `<testcase classname="policies.${xmlText(suiteName)}" name="${xmlText(name)}" file="${xmlText(file)}"`;
  if (failure === '' && !skipped) {
    return `${open}/>`;
  }
  const [first = ''] = failure.split('\n');
  const inner = skipped ? '<skipped/>' : `<failure message="${xmlText(first)}">${xmlText(failure)}</failure>`;
  return `${open}>${inner}</testcase>`;
}
