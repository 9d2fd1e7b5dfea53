import { createInterface } from 'node:readline/promises';
import type { ApiClient } from '../cli/client.ts';
import { approvalCard } from '../cli/render/approval-card.ts';
import { DEFAULT_TENANT } from '../contracts/api.ts';
import type { Verdict } from '../contracts/events.ts';

const ANSWERS: Readonly<Record<string, Verdict | 'details'>> = {
  a: 'approve',
  approve: 'approve',
  r: 'reject',
  reject: 'reject',
  d: 'details',
  details: 'details',
};

/**
 * Asks at the terminal and sends the verdict as one approver; without a terminal says how to decide elsewhere.
 *
 * @param decided aborted when the approval was decided, here or elsewhere
 */
export async function askForVerdict(
  approver: ApiClient,
  approvalId: string,
  name: string,
  decided: AbortSignal,
): Promise<void> {
  const elsewhere = `decide with: npx countersign approve ${approvalId}, or reject`;
  if (!process.stdin.isTTY) {
    console.log(elsewhere);
    return;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // In a prompt Ctrl-C is a key like others: pass it on.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    for (;;) {
      const question = `\nyou are ${name}, a support manager: approve, reject or details? `;
      const answer = ANSWERS[(await terminal.question(question, { signal: decided })).trim().toLowerCase()];
      if (answer === 'approve' || answer === 'reject') {
        await approver.decideApproval(approvalId, { verdict: answer });
        return;
      }
      if (answer === 'details') {
        await showDetails(approver, approvalId);
      }
    }
  } catch (error) {
    if (!decided.aborted) {
      console.log(`\n${(error as Error).message}, ${elsewhere}`);
    }
  } finally {
    terminal.close();
  }
}

async function showDetails(approver: ApiClient, approvalId: string): Promise<void> {
  const approval = (await approver.listApprovals(DEFAULT_TENANT)).find(
    (each) => each.approvalId === approvalId,
  );
  console.log(approval ? approvalCard(approval, new Date()).join('\n') : 'this approval waits no longer');
}
