import { randomBytes } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import type { ErasePersonInput } from '../../contracts/retention.ts';
import { dynamoDb } from '../adapters/dynamodb.ts';
import { lambdaHandler, telemetry, traced } from '../runtime/step.ts';
import { erasePerson } from './erase-person.ts';

/** Of its own time, which is less than that of the API; a run that was begun is finished in the rest. */
const WORK_MILLISECONDS = 6_000;

const dependencies = {
  client: dynamoDb(),
  s3: traced(new S3Client({})),
  clock: () => new Date(),
  randomId: () => crypto.randomUUID(),
  randomKey: (bytes: number) => randomBytes(bytes).toString('base64url'),
};

/** Invoked by the API alone, which has checked who asks. INVARIANT: no log line names the person. */
export const handler = lambdaHandler(async (input: ErasePersonInput) => {
  telemetry.annotate({ tenant: input.tenant });
  const until = Date.now() + WORK_MILLISECONDS;
  const answer = await erasePerson(input, { ...dependencies, hasTime: () => Date.now() < until });
  if ('refused' in answer) {
    telemetry.info('nothing was erased', { code: answer.refused.code });
  } else {
    const { erasureId, finished, runsLeft } = answer;
    telemetry.warn("a person's data was erased", { erasureId, finished, runsLeft, by: input.by });
  }
  return answer;
});
