/** Does nothing, as fast as it can; answers what leads the governed-call machine on to its executor, itself again. */
export async function handler() {
  // every function logs; of one that does not, the emulator waits 50 ms for a line
  console.log('done');
  return { decision: 'allow', executor: process.env.AWS_LAMBDA_FUNCTION_NAME, warrant: {} };
}
