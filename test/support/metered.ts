import type { EventBody, EventHeader, LedgerEvent } from '../../contracts/events.ts';
import { metered } from '../../domain/metering/events.ts';
import type { Metering } from '../../domain/metering/usage.ts';

/** A dollar a run, ten cents a turn, a cent a decision; two dollars a verdict. */
export const RATES: Metering['rates'] = {
  infrastructure: {
    ...{ usd_per_run: 1, usd_per_turn: 0.1, usd_per_call: 0.01 },
    ...{ source: 'https://example.com', as_of: '2026-11-21' },
  },
  people: { usd_per_hour: 60, minutes_per_verdict: 2 },
};

/** Tools that say `get` read. */
export const METERING: Metering = {
  rates: RATES,
  timeZone: 'UTC',
  isWrite: (tool) => !tool.includes('.get_'),
};

export type Happened = Partial<EventHeader> & EventBody;

/** Events of one run in the order of their writing, a second apart, with ids of their own. */
export function eventsOfRun(of: Partial<EventHeader>, ...happened: readonly Happened[]): LedgerEvent[] {
  const start = Date.parse(of.at ?? '2026-11-21T10:00:00.000Z');
  return happened.map((event, index): LedgerEvent => {
    const named = 'callId' in event ? `${event.callId}/${event.type}` : `${event.type}/${index}`;
    return {
      ...{ v: 1, tenant: 'acme', runId: 'run-1', workflow: 'desk', agent: 'desk' },
      ...of,
      id: named,
      at: new Date(start + index * 1000).toISOString(),
      ...event,
    } as LedgerEvent;
  });
}

export const CAP = 1_000_000;
export const requested = (id = 'ines'): Happened => ({
  ...{ type: 'run.requested', requestedBy: 'app' },
  user: { id, roles: [] },
});
export const opened = (capMicroDollars = CAP): Happened => ({
  ...{ type: 'run.opened', owner: 'desk', mode: 'autonomous', policyDigest: 'p', envelopeDigest: 'e' },
  capMicroDollars,
});
export const closed = (
  outcome: 'completed' | 'stopped' | 'failed' = 'completed',
  code?: string,
): Happened => ({
  ...{ type: 'run.closed', outcome, spentMicroDollars: 0, calls: 0 },
  ...(code === undefined ? {} : { reason: { code, message: '' } }),
});
export const asked = (costMicroDollars: number, more: object = {}): Happened => ({
  ...{ type: 'model.called', model: 'large', inputTokens: 100, outputTokens: 10, costMicroDollars },
  ...more,
});

type Decision = 'allow' | 'deny' | 'needs_approval';

export function decided(
  callId: string,
  tool: string,
  decision: Decision = 'allow',
  more: object = {},
): Happened {
  return {
    ...{ type: 'call.decided', callId, tool, arguments: {}, decision, policies: [], policyDigest: 'p' },
    ...{ resource: 'Order/1', id: `${callId}/${decision}` },
    ...more,
  };
}

export function executed(
  callId: string,
  costMicroDollars = 0,
  status: 'succeeded' | 'failed' | 'unknown' = 'succeeded',
): Happened {
  return {
    ...{ type: 'call.executed', callId, tool: 'x', status, effects: [], releasedMicroDollars: 0 },
    costMicroDollars,
  };
}

export function verdict(callId = '0001-00', by = 'maria'): Happened {
  return {
    ...{ type: 'approval.verdict', callId, approvalId: 'a', verdict: 'approve', state: 'approved' },
    ...{ via: 'api', afterSeconds: 60 },
    ...{ by, id: `${callId}/verdict/${by}` },
  };
}

/** Those that are metered, of whatever is given. */
export const meteredOf = (...runs: readonly LedgerEvent[][]) => metered(runs.flat());
