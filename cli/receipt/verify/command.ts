import type { Receipt } from '../../../contracts/api.ts';
import { EXIT, type ExitCode } from '../../failure.ts';
import type { Output } from '../../output.ts';
import { printable } from '../../render/text.ts';
import type { Problem } from './problem.ts';
import { readKeys, readReceipt } from './read.ts';
import { notShown, problemsOf } from './verify.ts';

/** @throws CommandFailure with exit code 2 for a file that is no receipt or has no key */
export function verifyReceipt(file: string, keyFile: string, output: Output): ExitCode {
  const receipt = readReceipt(file);
  const problems = problemsOf(receipt, readKeys(keyFile));
  const verified = problems.length === 0;
  const { tenant, runId } = receipt.run;
  const document = { verified, tenant, runId, problems, notShown: notShown(receipt) };
  output.show(document, () => lines(receipt, problems));
  return verified ? EXIT.ok : EXIT.refused;
}

function lines(receipt: Receipt, problems: readonly Problem[]): readonly string[] {
  const { run, proof } = receipt;
  const of = printable(`receipt of run ${run.runId} of tenant ${run.tenant}`);
  if (problems.length > 0) {
    const count = `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`;
    return [`NOT VERIFIED: ${of}, ${count}`, ...problems.map(({ message }) => printable(`  ${message}`))];
  }
  return [
    `verified: ${of}`,
    printable(`  ${proof.says}, signed by ${proof.key}`),
    `  ${proof.entries.length} events, from the request to the end of the run; every line of the account follows from them`,
    'not shown by a receipt:',
    ...notShown(receipt).map((each) => `  ${each}`),
  ];
}
