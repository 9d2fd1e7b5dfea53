import { GetPublicKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { type AwsServices, awsServices, type ConnectionOptions } from '../connection.ts';
import { EXIT, type ExitCode } from '../failure.ts';
import type { Output } from '../output.ts';
import { logOutputs, orUnreachable } from './deployment.ts';
import { verifierKeyLine } from './verifier-keys.ts';
import { READER } from './verify.ts';

interface LogKeyDocument {
  /** As `audit verify` takes it. */
  readonly key: string;
  readonly origin: string;
  readonly arn: string;
}

/** Tells the key that the log is verified with. */
export async function showKey(output: Output, options: ConnectionOptions): Promise<ExitCode> {
  const services = awsServices(options, READER);
  const key = await orUnreachable('the key of the audit log', services, () => logKey(services));
  output.show(key, () => [key.key]);
  return EXIT.ok;
}

/** The key as KMS has it: `kms:GetPublicKey`, with the caller's own rights. */
export async function logKey(services: AwsServices): Promise<LogKeyDocument> {
  const { auditKey, auditOrigin } = await logOutputs(services, ['auditKey', 'auditOrigin']);
  const kms = new KMSClient(services.configuration);
  const { PublicKey = new Uint8Array() } = await kms.send(new GetPublicKeyCommand({ KeyId: auditKey }));
  return { key: verifierKeyLine(auditOrigin, PublicKey), origin: auditOrigin, arn: auditKey };
}
