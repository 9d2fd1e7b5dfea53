import type { LookupFunction } from 'node:net';
import { addressProblem, canonicalAddress } from '../../../domain/tool/address.ts';
import { EgressFailed, EgressRefused } from './errors.ts';

/** Every address of a host name. */
export type Resolver = (hostname: string) => Promise<readonly string[]>;

/** @throws EgressRefused unless the address is public or among those that whoever made the guard permits */
export function checkAddress(host: string, address: string, permitted: readonly string[]): void {
  const canonical = canonicalAddress(address);
  if (permitted.some((each) => canonicalAddress(each) === canonical && canonical !== undefined)) {
    return;
  }
  const problem = addressProblem(address);
  if (problem !== undefined) {
    throw new EgressRefused(
      'address',
      `${host} is at ${canonical ?? 'no readable address'} (${problem.range}), expected a public address`,
    );
  }
}

/**
 * What a socket asks before it connects. INVARIANT: the addresses that were checked are the ones that are connected to;
 * nobody resolves the name a second time, so a name that points elsewhere a moment later changes nothing.
 */
export function checkedLookup(resolve: Resolver, permitted: readonly string[]): LookupFunction {
  return (hostname, options, callback) => {
    checkedAddresses(hostname, resolve, permitted).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
        if (options.all) {
          callback(null, found);
        } else {
          callback(null, found[0]?.address ?? '', found[0]?.family);
        }
      },
      (error: Error) => callback(error, ''),
    );
  };
}

/** One bad address among good ones refuses the name: which of them a socket takes is nobody's choice. */
async function checkedAddresses(
  hostname: string,
  resolve: Resolver,
  permitted: readonly string[],
): Promise<readonly string[]> {
  let addresses: readonly string[];
  try {
    addresses = await resolve(hostname);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'no answer';
    throw new EgressFailed('unresolved', `${hostname} has no address (${code})`, false);
  }
  if (addresses.length === 0) {
    throw new EgressFailed('unresolved', `${hostname} has no address`, false);
  }
  for (const address of addresses) {
    checkAddress(hostname, address, permitted);
  }
  return addresses;
}
