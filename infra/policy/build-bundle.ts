import { digestOf } from '../../domain/call/canonical.ts';
import type { HistoryCounters } from '../../domain/history/counters.ts';
import { didYouMean, expectedOneOf } from '../../domain/nearest.ts';
import type { BundledPolicy, PolicyBundle } from '../../domain/policy/bundle.ts';
import { cedarSchema } from '../../domain/policy/cedar-schema.ts';
import { GROUPS } from '../../domain/policy/groups.ts';
import { PRIVILEGED_TIER, type ToolDefinition, type ToolNamespace } from '../../domain/tool/definition.ts';
import { describedTool } from '../../domain/tool/digest.ts';
import { callTypes } from './call-types.ts';
import { policiesIn, validationProblems } from './cedar-files.ts';
import { countersigningOf } from './countersigning.ts';
import {
  budgetsFile,
  directoryFile,
  historyFile,
  PolicyFilesInvalid,
  pricesFile,
  slackFile,
} from './documents.ts';
import { buildEnvelopes } from './envelopes.ts';
import { quorumProblems } from './quorums.ts';
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
  const written = CEDAR_FOLDERS.map((folder) => policiesIn(root, folder));
  const tools: readonly ToolDefinition[] = namespaces.flatMap((namespace) => namespace.tools);
  const built = buildEnvelopes(root, namespaces, {
    approverRoles,
    minimumQuorum: directory?.minimum_quorum,
    prices,
    types: callTypes(schema),
  });
  const policies = [...written.flatMap((file) => file.policies), ...built.policies];
  const countersigning = countersigningOf(root, directory);
  const fileProblems = written.flatMap((file) => file.problems);
  // of roles that cannot be read nothing that names one is known to be wrong
  const known =
    approverRoles === undefined
      ? []
      : validationProblems(policies, schema, (policy) => [
          ...approverProblems(policy, approverRoles),
          ...(directory === undefined
            ? []
            : quorumProblems(policy, { directory, tools, envelopes: built.envelopes })),
        ]);
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
    ...countersigning.problems,
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
  const content = {
    schema,
    policies,
    countersigning: countersigning.value,
    ...configured,
    toolsDigest,
    destinations,
  };
  return { digest: digestOf(content), ...content };
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

function destinationsOf(namespaces: readonly ToolNamespace[]): PolicyBundle['destinations'] {
  const tools: readonly ToolDefinition[] = namespaces.flatMap(({ tools }) => tools);
  return Object.fromEntries(
    tools.flatMap(({ name, destinations = [] }) => (destinations.length === 0 ? [] : [[name, destinations]])),
  );
}
