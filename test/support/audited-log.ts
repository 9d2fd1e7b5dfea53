import { findings, type Note, type Problem } from '../../cli/audit/findings.ts';
import { verifierKeyLine, verifierKeys } from '../../cli/audit/verifier-keys.ts';
import { type Verified, verifyLog } from '../../cli/audit/verify-log.ts';
import type { EventBody, LedgerEvent } from '../../contracts/events.ts';
import { digestOf } from '../../domain/call/canonical.ts';
import { type KeptObject, memoryStore, ORIGIN, type TestKey } from './memory-log.ts';

export interface Audit {
  readonly verified: Verified;
  readonly problems: readonly Problem[];
  readonly notes: readonly Note[];
}

/** What the verifier says of these objects. */
export async function audit(
  objects: ReadonlyMap<string, KeptObject>,
  keys: readonly TestKey[],
  remembered?: string,
): Promise<Audit> {
  const found = findings();
  const verified = await verifyLog(memoryStore(objects), {
    keys: verifierKeys(keys.map(({ der }) => verifierKeyLine(ORIGIN, der)).join('\n')),
    ...(remembered === undefined
      ? {}
      : { remembered: { name: 'remembered', bytes: Buffer.from(remembered) } }),
    findings: found,
    progress: () => undefined,
  });
  return { verified, problems: found.problems(), notes: found.notes() };
}

const START = Date.parse('2026-11-28T23:59:00.000Z');
const TOOL = 'retail.cancel_pending_order';

/** Events of runs as the product writes them: reads, a call that two people approve after one has taken it back, one that is refused. */
export function honestRuns(count: number): LedgerEvent[] {
  return Array.from({ length: count }, (_, index) => honestRun(`run-${index}`, START + index * 4000)).flat();
}

export function honestRun(runId: string, start: number, quorum = 2): LedgerEvent[] {
  const digest = digestOf({ runId });
  const approvalId = `apr-${digest.slice(0, 20)}`;
  const call = { callId: '0002-00', tool: TOOL, arguments: {}, policies: ['p'], policyDigest: 'd', digest };
  const read = { ...call, callId: '0001-00', tool: 'retail.get_order_details', digest: digestOf(runId) };
  const verdict = (by: string, given: 'approve' | 'withdraw', state: 'waiting' | 'approved' = 'waiting') => ({
    type: 'approval.verdict' as const,
    ...{ callId: call.callId, approvalId, verdict: given, by, via: 'api' as const, afterSeconds: 1, state },
  });
  const outcome = { status: 'succeeded', effects: [], costMicroDollars: 1, releasedMicroDollars: 0 } as const;
  return eventsAt(runId, start, [
    ['run/opened', opened()],
    ['0001-00/decided', { type: 'call.decided', ...read, decision: 'allow' }],
    ['0001-00/executed', { type: 'call.executed', callId: '0001-00', tool: read.tool, ...outcome }],
    [
      '0002-00/asked',
      {
        ...{ type: 'call.decided', ...call, decision: 'needs_approval', approvalId },
        ...{ approverRole: 'manager', quorum },
      },
    ],
    ['0002-00/verdict/1', verdict('maria', 'approve')],
    ['0002-00/verdict/2', verdict('maria', 'withdraw')],
    ['0002-00/verdict/3', verdict('jonas', 'approve')],
    ['0002-00/verdict/4', verdict('maria', 'approve', 'approved')],
    ['0002-00/decided', { type: 'call.decided', ...call, decision: 'allow', approvalId }],
    ['0002-00/executed', { type: 'call.executed', callId: '0002-00', tool: TOOL, ...outcome }],
    ['run/closed', { type: 'run.closed', outcome: 'completed', spentMicroDollars: 2, calls: 2 }],
  ]);
}

function opened(): EventBody {
  return {
    ...{ type: 'run.opened', owner: 'desk', mode: 'autonomous', policyDigest: 'd', envelopeDigest: 'e' },
    capMicroDollars: 1_000_000,
  };
}

/** Events of a run, a tenth of a second apart. */
export function eventsAt(
  runId: string,
  start: number,
  bodies: readonly (readonly [string, EventBody])[],
): LedgerEvent[] {
  return bodies.map(([id, body], index) => ({
    ...{ v: 1, id, at: new Date(start + index * 100).toISOString() },
    ...{ tenant: 'acme', runId, workflow: 'desk', agent: 'clerk' },
    ...body,
  }));
}
