import {
  CloudWatchLogsClient,
  paginateDescribeLogGroups,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { localClient } from '../../local/aws.ts';
import type { LocalCloud } from '../../local/cloud.ts';
import type { DeployedFunction } from './functions.ts';

/** What CloudWatch Logs counts beside an event's text; API reference of PutLogEvents. */
const EVENT_BYTES = 26;

/** Lambda's own lines: the emulator's are text, and AWS writes others. */
const PLATFORM_LINE = /^(START|END|REPORT) RequestId: /;

/**
 * Bytes that the functions' own lines are to CloudWatch Logs, by service.
 *
 * @param since - milliseconds since 1970
 */
export async function loggedBytes(
  cloud: LocalCloud,
  functions: readonly DeployedFunction[],
  since: number,
): Promise<ReadonlyMap<string, number>> {
  const client = new CloudWatchLogsClient(localClient(cloud.endpoint));
  const existing = new Set<string | undefined>();
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, {})) {
    logGroups.forEach(({ logGroupName }) => {
      existing.add(logGroupName);
    });
  }
  const bytes = new Map<string, number>();
  for (const { service, logGroups } of functions) {
    for (const group of logGroups.filter((each) => existing.has(each))) {
      bytes.set(service, (bytes.get(service) ?? 0) + (await bytesIn(client, group, since)));
    }
  }
  return bytes;
}

async function bytesIn(client: CloudWatchLogsClient, logGroupName: string, since: number): Promise<number> {
  let bytes = 0;
  const pages = paginateFilterLogEvents({ client }, { logGroupName, startTime: Math.floor(since) });
  for await (const { events = [] } of pages) {
    for (const { message = '' } of events) {
      bytes += PLATFORM_LINE.test(message) ? 0 : Buffer.byteLength(message) + EVENT_BYTES;
    }
  }
  return bytes;
}
