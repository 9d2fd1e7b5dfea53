import type { Receipt } from '../../../contracts/api.ts';
import type { VerifierKey } from '../../audit/verifier-keys.ts';
import { accountProblems } from './account.ts';
import { runProblems } from './complete.ts';
import type { Problem } from './problem.ts';
import { proofProblems } from './proven.ts';

/**
 * Everything that is wrong with a receipt; empty when it is proven. Knows the receipt and the keys alone, and nothing of what writes
 * the log.
 *
 * @param receipt - of a shape that can be looked at, and otherwise not to be relied on
 */
export function problemsOf(receipt: Receipt, keys: readonly VerifierKey[]): readonly Problem[] {
  const events = receipt.proof.entries.map(({ event }) => event);
  return [
    ...proofProblems(receipt.proof, keys),
    ...runProblems(receipt.run, events),
    ...accountProblems(receipt, events),
  ];
}

/** What no receipt can show, however well it is proven. */
export function notShown({ run, permission }: Receipt): readonly string[] {
  return [
    'that no event of the run is missing: the whole log shows that, countersign audit verify',
    'that nobody has another log with this key: compare the checkpoint with one that others have',
    ...(run.budget === undefined ? [] : ['what the ledger says of the budget now (run.budget)']),
    ...(permission.granted === undefined
      ? []
      : [
          'steward, reviewer, tools and texts of policies: they come from the deployment, and the log has digests of them',
        ]),
    'the prices of infrastructure and people: they are those of the deployment, and the sums follow from them',
  ];
}
