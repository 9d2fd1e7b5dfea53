import type { EventBody, LedgerEvent } from '../../contracts/events.ts';
import { NAMESPACES } from '../../functions/tools/registry.ts';
import { buildPolicyBundle } from '../../infra/policy/build-bundle.ts';
import { countersignIn, ok } from './command-line.ts';
import { APPROVED, permit } from './policy-folder.ts';
import { decided } from './recorded.ts';

export const POINTS = 'loyalty.add_points';
/** Up to 100 points by themselves, more when a manager approves. */
export const DESK_POLICIES = {
  'agents/desk.cedar': [
    permit('few', POINTS, 'context.arguments.points <= 100'),
    permit(
      'many',
      POINTS,
      'context.arguments.points > 100 && context.approvals.support_manager >= 1',
      APPROVED,
    ),
  ].join('\n'),
};

const START = Date.parse('2026-11-21T10:15:00.000Z');

/** An event of run `run-1` of tenant `acme`, so many seconds after its start. */
export function event(seconds: number, id: string, body: EventBody): LedgerEvent {
  const at = new Date(START + seconds * 1000).toISOString();
  return { v: 1, id, at, tenant: 'acme', runId: 'run-1', workflow: 'desk', agent: 'desk', ...body };
}

export function decision(seconds: number, more: Parameters<typeof decided>[0] = {}): LedgerEvent {
  return decided({ at: new Date(START + seconds * 1000).toISOString(), ...more });
}

export function executed(seconds: number, callId = '0001-00'): LedgerEvent {
  return event(seconds, `${callId}/executed`, {
    ...{ type: 'call.executed', callId, tool: POINTS, status: 'succeeded', effects: ['members/m_1'] },
    changes: { 'members/m_1': [{ field: 'points', from: 10, to: 15 }] },
    ...{ costMicroDollars: 40, releasedMicroDollars: 10 },
  });
}

export const ASKED = { decision: 'needs_approval', policies: ['agents/desk/many'] } as const;
export const MANAGER = { quorum: 1, approverRole: 'support_manager', approvalId: 'a-1' } as const;

export function digestOfPolicies(root: string): string {
  return buildPolicyBundle(root, NAMESPACES).digest;
}

/** Runs `countersign <words>` with these events behind the API, for a folder of policies. */
export function withEvents(
  words: readonly string[],
  events: readonly LedgerEvent[],
  { project, root }: { readonly project: string; readonly root: string },
) {
  return countersignIn(project, [...words, '--root', root, '--tenant', 'acme'], ok({ events, next: '' }));
}

/** Steps and summary of `replay --json`. */
export async function replayed(
  events: readonly LedgerEvent[],
  folder: { readonly project: string; readonly root: string },
  recorded = folder.root,
) {
  const words = ['replay', 'run-1', '--recorded', recorded, '--json'];
  const { code, stdout } = await withEvents(words, events, folder);
  const documents = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const steps = documents.slice(0, -1);
  const decisions = steps.flatMap((step) => step.decisions ?? []);
  return { code, steps, decisions, summary: documents.at(-1) };
}
