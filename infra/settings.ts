import type { App } from 'aws-cdk-lib';

/** What a deployment may choose, from the context of `cdk.json` or `--context name=value`. */
export interface Settings {
  /** Begins the name of everything; another prefix is another deployment in the same account. */
  readonly prefix: string;
  /** Days for which nobody, the account's root among them, can delete an audit object. */
  readonly auditRetentionDays: number;
  /** Whether runs may bring their own proposals. For tests and the local cloud. */
  readonly recordedProvider: boolean;
}

/** Object Lock takes at most a hundred years. */
const MAXIMUM_RETENTION_DAYS = 36_500;

/** @throws Error for a setting that cannot be meant, naming it */
export function settingsOf(app: App): Settings {
  const prefix = String(app.node.tryGetContext('prefix'));
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(prefix)) {
    throw new Error(
      `context prefix '${prefix}': expected lower-case letters, digits and hyphens, at most 20 characters`,
    );
  }
  const auditRetentionDays = Number(app.node.tryGetContext('auditRetentionDays'));
  if (
    !Number.isInteger(auditRetentionDays) ||
    auditRetentionDays < 1 ||
    auditRetentionDays > MAXIMUM_RETENTION_DAYS
  ) {
    throw new Error(
      `context auditRetentionDays '${auditRetentionDays}': expected 1 to ${MAXIMUM_RETENTION_DAYS} days`,
    );
  }
  const recordedProvider = String(app.node.tryGetContext('recordedProvider'));
  if (recordedProvider !== 'true' && recordedProvider !== 'false') {
    throw new Error(`context recordedProvider '${recordedProvider}': expected true or false`);
  }
  return { prefix, auditRetentionDays, recordedProvider: recordedProvider === 'true' };
}
