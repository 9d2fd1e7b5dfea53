import { decideGoverned, type Judge, recordedOutcome } from '../policy/backtest.ts';
import type { PolicyBundle } from '../policy/bundle.ts';
import { CASE_FOLDERS, type CaseFolder, type PolicyCase, requestOf } from '../policy/case.ts';
import { changeBetween } from '../policy/changes.ts';
import { type RecordedDecision, refusedOutsidePolicy } from '../policy/recorded.ts';
import { type RecordedCase, recordedCase } from '../policy/recorded-case.ts';
import { redact } from '../redaction/redact.ts';
import type { ToolDefinition } from '../tool/definition.ts';
import { isOfPerson, withoutPeople } from './people.ts';
import type { CallStep } from './steps.ts';

/** Policies of now, by which cases are decided. */
export type CaseJudge = Omit<Judge, 'bundle'> & {
  readonly bundle: Pick<PolicyBundle, 'directory' | 'envelopes' | 'policies' | 'history'>;
};

interface CaseWish {
  /** The claim. @default tool, decision and whether people had approved */
  readonly name?: string;
  /** What it should have been. @default what was decided */
  readonly expect?: CaseFolder;
}

/** A file of a folder of cases, or why a decision makes none. */
export type ReplayCase =
  | {
      readonly callId: string;
      readonly folder: CaseFolder;
      readonly file: string;
      readonly case: PolicyCase;
      /** Ids of people stay as they are: with others it would be decided otherwise. */
      readonly namesPeople: boolean;
      /** Whom the record hides and who is not the user, such as `resource.owner`: the case has some other person there. */
      readonly strangers: readonly string[];
    }
  | { readonly callId: string; readonly decision: string; readonly missing: readonly string[] };

/**
 * Decisions of a call as cases. Of an expectation that people are asked, or that it goes through, only what was decided before
 * people were asked is one; that it is refused is expected however many have approved.
 */
export function casesOfCall({ decisions, callId }: CallStep, judge: CaseJudge, wish: CaseWish): ReplayCase[] {
  const expected = wish.expect === undefined || wish.expect === 'DENY' ? decisions : decisions.slice(0, 1);
  return expected.map((event) => {
    const made = caseOf(event, judge, wish);
    return 'missing' in made ? { callId, decision: event.decision, ...made } : { callId, ...made };
  });
}

type Made = Omit<Extract<ReplayCase, { case: unknown }>, 'callId'> | { readonly missing: readonly string[] };

function caseOf(event: RecordedDecision, judge: CaseJudge, { name, expect }: CaseWish): Made {
  const definition = judge.findTool(event.tool);
  const code = refusedOutsidePolicy(event);
  if (code !== undefined && expect === undefined) {
    return { missing: [`a decision of policies: it was refused by ${code}`] };
  }
  const { recorded, strangers } = withStrangers(event, definition, judge);
  if ('missing' in recorded || definition === undefined) {
    return 'missing' in recorded ? recorded : { missing: [] };
  }
  const { case: neutral, namesPeople } = neutralised(recorded.case, definition, judge);
  const leaks = redactedPaths(neutral, event, judge);
  if (leaks.length > 0) {
    return { missing: leaks.map((path) => `${path}, in which something is redacted`) };
  }
  const folder = expect ?? folderOf(event);
  const { policies, quorum, ...asked } = neutral;
  const approved = Object.values(neutral.approvals ?? {}).some((people) => people > 0);
  const claim = `${name ?? `${event.tool} as in call ${event.callId} of ${event.runId}`}${approved ? ' once approved' : ''}`;
  return {
    ...{ folder, file: `${slug(claim)}.json`, namesPeople, strangers },
    case: expect === undefined ? { ...asked, policies, ...(quorum && { quorum }) } : asked,
  };
}

/** Somebody whom nothing else in a record is called. */
const STRANGER = 'some_other_person';

