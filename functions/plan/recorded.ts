import type { Proposer } from './provider.ts';

/** Proposes what the run's input says, one proposal a turn, whatever came of those before. Costs nothing. */
export const recordedProposer: Proposer = async ({ input, turns }) => {
  const proposals = input.proposals ?? [];
  const proposed = turns.length;
  return { proposals: proposed < proposals.length ? [{ proposal: proposals[proposed] }] : [] };
};
