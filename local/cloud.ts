import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Connection } from '../cli/connection.ts';
import { LOCAL_CLOUD_FILE, type LocalCloudFile, readLocalCloudFile } from '../cli/local-cloud-file.ts';
import { DEFAULT_TENANT } from '../contracts/api.ts';
import { DEFAULT_PREFIX } from '../contracts/names.ts';
import { LOCAL_REGION, localClient } from './aws.ts';
import { deploy } from './deploy.ts';
import { loadExamples } from './examples/load.ts';
import { LocalCloudError } from './failure.ts';
import { type Counterparts, type MiniStack, startMiniStack } from './ministack.ts';
import { lockBuckets } from './object-lock.ts';
import { PEOPLE, type Person, signIn } from './people.ts';
import { policiesWith } from './policies.ts';
import { type Progress, silent } from './progress.ts';
import { makeRunFolder, type RunFolder } from './run-folder.ts';
import { loadShop, readShopFile, type ShopDocuments } from './shop/load.ts';
import { onShutdown } from './shutdown.ts';
import { type LocalSlack, putSlackSecrets, slackPolicyFiles } from './slack.ts';

const SAMPLE_SHOP = join(import.meta.dirname, 'shop', 'sample.json');

/** An emulator that nothing is deployed to yet. */
export interface Emulator extends MiniStack {
  readonly folder: RunFolder;
}

export interface LocalCloudOptions {
  /** Where to deploy. @default a new one */
  readonly emulator?: Emulator;
  /** Shop to load for the default tenant. @default the sample shop */
  readonly dataFile?: string;
  /**
   * Loopback port of a server that stands for the helpdesk. With it tools may reach servers on loopback.
   * @default none: the helpdesk's name leads nowhere
   */
  readonly helpdeskPort?: number;
  /** Likewise for the stock server. */
  readonly stockPort?: number;
  /** A workspace in which people are asked. @default none: people are asked in the queue alone */
  readonly slack?: LocalSlack;
  /** What decides, where it is not `policies/` as it is: other files, by their path in it. @default none */
  readonly policyFiles?: Readonly<Record<string, string>>;
  /** Whether `countersign` finds this cloud. @default false */
  readonly published?: boolean;
  readonly progress?: Progress;
}

export interface LocalCloud {
  /** For every AWS service. */
  readonly endpoint: string;
  readonly apiUrl: string;
  readonly auditBucket: string;
  /** Where Slack sends what people press; undefined without a workspace. */
  readonly slackInteractionsUrl: string | undefined;
  readonly region: string;
  /** Name prefix of everything deployed. */
  readonly prefix: string;
  readonly shop: ShopDocuments;
  /** How a person reaches the API. */
  readonly connectionOf: (person: Person) => Connection;
  /** Resolves when the cloud ends without having been told to. */
  readonly failed: Promise<LocalCloudError>;
  readonly stop: () => Promise<void>;
}

/** @throws LocalCloudError */
export async function startEmulator(progress: Progress, counterparts?: Counterparts): Promise<Emulator> {
  const folder = makeRunFolder();
  const emulator = await startMiniStack({ folder, ...(counterparts && { counterparts }) });
  progress.step(`local cloud started at ${emulator.endpoint}`);
  return { ...emulator, folder };
}

/**
 * Starts an emulator, deploys the app to it and loads a shop. The caller stops it; the end of this process does too.
 *
 * @throws LocalCloudError
 */
export async function startLocalCloud(options: LocalCloudOptions = {}): Promise<LocalCloud> {
  const { dataFile = SAMPLE_SHOP, published = false, progress = silent } = options;
  const prefix = DEFAULT_PREFIX;
  const shop = await readShop(dataFile);
  const { endpoint, folder, failed, stop } = options.emulator ?? (await startEmulator(progress));
  try {
    const { apiUrl, auditBucket, slackInteractionsUrl } = await deploy({
      endpoint,
      folder,
      context: {
        ...{ prefix, recordedProvider: 'true' },
        ...policies(options, folder),
        ...slackContext(options),
        ...destinations(options),
      },
      progress,
    });
    if (options.slack !== undefined) {
      await putSlackSecrets(endpoint, prefix, options.slack);
    }
    await lockBuckets(endpoint, folder.cloudAssembly, auditBucket);
    const client = new DynamoDBClient(localClient(endpoint));
    const [items, records] = await Promise.all([
      loadShop({ documents: shop, tenant: DEFAULT_TENANT, prefix, client }),
      loadExamples({ tenant: DEFAULT_TENANT, prefix, client, now: new Date() }),
    ]);
    progress.step(`${items + records} items of sample data loaded`);
    const people = await signInAll(endpoint);
    const file = { endpoint, apiUrl, region: LOCAL_REGION, pid: process.pid, people };
    const retract = published ? publish(file) : async () => {};
    return {
      endpoint,
      apiUrl,
      auditBucket,
      slackInteractionsUrl,
      region: LOCAL_REGION,
      prefix,
      shop,
      connectionOf: (person) => ({ apiUrl, region: LOCAL_REGION, credentials: people[person] }),
      failed,
      stop: async () => {
        await retract();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function policies(
  { policyFiles, slack }: LocalCloudOptions,
  { temporary }: RunFolder,
): Record<string, string> {
  const files = { ...policyFiles, ...(slack && slackPolicyFiles(slack, temporary)) };
  return Object.keys(files).length === 0
    ? {}
    : { policies: policiesWith(files, join(temporary, 'policies')) };
}

function slackContext({ slack }: LocalCloudOptions): Record<string, string> {
  return slack ? { slack: 'true', slackApiUrl: slack.apiUrl, permitLoopbackDestinations: 'true' } : {};
}

function destinations({ helpdeskPort, stockPort }: LocalCloudOptions): Record<string, string> {
  const ports = Object.entries({ helpdeskOrigin: helpdeskPort, stockOrigin: stockPort });
  const origins = ports.flatMap(([name, port]) => (port ? [[name, `http://127.0.0.1:${port}`]] : []));
  return origins.length === 0 ? {} : { permitLoopbackDestinations: 'true', ...Object.fromEntries(origins) };
}

async function readShop(path: string): Promise<ShopDocuments> {
  try {
    return await readShopFile(path);
  } catch (error) {
    const message = `the shop in ${path} cannot be loaded: ${(error as Error).message}`;
    throw new LocalCloudError('DATA_FILE_UNREADABLE', message, 2);
  }
}

async function signInAll(endpoint: string): Promise<Record<Person, LocalCloudFile['people'][string]>> {
  const names = Object.keys(PEOPLE) as Person[];
  const signedIn = await Promise.all(
    names.map(async (name) => [name, await signIn(endpoint, name)] as const),
  );
  return Object.fromEntries(signedIn) as Record<Person, LocalCloudFile['people'][string]>;
}

/** Lets `countersign` find this cloud. Of two in one clone it finds the one that started last. */
function publish(file: LocalCloudFile): () => Promise<void> {
  const draft = `${LOCAL_CLOUD_FILE}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, LOCAL_CLOUD_FILE);
  const retract = async () => {
    forget();
    if (readLocalCloudFile()?.pid === process.pid) {
      rmSync(LOCAL_CLOUD_FILE);
    }
  };
  const forget = onShutdown(retract);
  return retract;
}
