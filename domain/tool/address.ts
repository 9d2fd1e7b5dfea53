import ipaddr from 'ipaddr.js';

/** Kinds of addresses that no tool may reach, whatever name has led there. */
export type AddressProblem = 'unreadable' | 'metadata' | 'not_public';

/**
 * Where AWS serves credentials and facts of the machine itself: instances, tasks and pods. All of them are link-local or
 * unique local too; named apart, because a call that ends there is an attack and not a mistake.
 */
const METADATA_ADDRESSES: ReadonlySet<string> = new Set([
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  'fd00:ec2::254',
  'fd00:ec2::23',
]);

/** IPv6 that has been given out for the public internet; whatever lies outside has a special purpose or none yet. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Why an address must not be connected to, with the name of its range; undefined for the public internet. Forms that
 * carry an IPv4 address inside an IPv6 one (mapped, translated, NAT64, 6to4, Teredo) are refused whatever they carry.
 *
 * @param address - as a resolver gives it: four decimal numbers, or IPv6
 */
export function addressProblem(
  address: string,
): { readonly problem: AddressProblem; readonly range: string } | undefined {
  const parsed = parsedAddress(address);
  if (parsed === undefined) {
    return { problem: 'unreadable', range: 'no address' };
  }
  const range = parsed.range();
  if (METADATA_ADDRESSES.has(parsed.toString())) {
    return { problem: 'metadata', range: 'cloud metadata' };
  }
  // INVARIANT: only what is known to be public passes; a range that the library learns of later is refused by itself
  if (range !== 'unicast') {
    return { problem: 'not_public', range };
  }
  return parsed instanceof ipaddr.IPv6 && !parsed.match(GLOBAL_UNICAST)
    ? { problem: 'not_public', range: 'unassigned' }
    : undefined;
}

/** The one way to write an address, so that two of them can be compared; undefined for what is none. */
export function canonicalAddress(address: string): string | undefined {
  return parsedAddress(address)?.toString();
}

/** Strict: `0177.0.0.1`, `127.1` and `2130706433` are numbers of a kind, and no address of a resolver. */
function parsedAddress(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) {
    return ipaddr.IPv4.parse(address);
  }
  return address.includes(':') && ipaddr.IPv6.isValid(address) ? ipaddr.IPv6.parse(address) : undefined;
}
