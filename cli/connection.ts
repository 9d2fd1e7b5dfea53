import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { DEFAULT_PREFIX, OUTPUTS } from '../contracts/names.ts';
import { unreachableFailure, usageFailure } from './failure.ts';
import { type LocalCloudFile, readLocalCloudFile } from './local-cloud-file.ts';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** How to reach the HTTP API of a deployment, and as whom. */
export interface Connection {
  /** Without a slash at the end. */
  readonly apiUrl: string;
  readonly region: string;
  readonly credentials: Credentials | (() => Promise<Credentials>);
}

export interface ConnectionOptions {
  /** Person of the local cloud. */
  readonly as?: string;
  readonly profile?: string;
  readonly region?: string;
  readonly apiUrl?: string;
  readonly prefix?: string;
}

/**
 * Connects to an AWS account when an option names one, to the local cloud of this clone otherwise.
 *
 * @param person who acts on the local cloud when `--as` does not say
 * @throws CommandFailure with exit code 2 for options that do not fit, 3 when there is no such cloud
 */
export async function connect(
  options: ConnectionOptions,
  person: string,
  localCloud: () => LocalCloudFile | undefined = readLocalCloudFile,
): Promise<Connection> {
  const { as, profile, region, apiUrl, prefix } = options;
  if ([profile, region, apiUrl, prefix].every((option) => option === undefined)) {
    return connectLocally(as ?? person, localCloud());
  }
  if (as !== undefined) {
    throw usageFailure('--as is for the local cloud; in AWS the caller is whom the credentials belong to');
  }
  if (apiUrl !== undefined && !URL.canParse(apiUrl)) {
    throw usageFailure(`--api-url is ${apiUrl}, expected an address such as https://...amazonaws.com`);
  }
  return connectToAws(options);
}

function connectLocally(person: string, cloud: LocalCloudFile | undefined): Connection {
  if (cloud === undefined) {
    throw unreachableFailure(
      'no local cloud runs in this clone, start one with npm start, or name an AWS account with --profile or --region',
    );
  }
  const credentials = cloud.people[person];
  if (credentials === undefined) {
    const known = Object.keys(cloud.people).join(', ');
    throw usageFailure(`--as is ${person}, expected one of ${known}`);
  }
  return { apiUrl: cloud.apiUrl, region: cloud.region, credentials };
}

/** How to reach AWS services of a deployment other than its API, and what its stacks' names begin with. */
export interface AwsServices {
  /** Of the SDK's clients. */
  readonly configuration: {
    readonly credentials: Connection['credentials'];
    readonly endpoint?: string;
    readonly region?: string;
    readonly profile?: string;
  };
  readonly prefix: string;
}

/**
 * The AWS services that `connect` would be beside, with the same options. Nothing is asked of them yet.
 *
 * @throws CommandFailure with exit code 2 for options that do not fit, 3 when there is no such cloud
 */
export function awsServices(
  options: ConnectionOptions,
  person: string,
  localCloud: () => LocalCloudFile | undefined = readLocalCloudFile,
): AwsServices {
  const { as, profile, apiUrl } = options;
  const region = options.region ?? regionOf(apiUrl);
  if ([profile, options.region, apiUrl, options.prefix].every((option) => option === undefined)) {
    const cloud = localCloud();
    const { credentials } = connectLocally(as ?? person, cloud);
    const { endpoint, region: local } = cloud as LocalCloudFile;
    return { configuration: { credentials, endpoint, region: local }, prefix: DEFAULT_PREFIX };
  }
  return {
    configuration: {
      credentials: fromNodeProviderChain(profile === undefined ? {} : { profile }),
      ...(profile === undefined ? {} : { profile }),
      ...(region === undefined ? {} : { region }),
    },
    prefix: options.prefix ?? DEFAULT_PREFIX,
  };
}

async function connectToAws({ profile, region, apiUrl, prefix }: ConnectionOptions): Promise<Connection> {
  const credentials = fromNodeProviderChain(profile === undefined ? {} : { profile });
  const stated = region ?? regionOf(apiUrl);
  const cloudFormation = new CloudFormationClient({
    credentials,
    ...(profile === undefined ? {} : { profile }),
    ...(stated === undefined ? {} : { region: stated }),
  });
  try {
    return {
      apiUrl: (apiUrl ?? (await findApiUrl(cloudFormation, prefix ?? DEFAULT_PREFIX))).replace(/\/+$/, ''),
      region: await cloudFormation.config.region(),
      credentials,
    };
  } catch (error) {
    const { name, message } = error as Error;
    if (name === 'CommandFailure') {
      throw error;
    }
    if (message.startsWith('Region is missing')) {
      throw usageFailure('no region is configured, give one with --region');
    }
    const remedy = 'check --profile, --region and --prefix, or give the address with --api-url';
    throw unreachableFailure(`AWS does not say where the api is: ${message}; ${remedy}`);
  }
}

/** API Gateway's own host names say the region. */
function regionOf(apiUrl: string | undefined): string | undefined {
  return /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com/.exec(apiUrl ?? '')?.[1];
}

async function findApiUrl(cloudFormation: CloudFormationClient, prefix: string): Promise<string> {
  const stack = `${prefix}-control`;
  const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stack }));
  const outputs = Stacks.flatMap(({ Outputs = [] }) => Outputs);
  const url = outputs.find(({ OutputKey }) => OutputKey === OUTPUTS.apiUrl)?.OutputValue;
  if (url === undefined) {
    throw unreachableFailure(
      `stack ${stack} has no output ${OUTPUTS.apiUrl}, give the address with --api-url`,
    );
  }
  return url;
}
