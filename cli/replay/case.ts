import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { CaseFolder } from '../../domain/policy/case.ts';
import { casesOfCall, type ReplayCase } from '../../domain/replay/cases.ts';
import { type CallStep, stepsOf } from '../../domain/replay/steps.ts';
import { EXIT, type ExitCode, usageFailure } from '../failure.ts';
import { openPolicies } from '../policy/project.ts';
import { rootOf } from '../policy/session.ts';
import { printable } from '../render/text.ts';
import { readRun } from './read-run.ts';
import type { RecordOptions, ReplaySession } from './session.ts';

interface CaseOptions extends RecordOptions {
  readonly call?: string;
  readonly cases?: string;
  readonly name?: string;
  readonly expect?: CaseFolder;
}

type MadeCase = Extract<ReplayCase, { case: unknown }>;

/** Writes the decisions of a run, or of one call of it, as cases of policies; says of the others what the record does not have. */
export async function writeCases(
  session: ReplaySession,
  runId: string,
  options: CaseOptions,
): Promise<ExitCode> {
  const { output } = session;
  const { call, name, expect } = options;
  if (expect !== undefined && call === undefined) {
    throw usageFailure('--expect is about one call, say which with --call');
  }
  const root = rootOf(session, options);
  const folder = resolve(options.cases ?? join(root, 'cases'));
  const judge = openPolicies(root);
  const calls = callsOf(await readRun(session, runId, options).then(stepsOf), call);
  const all = calls.flatMap((step) => casesOfCall(step, judge, { name: named(name, step, calls), expect }));
  const made = all.filter((each): each is MadeCase => 'case' in each);
  const missing = all.filter((each) => 'missing' in each);
  const written = made.map((each) => ({ ...each, file: writeOnce(folder, each) }));
  output.show(
    {
      written: written.map(({ callId, folder: claim, file, namesPeople, strangers }) => ({
        ...{ callId, folder: claim, file, namesPeople, strangers },
      })),
      missing,
    },
    () => [
      ...written.map((each) => `${each.folder}  ${relative('', each.file)}${remarksOn(each)}`),
      ...missing.map(
        ({ callId, decision, missing: what }) =>
          `no case of ${printable(callId)}, ${decision}: the record does not have ${printable(what.join(', '))}`,
      ),
      `${written.length} of ${all.length} decisions written`,
    ],
  );
  return missing.length === 0 ? EXIT.ok : EXIT.refused;
}

function remarksOn({ namesPeople, strangers }: MadeCase): string {
  const remarks = [
    ...(namesPeople ? ['with ids of people, by which it is decided'] : []),
    ...strangers.map((path) => `${printable(path)} is hidden, and somebody else than the user`),
  ];
  return remarks.length === 0 ? '' : `  (${remarks.join('; ')})`;
}

function callsOf(steps: ReturnType<typeof stepsOf>, id: string | undefined): readonly CallStep[] {
  const calls = steps.filter((step) => step.kind === 'call');
  const chosen = calls.filter(({ callId }) => id === undefined || callId === id);
  if (chosen.length === 0) {
    const known = calls.map(({ callId }) => callId).join(', ') || 'none';
    throw usageFailure(`the run has no call ${id ?? 'at all'}, expected one of ${printable(known)}`);
  }
  return chosen;
}

function named(
  name: string | undefined,
  { callId }: CallStep,
  { length }: readonly CallStep[],
): string | undefined {
  return name === undefined || length === 1 ? name : `${name} ${callId}`;
}

/**
 * Writing the same again changes nothing.
 *
 * @returns the path
 * @throws CommandFailure with exit code 2 when it cannot be written, or another case is there
 */
function writeOnce(folder: string, { folder: claim, file, case: document }: MadeCase): string {
  const path = join(folder, claim, file);
  const text = `${JSON.stringify(document, null, 2)}\n`;
  try {
    mkdirSync(join(folder, claim), { recursive: true });
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST') {
      throw usageFailure(`${path} cannot be written: ${message}`);
    }
    if (readFileSync(path, 'utf8') !== text) {
      throw usageFailure(`${path} is another case already, give this one a --name of its own`);
    }
  }
  return path;
}