/**
 * A case of what the record has, with a stranger for people whom it hides: it says of them that they are not the user.
 *
 * INVARIANT: only where that is decided as it was recorded; otherwise they are missing like all else that is hidden.
 */
function withStrangers(
  event: RecordedDecision,
  definition: ToolDefinition | undefined,
  judge: CaseJudge,
): { readonly recorded: RecordedCase; readonly strangers: readonly string[] } {
  const plain = { recorded: recordedCase(event, definition), strangers: [] };
  const { context } = event;
  const strangers = (context?.hidden ?? []).filter((path) => isOfPerson(path.slice(path.indexOf('.') + 1)));
  if (context === undefined || strangers.length === 0) {
    return plain;
  }
  const under = (part: string) =>
    Object.fromEntries(
      strangers
        .filter((path) => path.startsWith(`${part}.`))
        .map((path) => [path.slice(part.length + 1), STRANGER]),
    );
  const recorded = recordedCase(
    {
      ...event,
      context: {
        ...context,
        resource: { ...context.resource, ...under('resource') },
        facts: { ...context.facts, ...under('facts') },
        hidden: context.hidden?.filter((path) => !strangers.includes(path)),
      },
    },
    definition,
  );
  const outcome = 'case' in recorded ? outcomeOf(recorded.case, judge) : undefined;
  const isAsRecorded = outcome !== undefined && changeBetween(recordedOutcome(event), outcome) === undefined;
  return isAsRecorded ? { recorded, strangers } : plain;
}

function folderOf({ decision }: RecordedDecision): CaseFolder {
  const folders = Object.keys(CASE_FOLDERS) as CaseFolder[];
  return folders.find((folder) => CASE_FOLDERS[folder] === decision) ?? 'DENY';
}

function slug(claim: string): string {
  return claim.replaceAll(/[^A-Za-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '');
}

/** INVARIANT: neutral ids decide as the true ones do; an id that a policy names, or that is decided by, stays. */
function neutralised(
  it: PolicyCase,
  definition: ToolDefinition,
  judge: CaseJudge,
): { readonly case: PolicyCase; readonly namesPeople: boolean } {
  const isNamed = (id: string) => judge.bundle.policies.some(({ text }) => text.includes(JSON.stringify(id)));
  const neutral = withoutPeople(it, definition, isNamed);
  const [before, after] = [it, neutral].map((each) => outcomeOf(each, judge));
  const isSame =
    before === undefined
      ? after === undefined
      : after !== undefined && changeBetween(before, after) === undefined;
  const namesNobody = withoutPeople(it, definition, () => false);
  return isSame
    ? { case: neutral, namesPeople: JSON.stringify(neutral) !== JSON.stringify(namesNobody) }
    : { case: it, namesPeople: true };
}

/** @returns undefined when it cannot be decided */
function outcomeOf(it: PolicyCase, judge: CaseJudge) {
  try {
    return decideGoverned(requestOf(it, judge.bundle, judge.findTool), it.workflow, judge);
  } catch {
    return undefined;
  }
}

/** Where a value has something in it that may not be written down. */
function redactedPaths(it: PolicyCase, event: RecordedDecision, { bundle }: CaseJudge): readonly string[] {
  const redaction = bundle.envelopes[event.workflow]?.logging.redaction;
  // names of policies, and when it was, are nobody's data
  const { policies: _, at: __, ...written } = it;
  return differing(written, redact(written, { redaction }).value, []);
}

function differing(before: unknown, after: unknown, path: readonly string[]): readonly string[] {
  if (typeof before !== 'object' || before === null || typeof after !== 'object' || after === null) {
    return before === after ? [] : [path.join('.')];
  }
  const others = after as Readonly<Record<string, unknown>>;
  const found = Object.entries(before).flatMap(([name, value]) =>
    Object.hasOwn(others, name)
      ? differing(value, others[name], [...path, name])
      : [[...path, name].join('.')],
  );
  return found;
}
