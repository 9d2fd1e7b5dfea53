import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { type DetailedError, policySetTextToParts, validate } from '@cedar-policy/cedar-wasm/nodejs';
import { nearest } from '../../domain/nearest.ts';
import type { BundledPolicy } from '../../domain/policy/bundle.ts';
import { filesIn } from './documents.ts';
import { bundledPolicy } from './policy-text.ts';

/** What the files of one folder come to. */
export interface ParsedFiles {
  readonly policies: readonly BundledPolicy[];
  readonly problems: readonly string[];
}

/** Every policy of a folder of `policies`, in the order of files and lines. */
export function policiesIn(root: string, folder: string): ParsedFiles {
  const files = filesIn(`${root}/${folder}`, '.cedar').map((file) =>
    policiesOf(readFileSync(file, 'utf8'), relative(root, file)),
  );
  return {
    policies: files.flatMap(({ policies }) => policies),
    problems: files.flatMap(({ problems }) => problems),
  };
}

/** One policy each, with the line it begins on. */
function policiesOf(text: string, file: string): ParsedFiles {
  const parts = policySetTextToParts(text);
  if (parts.type === 'failure') {
    return {
      policies: [],
      problems: parts.errors.map((error) => `${file}:${lineOf(text, error)}: ${error.message}`),
    };
  }
  const templates = parts.policy_templates.map(
    (template) =>
      `${file}:${linesIn(text.slice(0, text.indexOf(template)))}: a template, which nothing would enforce, write a policy for each of its uses`,
  );
  const policies: BundledPolicy[] = [];
  const problems = [...templates];
  let before = { start: 0, end: 0, line: 1 };
  for (const policy of asWritten(parts.policies)) {
    const start = text.indexOf(policy, before.end);
    // counted on from the one before: a file may hold thousands
    const line = before.line + linesIn(text.slice(before.start, start)) - 1;
    before = { start, end: start + policy.length, line };
    const bundled = bundledPolicy(policy, { file, prefix: file.replace(/\.cedar$/, ''), line });
    if ('problem' in bundled) {
      problems.push(bundled.problem);
    } else {
      policies.push(bundled);
    }
  }
  return { policies, problems };
}

/** Cedar numbers the policies of a file and gives them sorted by the text of their numbers: 0, 1, 10, 11, 2. */
function asWritten(policies: readonly string[]): string[] {
  const numbers = [...policies.keys()].sort((left, right) => (`${left}` < `${right}` ? -1 : 1));
  const written = numbers.map((number, position) => [number, policies[position] as string] as const);
  return written.sort(([left], [right]) => left - right).map(([, policy]) => policy);
}

function linesIn(text: string): number {
  return text.split('\n').length;
}

/**
 * What Cedar's strict validation says of policies, each with file and line.
 *
 * @param alsoWrong - with a policy that Cedar knows nothing of
 */
export function validationProblems(
  policies: readonly BundledPolicy[],
  schema: string,
  alsoWrong: (policy: BundledPolicy) => readonly string[],
): string[] {
  const firstById = new Map(policies.toReversed().map((policy) => [policy.id, policy]));
  const duplicates = policies
    .filter((policy) => firstById.get(policy.id) !== policy)
    .map(({ file, line, id }) => `${file}:${line}: a second policy '${id}', give each its own @id`);
  if (duplicates.length > 0) {
    return duplicates;
  }
  const staticPolicies = Object.fromEntries(policies.map(({ id, text }) => [id, text]));
  const answer = validate({ validationSettings: { mode: 'strict' }, schema, policies: { staticPolicies } });
  if (answer.type === 'failure') {
    return answer.errors.map(({ message }) => `schema: ${message}`);
  }
  const invalid = [...answer.validationErrors, ...answer.validationWarnings].map(({ policyId, error }) => {
    const policy = firstById.get(policyId) as BundledPolicy;
    // what was compiled has no lines of its own
    const within = policy.file.endsWith('.cedar') ? lineOf(policy.text, error) - 1 : 0;
    return { file: policy.file, line: policy.line + within, message: cedarMessage(error) };
  });
  // Cedar tells them in any order
  const inOrder = invalid.sort((left, right) =>
    left.file === right.file ? left.line - right.line : left.file < right.file ? -1 : 1,
  );
  return [
    ...inOrder.map(({ file, line, message }) => `${file}:${line}: ${message}`),
    ...policies.flatMap(alsoWrong),
  ];
}

/** Cedar guesses at any name, however far away; what is not near is left out. */
function cedarMessage({ message, help }: DetailedError): string {
  const said = message.replace(/^for policy `[^`]*`, /, '');
  const [, wrong = ''] = /(?:attribute|action|type) `(?:\w+::")?([^`"]*)"?`/.exec(said) ?? [];
  const [, guess] = /^did you mean `(?:\w+::")?([^`"]*)"?`/.exec(help ?? '') ?? [];
  const last = wrong.split('.').at(-1) ?? '';
  const isFar =
    guess !== undefined && nearest(last, [guess]) === undefined && nearest(wrong, [guess]) === undefined;
  return help && !isFar ? `${said} (${help})` : said;
}

function lineOf(text: string, { sourceLocations }: DetailedError): number {
  // Cedar counts bytes
  const start = sourceLocations?.[0]?.start ?? 0;
  return linesIn(Buffer.from(text).subarray(0, start).toString());
}
