import type { Clock } from '../../../domain/time.ts';
import { addressOf, permittedUrl } from '../../../domain/tool/destination.ts';
import { checkAddress, checkedLookup, type Resolver } from './checked-lookup.ts';
import { EgressFailed, EgressRefused } from './errors.ts';
import { type ExchangeLimits, exchangeOver, type Incoming, type Outgoing } from './exchange.ts';
import { redirected, redirectOf } from './redirects.ts';
import { isPassing, MAXIMUM_TRIES, waitMilliseconds } from './retries.ts';

export interface GuardOptions {
  readonly resolve: Resolver;
  readonly clock: Clock;
  /** At least 0, less than 1. */
  readonly random: () => number;
  /** Ends early, by throwing, when the signal is aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  /** Addresses that may be connected to although they are not public; for tests. @default none */
  readonly permittedAddresses?: readonly string[];
  /** Whether destinations may be plain HTTP; for tests. @default false */
  readonly permitHttp?: boolean;
}

export interface RequestParts {
  /** @default GET */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Limits {
  /** The tool's allow-list. Never from arguments. */
  readonly destinations: readonly string[];
  /** Aborted when the tool's time is over. */
  readonly signal: AbortSignal;
  /** Whether sending it twice does what sending it once does. @default true for GET, HEAD, OPTIONS, PUT and DELETE */
  readonly idempotent?: boolean;
  /** Of one connection, its look-up included. @default 3000 */
  readonly connectMilliseconds?: number;
  /** Of everything, redirects and retries included. @default 10000 */
  readonly totalMilliseconds?: number;
  /** Of one answer's body. @default 1 MiB */
  readonly maximumBytes?: number;
}

/** Sends a request to a destination of the tool. @throws EgressRefused, EgressFailed */
export type GovernedFetch = (url: string, init: RequestParts, limits: Limits) => Promise<Response>;

const MAXIMUM_REDIRECTS = 3;
const CONNECT_MILLISECONDS = 3000;
const TOTAL_MILLISECONDS = 10_000;
const MAXIMUM_BYTES = 1024 * 1024;

const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** Belong to the connection; `host` would choose another server behind the address that was checked. */
const HEADERS_OF_THE_GUARD = ['host', 'connection', 'content-length', 'transfer-encoding', 'upgrade', 'te'];

/**
 * The one way out for tools. Every hop is checked: the URL against the tool's destinations, then every address of its
 * name, on the socket that connects to it. Redirects are followed here and nowhere else.
 */
export function egressGuard(options: GuardOptions): GovernedFetch {
  const { resolve, clock, permittedAddresses = [], permitHttp = false } = options;
  const exchange = exchangeOver(checkedLookup(resolve, permittedAddresses));

  function permitted(text: string, destinations: readonly string[]): URL {
    const checked = permittedUrl(text, destinations, { permitHttp });
    if (!checked.ok) {
      throw new EgressRefused(checked.problem.code, checked.problem.message);
    }
    // sockets look up names only
    const address = addressOf(checked.url.hostname);
    if (address !== undefined) {
      checkAddress(checked.url.hostname, address, permittedAddresses);
    }
    return checked.url;
  }

  async function withRetries(outgoing: Outgoing, limits: Limits, hop: ExchangeLimits, deadline: number) {
    const idempotent = limits.idempotent ?? IDEMPOTENT_METHODS.has(outgoing.method);
    for (let tries = 1, sent = false; ; tries += 1) {
      const outcome = await exchange(outgoing, idempotent, hop).catch((error: Error) => error);
      sent ||= wasSent(outcome);
      const wait = waitMilliseconds(outcome, tries, options.random, clock());
      const again = idempotent && isPassing(outcome) && tries < MAXIMUM_TRIES;
      // a server that asks for more patience than there is time gets no second request
      if (!again || clock().getTime() + wait >= deadline) {
        if (outcome instanceof Error) {
          throw withSent(outcome, sent);
        }
        return outcome;
      }
      await options.sleep(wait, hop.signal).catch(() => {});
    }
  }

  return async (text, init, limits) => {
    const { destinations, totalMilliseconds = TOTAL_MILLISECONDS } = limits;
    const deadline = clock().getTime() + totalMilliseconds;
    const late = new AbortController();
    const timer = setTimeout(
      () =>
        late.abort(new EgressFailed('timed_out', `gave no full answer within ${totalMilliseconds} ms`, true)),
      totalMilliseconds,
    );
    const hop: ExchangeLimits = {
      connectMilliseconds: limits.connectMilliseconds ?? CONNECT_MILLISECONDS,
      maximumBytes: limits.maximumBytes ?? MAXIMUM_BYTES,
      signal: AbortSignal.any([limits.signal, late.signal]),
    };
    let redirects = 0;
    try {
      let outgoing = outgoingOf(permitted(text, destinations), init);
      for (;;) {
        const incoming = await withRetries(outgoing, limits, hop, deadline);
        const location = redirectOf(incoming);
        if (location === undefined) {
          return responseOf(incoming, outgoing.url.host);
        }
        redirects += 1;
        if (redirects > MAXIMUM_REDIRECTS) {
          throw new EgressRefused('too_many_redirects', `redirected more than ${MAXIMUM_REDIRECTS} times`);
        }
        const next = URL.parse(location, outgoing.url.href)?.href ?? location;
        outgoing = redirected(outgoing, incoming.status, permitted(next, destinations));
      }
    } catch (error) {
      // whoever redirected has had the request
      throw withSent(error as Error, redirects > 0);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** @throws EgressRefused for a header that is not the tool's to set */
function outgoingOf(url: URL, { method = 'GET', headers = {}, body }: RequestParts): Outgoing {
  const named = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const reserved = HEADERS_OF_THE_GUARD.find((name) => name in named);
  if (reserved !== undefined) {
    throw new EgressRefused('header', `header '${reserved}' belongs to the connection, leave it out`);
  }
  return { url, method: method.toUpperCase(), headers: named, body };
}

function responseOf({ status, headers, body }: Incoming, host: string): Response {
  if (status < 200 || status > 599) {
    throw new EgressFailed('unreadable', `${host} answered with status ${status}`, true);
  }
  const empty = status === 204 || status === 205 || status === 304;
  return new Response(empty ? null : new Uint8Array(body), { status, headers });
}

function wasSent(outcome: Incoming | Error): boolean {
  return !(outcome instanceof EgressFailed || outcome instanceof EgressRefused) || outcome.sent;
}

function withSent(error: Error, sent: boolean): Error {
  if (error instanceof EgressRefused) {
    return new EgressRefused(error.code, error.message, error.sent || sent);
  }
  return error instanceof EgressFailed
    ? new EgressFailed(error.code, error.message, error.sent || sent)
    : error;
}
