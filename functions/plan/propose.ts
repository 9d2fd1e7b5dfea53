import type { RunRef } from '../../contracts/call.ts';
import type { Plan } from '../../contracts/run.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import type { OpenRunRecord } from '../adapters/runs.ts';
import type { Transcript, Turn } from '../adapters/transcripts.ts';
import { findTool } from '../tools/registry.ts';
import type { PlanDependencies } from './plan.ts';
import { type Economies, NoProposals } from './provider.ts';
import { stopped } from './stops.ts';

/** Asks for the next proposals, and keeps the conversation. */
export async function propose(
  run: OpenRunRecord,
  envelope: Envelope,
  transcript: Transcript,
  turn: number,
  { bundle, proposers, transcripts }: PlanDependencies,
  economies: Economies,
): Promise<Plan> {
  const { input, turns } = transcript;
  const tools = envelope.permissions.allowed_tools.map(findTool).filter((tool) => tool !== undefined);
  const proposer = input.proposals === undefined ? proposers.models : proposers.recorded;
  const { prices, budgets } = bundle;
  const conversation = { ...transcript, prices, budgets, run, envelope, tools, economies };
  try {
    const { proposals, pinned, route, ...said } = await proposer(conversation);
    const ref: RunRef = { tenant: run.tenant, runId: run.runId };
    const calls = proposals.map(({ proposal, toolUseId }, index) => ({
      ...ref,
      callId: callIdOf(turns.length + 1, index),
      proposal,
      ...(toolUseId === undefined ? {} : { toolUseId }),
    }));
    const next: Turn = { ...said, calls, results: [] };
    const kept = { ...(pinned && { pinned }), ...(route && { route }) };
    await transcripts.write(run, turn, { ...transcript, ...kept, turns: [...turns, next] });
    return calls.length === 0
      ? { next: 'close', turn, calls, outcome: 'completed' }
      : { next: 'call', turn, calls: calls.map(({ toolUseId: _, ...call }) => call) };
  } catch (error) {
    if (error instanceof NoProposals) {
      return { next: 'close', turn, calls: [], ...stopped(error.code, error.message) };
    }
    throw error;
  }
}

/** `0002-00`: the first call of the second turn. */
function callIdOf(turn: number, index: number): string {
  return `${String(turn).padStart(4, '0')}-${String(index).padStart(2, '0')}`;
}
