import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { type DetailedError, policySetTextToParts, validate } from '@cedar-policy/cedar-wasm/nodejs';
import { digestOf } from '../../domain/call/canonical.ts';
import type { HistoryCounters } from '../../domain/history/counters.ts';
import { didYouMean, expectedOneOf, nearest } from '../../domain/nearest.ts';
import type { BundledPolicy, PolicyBundle } from '../../domain/policy/bundle.ts';
import { cedarSchema } from '../../domain/policy/cedar-schema.ts';
import { GROUPS } from '../../domain/policy/groups.ts';
import { PRIVILEGED_TIER, type ToolDefinition, type ToolNamespace } from '../../domain/tool/definition.ts';
import { describedTool } from '../../domain/tool/digest.ts';
import { callTypes } from './call-types.ts';
import {
  budgetsFile,
  directoryFile,
  filesIn,
  historyFile,
  PolicyFilesInvalid,
  pricesFile,
  slackFile,
} from './documents.ts';
import { buildEnvelopes } from './envelopes.ts';
import { bundledPolicy } from './policy-text.ts';
import { textOriginProblems } from './text-origins.ts';
import { toolPriceProblems } from './tool-prices.ts';
import type { YamlFile } from './yaml-file.ts';

/** Folders of `policies/` that hold Cedar. */
const CEDAR_FOLDERS = ['guardrails', 'agents'];

/**
 * Everything that decides, checked and put into one document: Cedar parses, validates strictly against the schema made
 * from the tools; envelopes and directory are well-formed and name only tools and roles that exist; envelopes are compiled.
 *
 * @param root - the `policies` folder
 * @param warn - told what is said and not in force, each with file and line
 * @throws PolicyFilesInvalid with every problem of all files, each with file and line
 */
export function buildPolicyBundle(
  root: string,
  namespaces: readonly ToolNamespace[],
  warn: (warning: string) => void = () => undefined,
): PolicyBundle {
  const { value: directory, problems: directoryProblems } = directoryFile(root);
  const approverRoles = directory?.approver_roles;
  const historyOf = historyFile(root);
  const history = historyOf.value?.counters ?? {};
  const { value: budgets, problems: budgetProblems } = budgetsFile(root);
  const { value: slack, problems: slackProblems } = slackFile(root);
  const pricesOf = pricesFile(root);
  const { value: prices, problems: priceProblems } = pricesOf;
  const schema = cedarSchema(namespaces, approverRoles ?? [], history);
  const files = CEDAR_FOLDERS.flatMap((folder) => filesIn(`${root}/${folder}`, '.cedar'));
  const written = files.map((file) => policiesOf(readFileSync(file, 'utf8'), relative(root, file)));
  const built = buildEnvelopes(root, namespaces, {
    approverRoles,
    prices,
    types: callTypes(schema),
  });
  const policies = [...written.flatMap((file) => file.policies), ...built.policies];
  const fileProblems = written.flatMap((file) => file.problems);
  // of roles that cannot be read nothing that names one is known to be wrong
  const known = approverRoles === undefined ? [] : policyProblems(policies, schema, approverRoles);
  const problems = [
    ...directoryProblems,
    ...budgetProblems,
    ...priceProblems,
    ...slackProblems,
    ...toolPriceProblems(pricesOf, namespaces),
    ...historyOf.problems,
    ...historyProblems(historyOf, namespaces),
    ...built.problems,
    ...fileProblems,
    ...known,
    ...textOriginProblems(
      policies,
      namespaces.flatMap(({ tools }) => tools),
    ),
    // a guardrail may be in the file that does not parse
    ...(fileProblems.length > 0 ? [] : privilegeProblems(policies, namespaces)),
  ];
  if (directory === undefined || budgets === undefined || prices === undefined || problems.length > 0) {
    throw new PolicyFilesInvalid(problems);
  }
  for (const warning of built.warnings) {
    warn(warning);
  }
  const toolsDigest = digestOf(namespaces.flatMap(({ tools }) => tools.map(describedTool)));
  const destinations = destinationsOf(namespaces);
  const { envelopes } = built;
  const configured = { envelopes, directory, ...(slack && { slack }), history, budgets, prices };
  const content = { schema, policies, ...configured, toolsDigest, destinations };
  return { digest: digestOf(content), ...content };
}

