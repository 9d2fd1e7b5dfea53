import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AthenaClient } from '@aws-sdk/client-athena';
import type { Athena, AthenaAnswer } from './athena.ts';

/** Rows that one answer holds, few enough that there are several. */
const PAGE_ROWS = 2;

interface Started {
  readonly QueryString: string;
  readonly ExecutionParameters?: readonly string[];
  readonly WorkGroup: string;
  readonly QueryExecutionContext: { readonly Database: string };
}

export interface AthenaServer extends AsyncDisposable {
  readonly client: AthenaClient;
  readonly started: readonly Started[];
}

/** What may go wrong instead. */
export interface Trouble {
  /** The query ends so. */
  readonly endsWith?: { readonly State: 'FAILED' | 'CANCELLED'; readonly StateChangeReason?: string };
  /** The API refuses everything so. */
  readonly refuses?: { readonly __type: string; readonly message: string };
}

/** Stands for Athena's API, with its states and pages; queries are run by DuckDB. */
export async function athenaServer(duck: Athena, { endsWith, refuses }: Trouble = {}): Promise<AthenaServer> {
  const started: Started[] = [];
  const queries: Promise<AthenaAnswer>[] = [];
  let polls = 0;
  const actions: Readonly<Record<string, (input: never) => Promise<unknown>>> = {
    StartQueryExecution: async (input: Started) => {
      started.push(input);
      queries.push(duck.ask(input.QueryString, input.ExecutionParameters ?? []));
      return { QueryExecutionId: String(queries.length - 1) };
    },
    GetQueryExecution: async ({ QueryExecutionId }: { readonly QueryExecutionId: string }) => {
      polls += 1;
      const { scannedBytes } = await (queries[Number(QueryExecutionId)] as Promise<AthenaAnswer>);
      const state = (['QUEUED', 'RUNNING'] as const)[polls - 1];
      const Status = state === undefined ? (endsWith ?? { State: 'SUCCEEDED' }) : { State: state };
      return { QueryExecution: { Status, Statistics: { DataScannedInBytes: scannedBytes } } };
    },
    GetQueryResults: async ({ QueryExecutionId, NextToken = '0' }: Record<string, string>) => {
      const { columns, rows } = await (queries[Number(QueryExecutionId)] as Promise<AthenaAnswer>);
      const all = [columns, ...rows.map((row) => columns.map((column) => row[column]))];
      const from = Number(NextToken);
      const next = from + PAGE_ROWS;
      return {
        ResultSet: {
          Rows: all.slice(from, next).map((cells) => ({ Data: cells.map(datum) })),
          ResultSetMetadata: {
            ColumnInfo: columns.map((Name) => ({ Name, Type: typeOf(rows.map((row) => row[Name])) })),
          },
        },
        ...(next < all.length ? { NextToken: String(next) } : {}),
      };
    },
  };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) {
      body += chunk;
    }
    const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const answer = refuses ?? (await actions[action]?.(JSON.parse(body) as never));
    response.writeHead(refuses === undefined ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const client = new AthenaClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  return {
    client,
    started,
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** A NULL is a datum without a value; everything else is a text. */
function datum(value: unknown): { readonly VarCharValue?: string } {
  return value === null || value === undefined ? {} : { VarCharValue: String(value) };
}

function typeOf(values: readonly unknown[]): string {
  const known = values.filter((value) => value !== null);
  if (known.length > 0 && known.every((value) => typeof value === 'number')) {
    return known.every(Number.isInteger) ? 'bigint' : 'double';
  }
  return 'varchar';
}
