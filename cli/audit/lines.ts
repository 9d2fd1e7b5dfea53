import { printable } from '../render/text.ts';
import { PROBLEMS, type ProblemCode } from './codes.ts';
import type { Finding, Note, Place, Problem } from './findings.ts';
import type { Verified } from './verify-log.ts';

/** What a verification came to; with `--json` it is printed as it is. */
export interface AuditReport extends Verified {
  readonly verdict: 'proven' | 'problems';
  readonly source: string;
  /** Of each code how many there are; of one code the first thousand are told. */
  readonly counts: Readonly<Partial<Record<ProblemCode, number>>>;
  readonly problems: readonly Problem[];
  readonly notes: readonly Note[];
}

/** Of one code; `--json` has more. */
const MOST_SHOWN = 20;

/** The report for people. */
export function reportLines(report: AuditReport): readonly string[] {
  const { verdict, source, size, root, runs, objects, counts, problems, notes } = report;
  const about = `${size} entries of ${runs} runs, ${objects} objects of ${printable(source)}`;
  const signed = root === undefined ? [] : [`root ${root}`];
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return [
    ...Object.entries(counts).flatMap(([code, count]) =>
      ofCode(
        code as ProblemCode,
        count,
        problems.filter((problem) => problem.code === code),
      ),
    ),
    ...notes.map((note) => `note ${note.code}: ${said(note)}`),
    verdict === 'proven' ? `proven: ${about}` : `NOT proven, ${total} problems: ${about}`,
    ...signed,
  ];
}

function ofCode(code: ProblemCode, count: number, problems: readonly Problem[]): readonly string[] {
  const left = count - Math.min(problems.length, MOST_SHOWN);
  return [
    `${code} (${count}): ${PROBLEMS[code]}`,
    ...problems.slice(0, MOST_SHOWN).map((problem) => `  ${said(problem)}`),
    ...(left === 0 ? [] : [`  and ${left} others, see --json`]),
  ];
}

function said({ message, ...place }: Finding<string>): string {
  return [placeText(place), printable(message)].filter((text) => text !== '').join(': ');
}

function placeText({ object, line, leaf, tenant, run, call }: Place): string {
  const words = [
    object === undefined ? undefined : `${object}${line === undefined ? '' : `:${line}`}`,
    leaf === undefined ? undefined : `entry ${leaf}`,
    run === undefined ? undefined : `run ${run}${tenant === undefined ? '' : ` of ${tenant}`}`,
    call === undefined ? undefined : `call ${call}`,
  ];
  return printable(words.filter((word) => word !== undefined).join(', '));
}
