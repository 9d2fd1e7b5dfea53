import { QUESTION_PREFIX } from '../../contracts/tables.ts';
import { unfoundedApproval } from './approvals.ts';
import { allowedBy, askedBy, type CallState, executedBy, hear } from './calls.ts';
import { type LoggedEntry, type LoggedEvent, textOf } from './entry.ts';
import type { Findings } from './findings.ts';
import { fingerprints } from './fingerprints.ts';

/**
 * How long after a run has closed, or was late allowed something, the outcome of a call may be missing. The reconciler looks for about an
 * hour, the ledger's stream delivers for a day.
 */
const GRACE_MILLISECONDS = 24 * 3600 * 1000;

/** Whether what the log says fits together, whatever order its events are in. */
export interface Meaning {
  readonly take: (entry: LoggedEntry) => void;
  /** Of what is still open when the whole log was read. */
  readonly end: () => void;
  readonly runs: () => number;
}

/** Calls are forgotten when all is said of them, so what is kept grows with the calls that are open, and by bytes with all others. */
export function meaningOf({ problem, note }: Pick<Findings, 'problem' | 'note'>): Meaning {
  const open = new Map<string, CallState>();
  const final = fingerprints();
  const done = fingerprints();
  const closedAt = fingerprints();
  const runs = fingerprints();
  let latest = 0;

  function callOf({ tenant, runId, callId }: LoggedEvent): CallState {
    const key = keyOf([tenant, runId, callId]);
    const known = open.get(key) ?? { tenant, run: runId, call: textOf(callId) ?? '', said: new Map() };
    open.set(key, known);
    return known;
  }

  function decided(event: LoggedEvent, leaf: number): void {
    const { tenant, runId, callId, decision } = event;
    if (decision === 'needs_approval') {
      callOf(event).asked = askedBy(event, leaf);
      return;
    }
    const before = final.add(keyOf([tenant, runId, callId]), BigInt(leaf));
    if (before !== undefined) {
      const place = { leaf, tenant, run: runId, call: textOf(callId) };
      problem('decision_repeated', `entry ${before} has decided the call`, place);
    } else if (decision === 'allow') {
      callOf(event).allowed = allowedBy(event, leaf);
    }
  }

  function executed(event: LoggedEvent, leaf: number): void {
    const call = callOf(event);
    if (call.executed !== undefined || done.get(callKey(call)) !== undefined) {
      problem('execution_repeated', 'the call has an outcome already', { ...placeOf(call), leaf });
    }
    call.executed ??= executedBy(event, leaf);
  }

  /** Forgets what nothing more can be said of. */
  function forget(call: CallState): void {
    const { allowed, executed: outcome, settled } = call;
    const isOver = outcome !== undefined && (outcome.status !== 'unknown' || settled !== undefined);
    if (allowed !== undefined && isOver && unfoundedApproval(call) === undefined) {
      outcomeFits(call);
      done.add(callKey(call));
      open.delete(callKey(call));
    }
  }

  function outcomeFits({ allowed, executed: outcome, settled, ...call }: CallState): void {
    if (allowed !== undefined && outcome !== undefined && outcome.tool !== allowed.tool) {
      const message = `${String(outcome.tool)} was executed, ${String(allowed.tool)} was allowed`;
      problem('execution_of_another_tool', message, { ...placeOf(call), leaf: outcome.leaf });
    }
    if (settled !== undefined && outcome?.status !== 'unknown') {
      const message = `its outcome was ${String(outcome?.status ?? 'not told')}, expected unknown`;
      problem('settlement_unfounded', message, { ...placeOf(call), leaf: settled });
    }
  }

  function endOf(call: CallState): void {
    const { allowed, executed: outcome } = call;
    const unfounded = unfoundedApproval(call);
    if (unfounded !== undefined) {
      problem(unfounded.code, unfounded.why, { ...placeOf(call), leaf: allowed?.leaf });
    }
    outcomeFits(call);
    const wasDone = done.get(callKey(call)) !== undefined;
    if (allowed === undefined && outcome !== undefined && !wasDone) {
      const message = 'nothing has allowed the call';
      problem('execution_unauthorized', message, { ...placeOf(call), leaf: outcome.leaf });
    }
    const closed = closedAt.get(keyOf([call.tenant, call.run]));
    if (allowed !== undefined && outcome === undefined && closed !== undefined) {
      const since = Math.max(Number(closed), Date.parse(allowed.at));
      const place = { ...placeOf(call), leaf: allowed.leaf };
      if (latest - since > GRACE_MILLISECONDS) {
        problem('outcome_missing', 'it was allowed, and its run is closed', place);
      } else {
        note('outcome_pending', 'it was allowed, and its run has closed since', place);
      }
    }
  }

  return {
    take({ event, leaf }) {
      const { tenant, runId, type, at } = event;
      latest = Math.max(latest, Date.parse(at));
      runs.add(keyOf([tenant, runId]));
      switch (type) {
        case 'call.decided':
          decided(event, leaf);
          break;
        case 'call.executed':
          executed(event, leaf);
          break;
        case 'call.settled':
          callOf(event).settled = leaf;
          break;
        case 'approval.verdict':
          // whether a run may go on is no call
          if (!String(event.approvalId).startsWith(QUESTION_PREFIX)) {
            hear(callOf(event), event);
          }
          break;
        case 'run.closed':
          closedAt.add(keyOf([tenant, runId]), BigInt(Date.parse(at)));
          break;
      }
      const call = open.get(keyOf([tenant, runId, event.callId]));
      if (call !== undefined) {
        forget(call);
      }
    },
    end() {
      for (const call of open.values()) {
        endOf(call);
      }
    },
    runs: runs.count,
  };
}

function keyOf(names: readonly unknown[]): string {
  return JSON.stringify(names);
}

function callKey({ tenant, run, call }: Pick<CallState, 'tenant' | 'run' | 'call'>): string {
  return keyOf([tenant, run, call]);
}

function placeOf({ tenant, run, call }: Pick<CallState, 'tenant' | 'run' | 'call'>) {
  return { tenant, run, call };
}
