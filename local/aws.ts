/** Where the local cloud pretends to be. */
export const LOCAL_REGION = 'us-east-1';
export const LOCAL_ACCOUNT = '000000000000';

/** The emulator takes this key for the account's root user. */
export const ROOT_CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' } as const;

/** Configuration of an AWS SDK client as the root user of the local cloud. */
export function localClient(endpoint: string) {
  return { endpoint, region: LOCAL_REGION, credentials: ROOT_CREDENTIALS } as const;
}
