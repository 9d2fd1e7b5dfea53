import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  type QueryExecution,
  type Row,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { CommandFailure, EXIT } from '../failure.ts';

const FIRST_POLL_MILLISECONDS = 250;
const LAST_POLL_MILLISECONDS = 3000;

/** What is asked, and where. */
export interface Asked {
  readonly sql: string;
  readonly executionParameters: readonly string[];
  readonly workgroup: string;
  readonly database: string;
}

export type Cell = string | number | boolean | null;

export interface Told {
  readonly executionId: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  readonly scannedBytes: number;
}

/**
 * Starts a query, waits for its end and reads every row.
 *
 * @throws CommandFailure with exit code 1 when Athena ends it, with Athena's reason; errors of the SDK as they are
 */
export async function askAthena(
  client: AthenaClient,
  { sql, executionParameters, workgroup, database }: Asked,
  progress: (text: string) => void,
): Promise<Told> {
  const { QueryExecutionId: executionId = '' } = await client.send(
    new StartQueryExecutionCommand({
      QueryString: sql,
      ExecutionParameters: [...executionParameters],
      WorkGroup: workgroup,
      QueryExecutionContext: { Database: database },
    }),
  );
  progress(`asked Athena, query ${executionId}`);
  const execution = await ended(client, executionId, progress);
  const scannedBytes = execution.Statistics?.DataScannedInBytes ?? 0;
  return { executionId, ...(await rowsOf(client, executionId)), scannedBytes };
}

async function ended(
  client: AthenaClient,
  executionId: string,
  progress: (text: string) => void,
): Promise<QueryExecution> {
  const command = new GetQueryExecutionCommand({ QueryExecutionId: executionId });
  let told = '';
  for (let wait = FIRST_POLL_MILLISECONDS; ; wait = Math.min(wait * 2, LAST_POLL_MILLISECONDS)) {
    const { QueryExecution: execution = {} } = await client.send(command);
    const { State: state, StateChangeReason: reason = 'it gives no reason' } = execution.Status ?? {};
    if (state === 'SUCCEEDED') {
      return execution;
    }
    if (state === 'FAILED' || state === 'CANCELLED') {
      throw new CommandFailure(`Athena ended the query: ${reason}${remedyFor(reason)}`, {
        code: 'query_failed',
        exitCode: EXIT.refused,
      });
    }
    const word = state === 'QUEUED' ? 'waits for its turn' : `runs, ${megabytes(execution)} MB read`;
    if (word !== told) {
      progress(word);
      told = word;
    }
    await sleep(wait);
  }
}

function remedyFor(reason: string): string {
  return /bytes scanned limit/i.test(reason)
    ? '; name fewer days, or let auditScanGigabytes of cdk.json be raised'
    : '';
}

function megabytes({ Statistics }: QueryExecution): string {
  return ((Statistics?.DataScannedInBytes ?? 0) / 1_000_000).toFixed(1);
}

const NUMBERS = ['tinyint', 'smallint', 'integer', 'bigint', 'float', 'double', 'decimal'];

async function rowsOf(client: AthenaClient, executionId: string): Promise<Pick<Told, 'columns' | 'rows'>> {
  const rows: (readonly Cell[])[] = [];
  let columns: readonly { readonly Name?: string; readonly Type?: string }[] = [];
  let token: string | undefined;
  do {
    const isFirst = token === undefined;
    const { ResultSet, NextToken } = await client.send(
      new GetQueryResultsCommand({ QueryExecutionId: executionId, NextToken: token }),
    );
    columns = ResultSet?.ResultSetMetadata?.ColumnInfo ?? columns;
    // the first row of the first page is the columns' names
    const page = (ResultSet?.Rows ?? []).slice(isFirst ? 1 : 0);
    const types = columns.map(({ Type = '' }) => Type);
    rows.push(...page.map((row) => cellsOf(row, types)));
    token = NextToken;
  } while (token !== undefined);
  return { columns: columns.map(({ Name = '' }) => Name), rows };
}

function cellsOf({ Data = [] }: Row, types: readonly string[]): readonly Cell[] {
  return types.map((type, index) => {
    const text = Data[index]?.VarCharValue;
    if (text === undefined) {
      return null;
    }
    if (type === 'boolean') {
      return text === 'true';
    }
    const number = NUMBERS.includes(type) ? Number(text) : Number.NaN;
    // what a number cannot hold exactly stays a text
    return Number.isNaN(number) || (Number.isInteger(number) && !Number.isSafeInteger(number))
      ? text
      : number;
  });
}
