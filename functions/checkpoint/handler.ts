import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { ENV } from '../../contracts/environment.ts';
import { logOrigin } from '../../contracts/names.ts';
import { dynamoDb } from '../adapters/dynamodb.ts';
import { logBucket } from '../adapters/log/bucket.ts';
import { logSigner } from '../adapters/log/key.ts';
import { logTable } from '../adapters/log/table.ts';
import { environment } from '../runtime/environment.ts';
import { lambdaHandler, telemetry, traced } from '../runtime/step.ts';
import { integrate } from './integrate.ts';

const auditBucket = environment(ENV.auditBucket);
const dependencies = {
  bucket: logBucket(traced(new S3Client({})), auditBucket),
  table: logTable(dynamoDb(), environment(ENV.logTable)),
  signer: logSigner(
    traced(new KMSClient({})),
    environment(ENV.auditKey),
    logOrigin(auditBucket, environment(ENV.region)),
  ),
};

/** No further round is begun after this; the function's time-out leaves one as much again to end. */
const ROUNDS_MILLISECONDS = 40_000;

/**
 * Integrates what waits, and signs the log's new root. Invoked every minute; two at once do no harm, and what one leaves undone the next
 * finds.
 */
export const handler = lambdaHandler(async (): Promise<{ readonly entries: number }> => {
  const begun = Date.now();
  let entries = 0;
  let oldest: string | undefined;
  for (let more = true; more && Date.now() - begun < ROUNDS_MILLISECONDS; ) {
    const round = await integrate(dependencies);
    entries += round.entries;
    oldest ??= round.oldestSealedAt;
    more = round.more;
  }
  const logLagSeconds = oldest === undefined ? 0 : Math.ceil((begun - Date.parse(oldest)) / 1000);
  telemetry.count({ eventsIntegrated: entries, logLagSeconds: Math.max(0, logLagSeconds) });
  return { entries };
});
