import { join, resolve } from 'node:path';
import { compareRecorded, decideGoverned } from '../../domain/policy/backtest.ts';
import { type BundleChanges, bundleChanges } from '../../domain/policy/bundle-changes.ts';
import { type ClaimedCase, requestOf } from '../../domain/policy/case.ts';
import {
  changeBetween,
  changeName,
  countsByChange,
  type DecisionChange,
  type Outcome,
  worstFirst,
} from '../../domain/policy/changes.ts';
import type { ExitCode } from '../failure.ts';
import { batchesIn } from '../log/batches.ts';
import { printable } from '../render/text.ts';
import { asExample, documentOf, idsOf, type Redecision, summarised, summaryLines } from './backtest.ts';
import { changeLines, exitCodeOf, type FailOn } from './changes.ts';
import { messageOf, type OpenedPolicies, openCases, openPolicies, openSide } from './project.ts';
import { decisionsIn } from './records.ts';
import type { PolicySession } from './session.ts';

interface DiffOptions {
  readonly cases?: string;
  readonly records?: readonly string[];
  readonly failOn: FailOn;
}

/** Compares two sides: what is written differently, and which decisions differ by it. */
export async function diffPolicies(
  { output, projectRoot }: PolicySession,
  before: string,
  after: string,
  { cases: folder, records, failOn }: DiffOptions,
): Promise<ExitCode> {
  using former = openSide(projectRoot, before);
  using latter = openSide(projectRoot, after);
  const [one, other] = [openPolicies(former.root), openPolicies(latter.root)];
  const written = bundleChanges(one.bundle, other.bundle);
  const cases = folder === undefined ? casesOfBoth(former.root, latter.root) : openCases(resolve(folder));
  const decided = cases.map((each) => compareCase(each, one, other));
  const changedCases = decided.flatMap(({ changed = [] }) => changed);
  const skipped = decided.flatMap(({ skipped = [] }) => skipped);
  const redecided: Redecision[] = [];
  for await (const event of decisionsIn(batchesIn(records ?? []))) {
    redecided.push({ ...idsOf(event), result: compareRecorded(event, one, other) });
  }
  const summary = summarised(redecided);
  const document = {
    written,
    cases: {
      decided: cases.length - skipped.length,
      skipped: skipped.map(({ about: _, ...each }) => each),
      changes: countsByChange(changedCases),
      changed: worstFirst(changedCases).map(({ about: _, change, ...each }) => ({
        change: changeName(change),
        ...change,
        ...each,
      })),
    },
    ...(records === undefined ? {} : { records: { decisions: redecided.length, ...documentOf(summary) } }),
  };
  output.show(document, () => [
    ...writtenLines(written),
    `${cases.length - skipped.length} cases, ${changedCases.length} decided otherwise`,
    ...skipped.map(({ about, why }) => `  not decided: ${printable(about)}: ${printable(why)}`),
    ...changeLines(changedCases, output),
    ...(records === undefined
      ? []
      : [
          `${redecided.length} recorded decisions`,
          ...summaryLines(summary),
          ...changeLines(summary.changed.map(asExample), output),
        ]),
  ]);
  const changes = [...changedCases, ...summary.changed].map(({ change }) => change);
  return exitCodeOf(changes, failOn);
}

/** Of a case that both have, what it is after. */
function casesOfBoth(before: string, after: string): readonly ClaimedCase[] {
  const cases = [before, after].flatMap((root) => openCases(join(root, 'cases')));
  return [...new Map(cases.map((each) => [each.file, each])).values()];
}

/** What became of a case: at most one of these has it; neither when both sides decide the same. */
interface ComparedCase {
  readonly changed?: readonly (CaseName & { readonly change: DecisionChange })[];
  readonly skipped?: readonly (CaseName & { readonly why: string })[];
}

interface CaseName extends Pick<ClaimedCase, 'folder' | 'claim' | 'file'> {
  readonly about: string;
}

function compareCase(each: ClaimedCase, before: OpenedPolicies, after: OpenedPolicies): ComparedCase {
  const { folder, claim, file } = each;
  const name = { about: `${folder}: ${claim}`, folder, claim, file };
  try {
    const change = changeBetween(outcomeOf(each, before), outcomeOf(each, after));
    return change === undefined ? {} : { changed: [{ ...name, change }] };
  } catch (error) {
    return { skipped: [{ ...name, why: messageOf(error as Error) }] };
  }
}

/** @throws Error for a tool that is not registered, ZodError for arguments that do not fit it */
function outcomeOf({ case: it }: ClaimedCase, policies: OpenedPolicies): Outcome {
  return decideGoverned(requestOf(it, policies.bundle, policies.findTool), it.workflow, policies);
}

function writtenLines({ policies, envelopes }: BundleChanges): readonly string[] {
  const lines = [
    ...policies.added.map(({ id, file, line }) => `  added    ${id}  (${file}:${line})`),
    ...policies.removed.map(({ id, file, line }) => `  removed  ${id}  (was ${file}:${line})`),
    ...policies.changed.map(({ id, file, line }) => `  changed  ${id}  (${file}:${line})`),
    ...envelopes.added.map(({ id }) => `  added    envelope ${id}`),
    ...envelopes.removed.map(({ id }) => `  removed  envelope ${id}`),
    ...envelopes.changed.map(({ id, fields = [] }) => `  changed  envelope ${id}: ${fields.join(', ')}`),
  ];
  return lines.length === 0 ? ['nothing is written differently'] : ['written differently', ...lines];
}
