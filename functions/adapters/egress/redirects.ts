import type { Incoming, Outgoing } from './exchange.ts';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Say something about a body, and go where it goes. */
const BODY_HEADERS: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-type',
]);

/**
 * What another origin may see. The fetch standard takes away `authorization` only; secrets travel under many names, so
 * here everything goes that is not known to be harmless.
 */
const HEADERS_FOR_OTHERS: ReadonlySet<string> = new Set([
  ...BODY_HEADERS,
  'accept',
  'accept-language',
  'idempotency-key',
  'user-agent',
]);

/** Where an answer sends on to, as the server has written it; undefined when it does not. */
export function redirectOf({ status, headers }: Incoming): string | undefined {
  return REDIRECTS.has(status) ? (headers.get('location') ?? undefined) : undefined;
}

/** The next request, as the fetch standard makes it; where it goes is for the guard to check. */
export function redirected(from: Outgoing, status: number, to: URL): Outgoing {
  const { method } = from;
  const becomesGet =
    (status === 303 && method !== 'GET' && method !== 'HEAD') ||
    ((status === 301 || status === 302) && method === 'POST');
  const sameOrigin = from.url.origin === to.origin;
  const headers = Object.entries(from.headers).filter(
    ([name]) => (sameOrigin || HEADERS_FOR_OTHERS.has(name)) && !(becomesGet && BODY_HEADERS.has(name)),
  );
  return {
    url: to,
    method: becomesGet ? 'GET' : method,
    headers: Object.fromEntries(headers),
    body: becomesGet ? undefined : from.body,
  };
}
