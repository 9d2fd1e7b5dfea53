import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ledgerEvent } from '../../domain/audit/event.ts';
import { coveringGrant, type Grant } from '../../domain/break-glass/grant.ts';
import { redactText } from '../../domain/redaction/redact.ts';
import { PRIVILEGED_TIER, type ToolDefinition } from '../../domain/tool/definition.ts';
import { grantCovers, grantsOf } from '../adapters/break-glass.ts';
import type { TransactItem } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import type { OpenRunRecord } from '../adapters/runs.ts';

/** The grant that covers a call, if any. Reads for tools of tier 4 only: all others are none of its business. */
export async function readBreakGlass(
  client: DynamoDBDocumentClient,
  { tenant, workflow, user }: OpenRunRecord,
  { tier, name }: ToolDefinition,
  now: string,
): Promise<Grant | undefined> {
  return tier === PRIVILEGED_TIER
    ? coveringGrant(await grantsOf(client, tenant), { workflow, tool: name, userId: user.id }, now)
    : undefined;
}

/** The place of a call that is allowed under break-glass. */
interface Use {
  readonly run: OpenRunRecord;
  readonly callId: string;
  readonly at: string;
}

/**
 * Parts of the transaction that allows a call: the grant must still cover it, and the grant's own stream of events says
 * what it was used for.
 */
export function useBreakGlass(
  grant: Grant | undefined,
  { run, callId, at }: Use,
  { tool, resource }: { readonly tool: string; readonly resource: string },
): { readonly breakGlass?: TransactItem; readonly breakGlassUse?: TransactItem } {
  if (grant === undefined) {
    return {};
  }
  const { tenant, runId, workflow, agent, user } = run;
  const source = { tenant, runId: grant.grantId, workflow, agent };
  return {
    breakGlass: grantCovers(grant, { workflow, tool, userId: user.id }, at),
    breakGlassUse: appendEvent(
      ledgerEvent(source, `${runId}/${callId}/used`, at, {
        type: 'break_glass.used',
        usedByRun: runId,
        callId,
        tool,
        resource: redactText(resource).value,
        userId: user.id,
      }),
    ),
  };
}
