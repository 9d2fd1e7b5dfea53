import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RunInput } from '../contracts/api.ts';
import type { LedgerEvent } from '../contracts/events.ts';
import type { ApiClient } from './client.ts';
import { EXIT, type ExitCode, usageFailure } from './failure.ts';
import { followEvents } from './follow.ts';
import type { Output } from './output.ts';
import { eventLines } from './render/events.ts';
import { manifestLines, manifestMarkdown } from './render/manifest.ts';
import { runLines } from './render/run.ts';

/** What every command works with. */
export interface Session {
  readonly client: ApiClient;
  readonly tenant: string;
  readonly output: Output;
}

export interface RunOptions {
  readonly user: string;
  readonly role: readonly string[];
  readonly prompt?: string;
  /** Path of a JSON file with an array: the proposals that the `recorded` model provider makes, one turn each. */
  readonly proposals?: string;
  readonly clientToken?: string;
  readonly watch?: boolean;
}

export async function startRun(session: Session, workflow: string, options: RunOptions): Promise<ExitCode> {
  const { client, tenant, output } = session;
  const run = await client.startRun(workflow, {
    tenant,
    clientToken: options.clientToken ?? randomUUID(),
    user: { id: options.user, roles: options.role },
    input: runInput(options),
  });
  if (options.watch) {
    return watch(session, run.runId);
  }
  output.show(run, () => runLines(run));
  output.hint(`follow it with: countersign events ${run.runId} --follow`);
  return EXIT.ok;
}

export async function showStatus({ client, tenant, output }: Session, runId: string): Promise<ExitCode> {
  const run = await client.getRun(tenant, runId);
  output.show(run, () => runLines(run));
  return EXIT.ok;
}

/** With `follow` it ends when the run does; its exit code says then whether the run completed. */
export async function showEvents(session: Session, runId: string, follow: boolean): Promise<ExitCode> {
  if (follow) {
    return watch(session, runId);
  }
  const { client, tenant } = session;
  const { events } = await client.getEvents(tenant, runId);
  for (const event of events) {
    showEvent(session, event);
  }
  return EXIT.ok;
}

/** @param markdown for a review's document instead of a terminal */
export async function showManifest(
  { client, output }: Session,
  agent: string,
  markdown: boolean,
): Promise<ExitCode> {
  const manifest = await client.getManifest(agent);
  output.show(manifest, () => (markdown ? manifestMarkdown(manifest) : manifestLines(manifest)));
  return EXIT.ok;
}

async function watch(session: Session, runId: string): Promise<ExitCode> {
  let completed = false;
  for await (const event of followEvents(session.client, session.tenant, runId)) {
    showEvent(session, event);
    if (event.type === 'approval.waiting') {
      session.output.hint(`decide with: countersign approve ${event.approvalId}, or reject`);
    }
    completed =
      event.type === 'break_glass.ended' || (event.type === 'run.closed' && event.outcome === 'completed');
  }
  return completed ? EXIT.ok : EXIT.refused;
}

function showEvent({ output }: Session, event: LedgerEvent): void {
  output.show(event, () => eventLines(event, output.paint));
}

/** @throws CommandFailure for a file that cannot be read, or holds something else */
function runInput({ prompt, proposals }: RunOptions): RunInput {
  if (prompt === undefined && proposals === undefined) {
    throw usageFailure('the run has no task, give one with --prompt or --proposals');
  }
  return {
    ...(prompt === undefined ? {} : { prompt }),
    ...(proposals === undefined ? {} : { proposals: readProposals(proposals) }),
  };
}

function readProposals(path: string): readonly unknown[] {
  let proposals: unknown;
  try {
    proposals = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw usageFailure(`--proposals ${path} cannot be read: ${(error as Error).message}`);
  }
  if (Array.isArray(proposals)) {
    return proposals;
  }
  throw usageFailure(`--proposals ${path} holds ${typeof proposals}, expected a json array of proposals`);
}
