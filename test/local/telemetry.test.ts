import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { localClient } from '../../local/aws.ts';
import { call, closed, endpoint, eventually, newTenant, ORDERS, start } from '../support/cloud.ts';
import { type CaughtTraces, caughtTraces } from '../support/traces.ts';

interface Segment {
  readonly annotations?: Readonly<Record<string, string | boolean>>;
  readonly trace_id: string;
}

let traces: CaughtTraces;
before(async () => {
  traces = await caughtTraces();
});
after(() => traces.close());

function segmentOf(message: string): Segment {
  const [, segment = '{}'] = message.split('\n');
  return JSON.parse(segment);
}

const logs = new CloudWatchLogsClient(localClient(endpoint));

async function logLines(runId: string): Promise<Record<string, unknown>[]> {
  const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({}));
  const found = await Promise.all(
    logGroups.map(({ logGroupName }) =>
      logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: `"${runId}"` })),
    ),
  );
  return found.flatMap(({ events = [] }) => events).flatMap(({ message = '' }) => parsed(message));
}

function parsed(message: string): Record<string, unknown>[] {
  try {
    return [JSON.parse(message)];
  } catch {
    return [];
  }
}

test('traces, logs and metrics of a call name its run, workflow, agent, tool and decision', async () => {
  const run = await start(await newTenant(), [call.cancel(ORDERS.small)]);
  await closed(run);
  const expected = {
    tenant: run.tenant,
    run_id: run.runId,
    workflow: 'retail-support',
    agent: 'retail-support',
    tool: 'retail.cancel_pending_order',
    decision: 'allow',
  };
  const has = (found: object) =>
    Object.entries(expected).every(([name, value]) => (found as Record<string, unknown>)[name] === value);

  const traced = await eventually('authorize and execute are traced', async () => {
    const services = new Set(
      traces.messages
        .map(segmentOf)
        .filter(({ annotations }) => annotations && has(annotations))
        .map(({ annotations }) => annotations?.Service),
    );
    return services.has('authorize') && services.has('tools-retail') ? services : undefined;
  });
  assert.ok(traced.size >= 2);

  const lines = await eventually('authorize and execute are logged', async () => {
    const found = await logLines(run.runId);
    return ['Decisions', 'Outcomes'].every((metric) => found.some((line) => line[metric] === 1))
      ? found
      : undefined;
  });
  for (const metric of ['Decisions', 'Outcomes']) {
    const line = lines.find((each) => '_aws' in each && each[metric] === 1);
    assert.ok(line !== undefined && has(line), metric);
    assert.match(String(line.callId), /^0001-00$/);
  }
});