interface ParsedFile {
  readonly policies: readonly BundledPolicy[];
  readonly problems: readonly string[];
}

/** One policy each, with the line it begins on. */
function policiesOf(text: string, file: string): ParsedFile {
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

function policyProblems(
  policies: readonly BundledPolicy[],
  schema: string,
  approverRoles: readonly string[],
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
    ...policies.flatMap((policy) => approverProblems(policy, approverRoles)),
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

function approverProblems(
  { file, line, annotations }: BundledPolicy,
  approverRoles: readonly string[],
): string[] {
  const { approvers, quorum } = annotations;
  return [
    approvers !== undefined && !approverRoles.includes(approvers)
      ? `${file}:${line}: @approvers("${approvers}")${expectedOneOf(approvers, approverRoles).replace(/^,/, ':')}`
      : undefined,
    quorum !== undefined && !/^[1-9]$/.test(quorum)
      ? `${file}:${line}: @quorum("${quorum}"): expected a number of people, "1" to "9"`
      : undefined,
    approvers === undefined && quorum !== undefined
      ? `${file}:${line}: @quorum without @approvers, say whose approvals count`
      : undefined,
  ].filter((problem) => problem !== undefined);
}

/** Over every principal and resource, and with no other way out. */
const PRIVILEGED_GUARD =
  /forbid\s*\(\s*principal\s*,\s*action\s+in\s+\[\s*Action::"tier4"\s*\]\s*,\s*resource\s*\)\s*unless\s*\{\s*context\.breakGlass\.active\s*\}\s*;\s*$/;

/** INVARIANT: no permit can open a tool of tier 4 by forgetting a condition; a guardrail over the tier is in the way. */
function privilegeProblems(
  policies: readonly BundledPolicy[],
  namespaces: readonly ToolNamespace[],
): string[] {
  if (policies.some(({ text }) => PRIVILEGED_GUARD.test(text))) {
    return [];
  }
  return namespaces
    .flatMap(({ tools }): readonly ToolDefinition[] => tools)
    .filter(({ tier }) => tier === PRIVILEGED_TIER)
    .map(
      ({ name }) =>
        `guardrails: tool '${name}' is of tier 4, and no policy forbids that tier unless break-glass is active, restore guardrails/break-glass.cedar`,
    );
}

function historyProblems(
  { name: file, value, lineOf: lineAt }: YamlFile<{ readonly counters: HistoryCounters }>,
  namespaces: readonly ToolNamespace[],
): string[] {
  const known = [...GROUPS, ...namespaces.flatMap(({ tools }) => tools.map(({ name }) => name))];
  return Object.entries(value?.counters ?? {}).flatMap(([counter, { of }]) =>
    of.flatMap((each, index) =>
      known.includes(each)
        ? []
        : [
            `${file}:${lineAt(['counters', counter, 'of', index])}: counter '${counter}' is of '${each}', which is no registered tool or group${didYouMean(each, known)}`,
          ],
    ),
  );
}

function lineOf(text: string, { sourceLocations }: DetailedError): number {
  // Cedar counts bytes
  const start = sourceLocations?.[0]?.start ?? 0;
  return linesIn(Buffer.from(text).subarray(0, start).toString());
}

function destinationsOf(namespaces: readonly ToolNamespace[]): PolicyBundle['destinations'] {
  const tools: readonly ToolDefinition[] = namespaces.flatMap(({ tools }) => tools);
  return Object.fromEntries(
    tools.flatMap(({ name, destinations = [] }) => (destinations.length === 0 ? [] : [[name, destinations]])),
  );
}
