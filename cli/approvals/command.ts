import type { Command } from 'commander';
import type { GivenVerdict } from '../../contracts/events.ts';
import type { Act } from '../act.ts';
import type { Session } from '../commands.ts';
import { EXIT, type ExitCode } from '../failure.ts';
import { approvalCard, missingText } from '../render/approval-card.ts';
import { approvalTable, oldestFirst, waitingText } from '../render/approvals.ts';
import { breakGlassBanner } from '../render/break-glass.ts';
import { watchApprovals } from './watch.ts';

/**
 * Commands for what people countersign; `docs/approvals.md` says how it works.
 *
 * @returns `approvals`, for subcommands
 */
export function addApprovalCommands(root: Command, act: Act): Command {
  const group = root
    .command('approvals')
    .description('list what waits for people')
    .option('--watch', 'go on: what is asked, decided and comes of it, until Ctrl-C');
  group.action(({ watch = false }: { readonly watch?: boolean }, command: Command) =>
    act(command, (session) => (watch ? watchUntilStopped(session) : listApprovals(session)), watch),
  );
  root
    .command('approval <approval>')
    .description('show all that there is to know before deciding')
    .action((approval: string, _, command: Command) =>
      act(command, (session) => showApproval(session, approval)),
    );
  const verdict = (kind: GivenVerdict, description: string) =>
    root
      .command(`${kind} <approval>`)
      .description(description)
      .option('--note <text>', 'why, for the record')
      .action((approval: string, { note }: { readonly note?: string }, command: Command) =>
        act(command, (session) => decide(session, approval, kind, note)),
      );
  verdict('approve', 'countersign a call');
  verdict('reject', 'refuse a call');
  verdict('withdraw', 'take back what you approved, while others are still asked');
  return group;
}

async function listApprovals({ client, tenant, output }: Session): Promise<ExitCode> {
  const { approvals, breakGlass = [] } = await client.listWaiting(tenant);
  const now = new Date();
  const sorted = oldestFirst(approvals);
  output.show(sorted, () => [...breakGlassBanner(breakGlass), ...approvalTable(sorted, now)]);
  if (sorted.length > 0) {
    output.hint(`${waitingText(sorted, now)}; look at one with: countersign approval APPROVAL`);
  }
  return EXIT.ok;
}

async function showApproval({ client, tenant, output }: Session, approvalId: string): Promise<ExitCode> {
  const approval = await client.getApproval(tenant, approvalId);
  output.show(approval, () => approvalCard(approval, new Date()));
  if (approval.state === 'waiting') {
    output.hint(`decide with: countersign approve ${approvalId}, or reject`);
  }
  return EXIT.ok;
}

async function decide(
  { client, tenant, output }: Session,
  approvalId: string,
  verdict: GivenVerdict,
  note: string | undefined,
): Promise<ExitCode> {
  const request = { tenant, verdict, ...(note === undefined ? {} : { note }) };
  const approval = await client.decideApproval(approvalId, request);
  const now = new Date();
  output.show(approval, () => approvalCard(approval, now));
  const missing = missingText(approval, now);
  output.hint(missing === undefined ? `it is ${approval.state}` : `still missing: ${missing}`);
  return EXIT.ok;
}

/** Ends well on Ctrl-C, which the terminal sends to the launcher as well and so comes twice. */
async function watchUntilStopped(session: Session): Promise<ExitCode> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) {
    process.on(signal, onSignal);
  }
  try {
    await watchApprovals(session, stop.signal);
    return EXIT.ok;
  } finally {
    for (const signal of signals) {
      process.off(signal, onSignal);
    }
  }
}
