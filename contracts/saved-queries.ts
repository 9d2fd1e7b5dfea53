/**
 * Saved SQL over the log: names that the stack and the command line must spell alike, and what a file under `queries/` says of
 * itself. docs/sql.md has them all.
 */

/** Table over `events/` of the audit bucket: a row for each event, a column for each member. */
export const EVENTS_TABLE = 'events';

/** Partition of the table: the day of the event, such as `2026-11-29`. */
export const DAY_PARTITION = 'dt';

/** Glue database of a deployment. Athena takes no hyphens in it without quoting. */
export function auditDatabase(prefix: string): string {
  return `${prefix.replaceAll('-', '_')}_audit`;
}

/** Athena workgroup that auditors ask in. */
export function auditWorkgroup(prefix: string): string {
  return `${prefix}-audit`;
}

/** Managed policy that a role needs for it, and no other right. */
export function auditorPolicyName(prefix: string): string {
  return `${prefix}-auditor`;
}

/** Name of a member's column: `costMicroDollars` is `cost_micro_dollars`. */
export function columnOf(member: string): string {
  return member.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export interface SavedQuery {
  readonly name: string;
  /** What it answers, one sentence or two. */
  readonly answers: string;
  readonly parameters: readonly QueryParameter[];
  /** Name of the parameter that each `?` of the text takes, in order. */
  readonly placeholders: readonly string[];
  /** The whole file, header and all. */
  readonly sql: string;
}

export interface QueryParameter {
  readonly name: string;
  readonly about: string;
  /** Empty for everything when it is left out. */
  readonly isOptional: boolean;
}

const FILE_NAME = /^([a-z0-9]+(?:-[a-z0-9]+)*)\.sql$/;
const PARAMETER = /^@(\w+) +(optional: )?(.+)$/;
/** Each `?` says which parameter it is, so that nothing has to be counted. */
const PLACEHOLDER = /\?(?: \/\* (\w+) \*\/)?/g;

/**
 * What a file says of itself: a header of `--` lines with what it answers and `@name about` for each parameter, then SQL in
 * which every `?` is followed by the name of its parameter in a comment.
 *
 * @throws Error for a file that does not, naming it
 */
export function savedQuery(file: string, sql: string): SavedQuery {
  const [, name] = FILE_NAME.exec(file) ?? [];
  if (name === undefined) {
    throw new Error(`${file}: expected a name such as calls-without-outcome.sql`);
  }
  const lines = sql.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('--'));
  const header = lines.slice(0, end).map((line) => line.replace(/^-- ?/, ''));
  const parameters = header.flatMap((line) => {
    const [, parameter, optional, about] = PARAMETER.exec(line) ?? [];
    return parameter === undefined || about === undefined
      ? []
      : [{ name: parameter, about, isOptional: optional !== undefined }];
  });
  const answers = header
    .filter((line) => !line.startsWith('@'))
    .join(' ')
    .trim();
  const placeholders = [...lines.slice(end).join('\n').matchAll(PLACEHOLDER)].map(([, each]) => each ?? '');
  const known = parameters.map((each) => each.name);
  const wrong = [
    ...(answers === '' ? ['no line that says what it answers'] : []),
    ...placeholders.filter((each) => !known.includes(each)).map((each) => `a ? of '${each}', no parameter`),
    ...known.filter((each) => !placeholders.includes(each)).map((each) => `no ? takes @${each}`),
  ];
  if (wrong.length > 0) {
    throw new Error(`${file}: ${wrong.join('; ')}`);
  }
  return { name, answers, parameters, placeholders, sql };
}
