import { addressProblem } from './address.ts';

/** An origin that a tool may send requests to. */
export interface Destination {
  readonly scheme: 'https:' | 'http:';
  /** As URLs have it: lower case, punycode, IPv6 in brackets; `*.` in front stands for exactly one label. */
  readonly host: string;
  readonly port: number;
}

export interface DestinationOptions {
  /** Whether plain HTTP counts as an origin. For servers on loopback, in tests. @default false */
  readonly permitHttp?: boolean;
}

/** Why a URL is no destination of a call. */
export interface UrlProblem {
  readonly code: 'invalid_url' | 'userinfo' | 'scheme' | 'not_listed';
  readonly message: string;
}

const DEFAULT_PORTS = { 'https:': 443, 'http:': 80 } as const;
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;
const WILDCARD = '*.';

/** Begins a destination whose origin the deployment chooses: `deployment:helpdesk` is its context `helpdeskOrigin`. */
const DEPLOYMENT_ORIGIN = /^deployment:([a-z][a-z0-9]*)$/;

/** `helpdesk` of `deployment:helpdesk`; undefined for an origin. */
export function deploymentOriginName(destination: string): string | undefined {
  return DEPLOYMENT_ORIGIN.exec(destination)?.[1];
}

/**
 * Reads one entry of an allow-list. There is one way to write each origin, so that what somebody reviews is what is
 * compared later.
 *
 * @throws Error with the entry and what is wrong with it
 */
export function parseDestination(text: string, { permitHttp = false }: DestinationOptions = {}): Destination {
  const [, scheme, wildcard = '', authority = ''] = /^(https?:)\/\/(\*\.)?([^/\\?#@\s]+)$/.exec(text) ?? [];
  const url = URL.parse(`${scheme}//${authority}`);
  if ((scheme !== 'https:' && scheme !== 'http:') || url === null) {
    throw new Error(`destination '${text}': expected an origin such as https://api.example.com`);
  }
  if (scheme === 'http:' && !permitHttp) {
    throw new Error(`destination '${text}': expected https, plain http is for tests on loopback only`);
  }
  const written = authority.replace(/:\d+$/, '');
  if (written !== url.hostname || (url.port === '' && /:\d+$/.test(authority))) {
    throw new Error(`destination '${text}': expected it as '${scheme}//${wildcard}${url.host}'`);
  }
  const labels = url.hostname.split('.');
  const named = addressOf(url.hostname) === undefined;
  if (named && !labels.every((label) => LABEL.test(label))) {
    throw new Error(`destination '${text}': expected a host name of letters, digits and hyphens`);
  }
  if (wildcard !== '' && (!named || labels.length < 2)) {
    throw new Error(`destination '${text}': expected two labels or more behind '*.'`);
  }
  return { scheme, host: `${wildcard}${url.hostname}`, port: portOf(url) };
}

/**
 * Checks an entry of a tool's own list: an origin as above that is not an address behind somebody's walls, or the name
 * of one that the deployment chooses.
 *
 * @throws Error with the entry and what is wrong with it
 */
export function checkDestination(text: string): void {
  if (deploymentOriginName(text) !== undefined) {
    return;
  }
  const address = addressOf(parseDestination(text).host);
  const problem = address === undefined ? undefined : addressProblem(address);
  if (problem !== undefined) {
    throw new Error(`destination '${text}': expected a public address, this one is ${problem.range}`);
  }
}

/**
 * The URL to connect to, with its host as DNS is asked for it, if it is on the list.
 *
 * @param text - untrusted: made from arguments, or sent by a server as the place to go on to
 */
export function permittedUrl(
  text: string,
  destinations: readonly string[],
  options: DestinationOptions = {},
): { readonly ok: true; readonly url: URL } | { readonly ok: false; readonly problem: UrlProblem } {
  const url = URL.parse(text);
  if (url === null || url.hostname === '') {
    return refused('invalid_url', 'the url cannot be read');
  }
  if (url.username !== '' || url.password !== '') {
    return refused('userinfo', 'the url carries a user name or a password');
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && options.permitHttp)) {
    return refused('scheme', `scheme '${url.protocol.slice(0, -1)}', expected https`);
  }
  // the name with and without the dot of the root is one name to DNS, and must be one to the list
  url.hostname = url.hostname.replace(/\.$/, '');
  const listed = destinations.some((each) => covers(parseDestination(each, options), url));
  return listed
    ? { ok: true, url }
    : refused(
        'not_listed',
        `${shown(url.origin)} is not among the tool's destinations, expected ${destinations.join(', ') || 'none'}`,
      );
}

/** The address that a URL's host is, without brackets; undefined for a name. */
export function addressOf(hostname: string): string | undefined {
  if (hostname.startsWith('[')) {
    return hostname.slice(1, -1);
  }
  // URLs have every way to write an IPv4 address as this one
  return /^\d+\.\d+\.\d+\.\d+$/.test(hostname) ? hostname : undefined;
}

function covers({ scheme, host, port }: Destination, url: URL): boolean {
  if (scheme !== url.protocol || port !== portOf(url)) {
    return false;
  }
  if (!host.startsWith(WILDCARD)) {
    return host === url.hostname;
  }
  const [label = '', ...parents] = url.hostname.split('.');
  return LABEL.test(label) && parents.join('.') === host.slice(WILDCARD.length);
}

function portOf({ port, protocol }: URL): number {
  return port === '' ? DEFAULT_PORTS[protocol as keyof typeof DEFAULT_PORTS] : Number(port);
}

function refused(code: UrlProblem['code'], message: string) {
  return { ok: false, problem: { code, message } } as const;
}

const MAXIMUM_SHOWN = 120;

/** A server may have chosen it, and it ends in events: as much of it as tells where it points. */
function shown(origin: string): string {
  return origin.length > MAXIMUM_SHOWN ? `${origin.slice(0, MAXIMUM_SHOWN)}...` : origin;
}
