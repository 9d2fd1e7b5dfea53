import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { WebClient } from '@slack/web-api';
import { createEmulator } from 'emulate';
import { slackSecretName } from '../contracts/names.ts';
import { localClient } from './aws.ts';
import { freePort } from './ministack.ts';
import { projectRoot } from './run-folder.ts';

/** Channels and members of `policies/slack.yaml` and `directory.yaml`, by the name that they have in the workspace. */
const CHANNELS = {
  approvals: 'C0APPROVALS',
  finance: 'C0FINANCE',
  releases: 'C0RELEASES',
  oncall: 'C0ONCALL',
};
const MEMBERS = {
  maria: 'U0MARIA',
  theo: 'U0THEO',
  noor: 'U0NOOR',
  femi: 'U0FEMI',
  ada: 'U0ADA',
  omar: 'U0OMAR',
};
const TEAM = 'T0EXAMPLE';

/** A workspace of Slack on this machine, and what reaches it. */
export interface LocalSlack {
  /** With a slash at the end. */
  readonly apiUrl: string;
  readonly botToken: string;
  /** What requests are signed with that come from this workspace. */
  readonly signingSecret: string;
  readonly team: string;
  /** Ids by name. */
  readonly channels: Readonly<Record<keyof typeof CHANNELS, string>>;
  readonly members: Readonly<Record<keyof typeof MEMBERS, string>>;
}

/**
 * Starts an emulator of Slack's Web API (npm `emulate`) on a free loopback port. It keeps messages and views; what people press, a
 * test has to send and sign itself.
 */
export async function startSlack(): Promise<LocalSlack & { readonly stop: () => Promise<void> }> {
  const botToken = `xoxb-${randomBytes(16).toString('hex')}`;
  const emulator = await createEmulator({
    service: 'slack',
    port: await freePort(),
    seed: {
      slack: {
        users: [{ name: 'countersign' }, ...Object.keys(MEMBERS).map((name) => ({ name }))],
        channels: Object.keys(CHANNELS).map((name) => ({ name })),
        tokens: [{ token: botToken, user: 'countersign' }],
      },
    },
  });
  const apiUrl = `${emulator.url.replace('localhost', '127.0.0.1')}/api/`;
  const client = new WebClient(botToken, { slackApiUrl: apiUrl });
  const { channels = [] } = await client.conversations.list();
  const { members = [] } = await client.users.list({});
  const { team_id: team = '' } = await client.auth.test();
  return {
    apiUrl,
    botToken,
    signingSecret: randomBytes(16).toString('hex'),
    team,
    channels: idsOf(CHANNELS, channels),
    members: idsOf(MEMBERS, members),
    stop: () => emulator.close(),
  };
}

function idsOf<Names extends Record<string, string>>(
  names: Names,
  known: readonly { readonly id?: string; readonly name?: string }[],
): Record<keyof Names, string> {
  const idOf = (name: string): string => {
    const id = known.find((each) => each.name === name)?.id;
    if (id === undefined) {
      throw new Error(`the emulator of slack has no '${name}'`);
    }
    return id;
  };
  return Object.fromEntries(Object.keys(names).map((name) => [name, idOf(name)])) as Record<
    keyof Names,
    string
  >;
}

/** `policies/slack.yaml` and `directory.yaml` with the ids of this workspace, for `policiesWith`. @param folder - where they go */
export function slackPolicyFiles(
  { team, channels, members }: LocalSlack,
  folder: string,
): Record<string, string> {
  const ids = [
    [TEAM, team],
    ...Object.entries(CHANNELS).map(([name, id]) => [id, channels[name as keyof typeof CHANNELS]]),
    ...Object.entries(MEMBERS).map(([name, id]) => [id, members[name as keyof typeof MEMBERS]]),
  ] as const;
  const written = (name: string): string => {
    const text = readFileSync(join(projectRoot, 'policies', name), 'utf8');
    const file = join(folder, `local-${name}`);
    writeFileSync(
      file,
      ids.reduce((sum, [from = '', to = '']) => sum.replaceAll(from, to), text),
    );
    return file;
  };
  return { 'slack.yaml': written('slack.yaml'), 'directory.yaml': written('directory.yaml') };
}

/** What an operator does by hand once: puts the secrets of the Slack app where the functions read them. */
export async function putSlackSecrets(
  endpoint: string,
  prefix: string,
  { botToken, signingSecret }: LocalSlack,
): Promise<void> {
  const secrets = new SecretsManagerClient(localClient(endpoint));
  const values = { 'bot-token': botToken, 'signing-secret': signingSecret } as const;
  for (const [name, SecretString] of Object.entries(values)) {
    const SecretId = slackSecretName(prefix, name as keyof typeof values);
    await secrets.send(new PutSecretValueCommand({ SecretId, SecretString }));
  }
}
