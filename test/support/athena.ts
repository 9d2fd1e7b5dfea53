import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { LedgerEvent } from '../../contracts/events.ts';
import { LEAF_MEMBER, LOG_KEYS, paddedNumber } from '../../contracts/log.ts';
import { eventTable } from '../../infra/constructs/event-table.ts';
import { PROJECT } from '../../infra/policy/paths.ts';

const PYTHON = join(PROJECT, '.local', 'venv', 'bin', 'python');

export type Row = Readonly<Record<string, unknown>>;

/** What Athena answers, but for states and pages. */
export interface AthenaAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  readonly scannedBytes: number;
}

/** The table as it is deployed, over a bucket called `audit`. */
export function eventsTable(): unknown {
  const stack = new Stack();
  eventTable(stack, 'countersign', Bucket.fromBucketName(stack, 'Audit', 'audit'));
  const [table] = Object.values(Template.fromStack(stack).findResources('AWS::Glue::Table'));
  return table?.Properties.TableInput;
}

export interface Athena {
  /**
   * @param executionParameters - as `StartQueryExecution` takes them: literals
   * @throws Error for what Athena would refuse, or DuckDB does
   */
  readonly ask: (sql: string, executionParameters: readonly string[]) => Promise<AthenaAnswer>;
  readonly close: () => void;
}

/** Runs queries of Athena over a copy of the audit bucket, with DuckDB, one after the other. */
export function athena({ table, root }: { readonly table: unknown; readonly root: string }): Athena {
  const child = spawn(PYTHON, [join(import.meta.dirname, 'athena.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  let before: Promise<unknown> = Promise.resolve();
  const ask = async (sql: string, executionParameters: readonly string[]): Promise<AthenaAnswer> => {
    child.stdin.write(`${JSON.stringify({ sql, executionParameters, table, root })}\n`);
    const { value, done } = await answers.next();
    assert.ok(!done, 'the runner has ended');
    const document = JSON.parse(value);
    if (document.error !== undefined) {
      throw new Error(document.error);
    }
    return document;
  };
  return {
    ask: (...asked) => {
      const answer = before.then(() => ask(...asked));
      before = answer.catch(() => undefined);
      return answer;
    },
    close: () => child.stdin.end(),
  };
}

/** Puts events into a folder as `checkpoint` puts them into the bucket: by day, in order, with their leaves. */
export function putEvents(root: string, events: readonly LedgerEvent[], from = 0): void {
  const leaves = events.map((event, index) => ({ ...event, [LEAF_MEMBER]: from + index }));
  for (const [day, ofDay] of Map.groupBy(leaves, ({ at }) => at.slice(0, 10))) {
    const file = join(root, LOG_KEYS.events, `dt=${day}`, `${paddedNumber(from)}.ndjson.gz`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, gzipSync(ofDay.map((each) => `${JSON.stringify(each)}\n`).join('')));
  }
}
