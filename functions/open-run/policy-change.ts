import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../contracts/environment.ts';
import { policyMarkKey } from '../../contracts/tables.ts';
import { ledgerEvent } from '../../domain/audit/event.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import {
  type PolicyMark,
  policyChanged,
  policyMark,
  policyRunId,
} from '../../domain/policy/policy-change.ts';
import { type Clock, timestamp } from '../../domain/time.ts';
import { ConditionsFailed, type TransactItem, transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import type { RunRecord } from '../adapters/runs.ts';
import { environment } from '../runtime/environment.ts';

interface Dependencies {
  readonly client: DynamoDBDocumentClient;
  readonly clock: Clock;
}

/** Says, before a run is opened, that it is the first of its tenant under other policies; nothing when it is not. */
export type PolicyChangeRecorder = (run: RunRecord, dependencies: Dependencies) => Promise<void>;

/** More tenants than one container meets; beyond them it looks again. */
const MAXIMUM_REMEMBERED = 10_000;

/**
 * One for a container: of each tenant it looks once which policies its last runs were opened under, and remembers that these are
 * its own, which do not change while it lives.
 */
export function policyChangeRecorder(
  bundle: Pick<PolicyBundle, 'digest' | 'envelopes'>,
): PolicyChangeRecorder {
  const mark = policyMark(bundle);
  const seen = new Set<string>();
  return async (run, dependencies) => {
    if (seen.has(run.tenant)) {
      return;
    }
    await recordChange(run, mark, dependencies);
    if (seen.size >= MAXIMUM_REMEMBERED) {
      seen.clear();
    }
    seen.add(run.tenant);
  };
}

/** INVARIANT: of several containers that see a change at once one records it; the others find it recorded. */
async function recordChange(
  run: RunRecord,
  mark: PolicyMark,
  { client, clock }: Dependencies,
): Promise<void> {
  const { tenant, runId, workflow, agent } = run;
  const before = await readMark(client, tenant);
  if (before?.digest === mark.digest) {
    return;
  }
  const at = timestamp(clock);
  const source = { tenant, runId: policyRunId(mark.digest), workflow, agent };
  const body = policyChanged(before, mark, runId);
  try {
    await transact(client, {
      mark: putMark(tenant, mark, before),
      // policies may come back to what they were, so the time makes the id unique
      event: appendEvent(ledgerEvent(source, `policy/changed/${at}`, at, body)),
    });
  } catch (error) {
    if (!(error instanceof ConditionsFailed)) {
      throw error;
    }
  }
}

async function readMark(client: DynamoDBDocumentClient, tenant: string): Promise<PolicyMark | undefined> {
  const { Item } = await client.send(
    new GetCommand({
      TableName: environment(ENV.budgetsTable),
      Key: policyMarkKey(tenant),
      ConsistentRead: true,
    }),
  );
  return Item as PolicyMark | undefined;
}

function putMark(tenant: string, mark: PolicyMark, before: PolicyMark | undefined): TransactItem {
  return {
    Put: {
      TableName: environment(ENV.budgetsTable),
      Item: { ...policyMarkKey(tenant), ...mark },
      ExpressionAttributeNames: { '#digest': 'digest' },
      ...(before === undefined
        ? { ConditionExpression: 'attribute_not_exists(#digest)' }
        : {
            ConditionExpression: '#digest = :before',
            ExpressionAttributeValues: { ':before': before.digest },
          }),
    },
  };
}
