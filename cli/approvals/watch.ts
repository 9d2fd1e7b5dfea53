import { setTimeout as sleep } from 'node:timers/promises';
import type { ApprovalView } from '../../contracts/api.ts';
import type { Session } from '../commands.ts';
import { CommandFailure, EXIT } from '../failure.ts';
import { changeLine } from '../render/approval-changes.ts';
import { oldestFirst, waitingText } from '../render/approvals.ts';
import { type ApprovalChange, changesSince, isFinal } from './changes.ts';

const SHORTEST_WAIT_MILLISECONDS = 500;
/** People take minutes: asking every 5 s is 720 requests an hour. */
const LONGEST_WAIT_MILLISECONDS = 5000;
/** Looks at an approval that was given and of which nothing comes, because its call was refused after all. */
const LOOKS_AFTER_APPROVAL = 20;

/** What has been seen of an approval, and how often since people have approved it. */
interface Seen {
  readonly approval: ApprovalView;
  readonly looks: number;
}

/** Shows what is asked, decided and becomes of it, from now on until the signal. */
export async function watchApprovals(session: Session, signal: AbortSignal): Promise<void> {
  const { output } = session;
  let seen: ReadonlyMap<string, Seen> = new Map();
  let told: string | undefined;
  let waitMilliseconds = SHORTEST_WAIT_MILLISECONDS;
  while (!signal.aborted) {
    const looked = await look(session, seen).catch(unlessUnreachable(session));
    if (signal.aborted) {
      break;
    }
    const { changes, waiting } = looked ?? { changes: [], waiting: undefined };
    seen = looked?.seen ?? seen;
    for (const change of changes) {
      const queue = { waiting: waiting?.length, oldestRequestedAt: waiting?.[0]?.requestedAt };
      output.show({ ...change, ...queue }, () => [changeLine(change, output.paint)]);
    }
    const now = new Date();
    const ids = waiting?.map(({ approvalId }) => approvalId).join();
    if (waiting !== undefined && ids !== told) {
      output.hint(waitingText(waiting, now));
      told = ids;
    }
    const longer = Math.min(waitMilliseconds * 1.5, LONGEST_WAIT_MILLISECONDS);
    waitMilliseconds = changes.length > 0 ? SHORTEST_WAIT_MILLISECONDS : longer;
    await sleep(waitMilliseconds, undefined, { signal }).catch(() => undefined);
  }
  output.hint('stopped watching; what waits goes on waiting');
}

interface Looked {
  readonly changes: readonly ApprovalChange[];
  readonly waiting: readonly ApprovalView[];
  readonly seen: ReadonlyMap<string, Seen>;
}

async function look({ client, tenant }: Session, seen: ReadonlyMap<string, Seen>): Promise<Looked> {
  const listed = oldestFirst((await client.listWaiting(tenant)).approvals);
  const isListed = (id: string) => listed.some(({ approvalId }) => approvalId === id);
  // what has left the list was decided, or time was over: only itself says which
  const left = await Promise.all(
    [...seen.keys()].filter((id) => !isListed(id)).map((id) => client.getApproval(tenant, id)),
  );
  const found = [...listed, ...left].map((approval) => {
    const before = seen.get(approval.approvalId);
    const changes = changesSince(before?.approval, approval);
    const isStale = before !== undefined && approval.revision < before.approval.revision;
    const looks = approval.state === 'approved' ? (before?.looks ?? 0) + 1 : 0;
    return { changes, seen: { approval: isStale ? before.approval : approval, looks } };
  });
  return {
    changes: found.flatMap(({ changes }) => changes),
    waiting: found.map((each) => each.seen.approval).filter(({ state }) => state === 'waiting'),
    seen: new Map(
      found
        .filter((each) => !isFinal(each.seen.approval) && each.seen.looks <= LOOKS_AFTER_APPROVAL)
        .map((each) => [each.seen.approval.approvalId, each.seen]),
    ),
  };
}

/** Whoever watches for days goes on when nobody answers for a while. */
function unlessUnreachable({ output }: Session): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof CommandFailure && error.exitCode === EXIT.unreachable) {
      output.hint(`${error.message}; trying again`);
      return undefined;
    }
    throw error;
  };
}
