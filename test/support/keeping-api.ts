import { egressGuard } from '../../functions/adapters/egress/guard.ts';
import type { JsonApi } from '../../functions/adapters/json-api.ts';
import { type Got, httpServer } from './http-server.ts';

type Item = Readonly<Record<string, unknown>>;

interface KeepingApi extends AsyncDisposable {
  /** The API as a tool has it: the real guard, and this server as the only destination. */
  readonly api: JsonApi;
  /** What it was sent and keeps, oldest first. */
  readonly kept: Item[];
  readonly got: readonly Got[];
}

const TOKEN = 'token-of-the-tests';

/**
 * A real server on loopback that keeps what it is sent by POST, once for each `idempotency-key`. GET of a collection
 * finds by `external_id`, GET of anything in it by its id.
 *
 * @param status - what it answers to everything instead
 */
export async function keepingApi({ status }: { readonly status?: number } = {}): Promise<KeepingApi> {
  const kept: Item[] = [];
  const byKey = new Map<string, Item>();

  function answer({ method, path, headers, body }: Got): readonly [number, unknown] {
    if (status !== undefined || headers.authorization !== `Bearer ${TOKEN}`) {
      return [status ?? 401, {}];
    }
    const { pathname, searchParams } = new URL(path, 'http://server');
    if (method === 'POST') {
      const key = String(headers['idempotency-key']);
      const item = byKey.get(key) ?? { id: `N-${kept.length + 1}`, ...JSON.parse(body) };
      if (!byKey.has(key)) {
        byKey.set(key, item);
        kept.push(item);
      }
      return [201, item];
    }
    if (searchParams.has('external_id')) {
      const external = searchParams.get('external_id');
      return [200, { items: kept.filter(({ external_id }) => external_id === external) }];
    }
    const item = kept.find(({ id }) => pathname.endsWith(`/${id}`));
    return item === undefined ? [404, {}] : [200, item];
  }

  const server = await httpServer((got, response) => {
    const [code, body] = answer(got);
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const api: JsonApi = {
    title: 'the api',
    secret: 'api-token',
    fetch: egressGuard({
      resolve: async () => [],
      clock: () => new Date(),
      random: () => 0.5,
      sleep: async () => {},
      permittedAddresses: ['127.0.0.1'],
      permitHttp: true,
    }),
    secrets: { read: async () => TOKEN, forget: () => {} },
    destinationsOf: () => [`http://127.0.0.1:${server.port}`],
  };
  return { api, kept, got: server.got, [Symbol.asyncDispose]: server.close };
}
