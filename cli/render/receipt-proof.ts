import type { Receipt } from '../../contracts/api.ts';
import type { Block, Fact, Section } from './document.ts';
import { plain, words } from './words.ts';

/** What is proven, how anybody checks it, and what a receipt cannot show. */
export function proofSection({ run, events, proof, permission }: Receipt): Section {
  const leaves = proof.entries.flatMap(({ leaf }) => (leaf === undefined ? [] : [leaf]));
  const between =
    leaves.length === 0
      ? 'none yet'
      : `${leaves.length} between ${Math.min(...leaves)} and ${Math.max(...leaves)}`;
  const facts: Fact[] = [
    ['events', words`${plain(`${events.count}, sha-256 `)}${events.digest}`],
    ['in the log', plain(proof.says)],
    ['entries', plain(between)],
    ['key of the log', words`${proof.key}`],
  ];
  return {
    heading: plain('Proof'),
    blocks: [
      { kind: 'facts', facts },
      ...noteBlocks(proof.checkpoint),
      {
        kind: 'text',
        text: words`This page is an account and no proof by itself: the JSON of the receipt has the events and their paths. Who has it, and the log's public key from elsewhere, checks every line offline: ${`countersign --json receipt ${run.runId} > receipt.json`} and ${'countersign receipt verify receipt.json --key KEYFILE'}.`,
      },
      {
        kind: 'text',
        text: plain(
          `A receipt cannot show that no event of the run is missing, which the whole log does (countersign audit verify)${permission.granted === undefined ? '' : '; steward, reviewer, tools and texts of policies are those of the deployment, of which the log has digests'}; and it does not show what tools answered, which the log has as digests alone.`,
        ),
      },
    ],
  };
}

function noteBlocks(checkpoint: string | undefined): readonly Block[] {
  return checkpoint === undefined ? [] : [{ kind: 'code', code: checkpoint }];
}
