import { CreateRoleCommand, EntityAlreadyExistsException, IAMClient } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { LocalCredentials } from '../cli/local-cloud-file.ts';
import { LOCAL_ACCOUNT, localClient } from './aws.ts';

/** Who can sign in to the local cloud, and what each is for. */
export const PEOPLE = {
  app: 'the application that starts runs',
  maria: 'a support manager and incident commander',
  theo: 'another support manager and incident commander, and a release manager',
  noor: 'an incident commander who is no support manager, and a release manager',
  femi: 'a finance admin',
  ada: 'another finance admin',
  omar: 'a person without roles',
  yara: 'a privacy officer, who erases data and holds it',
} as const;
export type Person = keyof typeof PEOPLE;

const ROLE = 'countersign-people';

/** Longest session of a role: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage-assume.html */
const SESSION_SECONDS = 43_200;

/**
 * Gives a person credentials for 12 hours: a session of one role, named after the person, as AWS IAM Identity Center
 * names them. The API then sees `arn:aws:sts::000000000000:assumed-role/countersign-people/<person>`.
 */
export async function signIn(endpoint: string, person: Person): Promise<LocalCredentials> {
  await makeRole(endpoint);
  const sts = new STSClient(localClient(endpoint));
  const { Credentials: session } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${LOCAL_ACCOUNT}:role/${ROLE}`,
      RoleSessionName: person,
      DurationSeconds: SESSION_SECONDS,
    }),
  );
  if (!session?.AccessKeyId || !session.SecretAccessKey || !session.SessionToken) {
    throw new TypeError(`sts gave no credentials for ${person}`);
  }
  return {
    accessKeyId: session.AccessKeyId,
    secretAccessKey: session.SecretAccessKey,
    sessionToken: session.SessionToken,
  };
}

async function makeRole(endpoint: string): Promise<void> {
  const trust = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${LOCAL_ACCOUNT}:root` },
        Action: 'sts:AssumeRole',
      },
    ],
  };
  const role = {
    RoleName: ROLE,
    AssumeRolePolicyDocument: JSON.stringify(trust),
    MaxSessionDuration: SESSION_SECONDS,
  };
  try {
    await new IAMClient(localClient(endpoint)).send(new CreateRoleCommand(role));
  } catch (error) {
    if (!(error instanceof EntityAlreadyExistsException)) {
      throw error;
    }
  }
}
