import { CommanderError } from 'commander';
import { CommandFailure, EXIT, failureDocument, failureLines, usageFailure } from './failure.ts';
import { program } from './program.ts';

// A reader that has seen enough, such as head, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') {
    process.exit(EXIT.ok);
  }
  throw error;
});
process.exitCode = await main(process.argv);

async function main(argv: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok;
  const finish = (code: number) => {
    exitCode = code;
  };
  try {
    await program({ finish }).parseAsync(argv);
    return exitCode;
  } catch (error) {
    return fail(error, argv.includes('--json'));
  }
}

function fail(error: unknown, json: boolean): number {
  if (error instanceof CommanderError && error.exitCode === 0) {
    return EXIT.ok;
  }
  // Commander has printed what is wrong already.
  const printed = error instanceof CommanderError;
  const failure = printed ? usageFailure(error.message) : error;
  if (!(failure instanceof CommandFailure)) {
    throw error;
  }
  if (json) {
    console.log(JSON.stringify(failureDocument(failure)));
  }
  if (!printed) {
    console.error(failureLines(failure).join('\n'));
  }
  return failure.exitCode;
}
