import { AthenaClient } from '@aws-sdk/client-athena';
import { DEFAULT_PREFIX } from '../../contracts/names.ts';
import { auditDatabase, auditWorkgroup } from '../../contracts/saved-queries.ts';
import { awsServices, type ConnectionOptions } from '../connection.ts';
import { EXIT, type ExitCode, unreachableFailure, usageFailure } from '../failure.ts';
import { type Period, periodOf } from '../log/period.ts';
import type { Output } from '../output.ts';
import { money, printable, table } from '../render/text.ts';
import { askAthena, type Cell, type Told } from './athena.ts';
import { queryFiles, queryNamed } from './query-files.ts';
import { executionParameters, namesFor, parameterValues } from './query-parameters.ts';

export interface QueryOptions extends Partial<Period> {
  readonly param: readonly string[];
  readonly tenant?: string;
}

interface Session {
  readonly output: Output;
  /** @default of the account that the options name */
  readonly athena?: AthenaClient | undefined;
}

/** List price of us-east-1 in 2026-11, 5 dollars a terabyte, and the least that a query is billed. */
const BYTES_PER_MICRO_DOLLAR = 1e12 / 5_000_000;
const LEAST_BILLED_BYTES = 10_000_000;

export function listQueries({ show, hint }: Output): ExitCode {
  const queries = queryFiles();
  show(
    queries.map(({ name, answers, parameters }) => ({ name, answers, parameters })),
    () =>
      table(
        [{ title: 'query' }, { title: 'parameters' }, { title: 'answers' }],
        queries.map(({ name, answers, parameters }) => [
          name,
          namesFor(parameters).join(', '),
          answers.split(/(?<=\.) |[:;,] /)[0] ?? '',
        ]),
      ),
  );
  hint('ask one with: countersign audit query NAME [--param name=value] [--since day] [--until day]');
  return EXIT.ok;
}

/** @throws CommandFailure with exit code 1 when Athena ends the query, 2 for wrong usage, 3 when it cannot be asked */
export async function askQuery(
  { output, athena }: Session,
  name: string,
  options: QueryOptions & ConnectionOptions,
): Promise<ExitCode> {
  const query = queryNamed(name);
  const { since, until } = periodOf(options, new Date().toISOString().slice(0, 10));
  const values = parameterValues(query, options.param, { since, until, tenant: options.tenant });
  const literals = executionParameters(query, values);
  const client = athena ?? athenaOf(options);
  const prefix = options.prefix ?? DEFAULT_PREFIX;
  const workgroup = auditWorkgroup(prefix);
  const asked = {
    ...{ sql: query.sql, executionParameters: literals, workgroup },
    database: auditDatabase(prefix),
  };
  const told = await reached(workgroup, () => askAthena(client, asked, output.hint));
  const microDollars = priceOf(told.scannedBytes);
  const { executionId, columns, rows, scannedBytes } = told;
  output.show(
    {
      ...{ query: name, parameters: values, executionId, scannedBytes, dollars: microDollars / 1e6, columns },
      rows: rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]]))),
    },
    () => linesOf(told),
  );
  const read = `${(scannedBytes / 1_000_000).toFixed(3)} MB read, about ${money(microDollars)}`;
  output.hint(`${rows.length} rows of ${since} to ${until}; ${read}`);
  return EXIT.ok;
}

function athenaOf(options: ConnectionOptions): AthenaClient {
  const { profile, region, apiUrl, prefix } = options;
  if ([profile, region, apiUrl, prefix].every((option) => option === undefined)) {
    throw usageFailure('the local cloud has no Athena, name an AWS account with --profile or --region');
  }
  return new AthenaClient(awsServices(options, '').configuration);
}

/** What Athena bills, rounded up to whole micro-dollars. */
function priceOf(scannedBytes: number): number {
  return Math.ceil(Math.max(scannedBytes, LEAST_BILLED_BYTES) / BYTES_PER_MICRO_DOLLAR);
}

async function reached(workgroup: string, ask: () => Promise<Told>): Promise<Told> {
  try {
    return await ask();
  } catch (error) {
    const { name, message } = error as Error;
    if (name === 'CommandFailure') {
      throw error;
    }
    throw unreachableFailure(
      `workgroup ${workgroup} cannot be asked: ${message}; check --profile, --region and --prefix, that the stack analytics is deployed, and that the caller has the policy for auditors`,
    );
  }
}

function linesOf({ columns, rows }: Told): readonly string[] {
  if (rows.length === 0) {
    return ['nothing in the log answers that'];
  }
  const isNumber = columns.map((_, index) => rows.every((row) => typeof (row[index] ?? 0) === 'number'));
  return table(
    columns.map((title, index) => ({ title, align: isNumber[index] ? 'right' : 'left' })),
    rows.map((row) => row.map(cellText)),
  );
}

/** @returns nothing for what is not known, which is not the same as an empty text but reads so */
function cellText(cell: Cell): string {
  return cell === null ? '' : printable(String(cell));
}
