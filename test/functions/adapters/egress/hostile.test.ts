import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { httpServer, type TestServer } from '../../../support/http-server.ts';
import { failureOf, guard, within } from './guards.ts';

const HELPDESK = 'https://api.helpdesk.example';

suite('what is not on the list is refused before anything is resolved or connected', () => {
  /** What an argument, a server or a model could make of a URL, and why it is refused. */
  const HOSTILE: Record<string, string> = {
    'https://evil.example/': 'not_listed',
    'https://helpdesk.example/': 'not_listed',
    'https://x.api.helpdesk.example/': 'not_listed',
    'https://api.helpdesk.example.evil.example/': 'not_listed',
    'https://api-helpdesk.example/': 'not_listed',
    'https://api.helpdesk.example:8443/': 'not_listed',
    'https://api.helpdesk.example:80/': 'not_listed',
    'http://api.helpdesk.example/': 'scheme',
    'http://api.helpdesk.example:443/': 'scheme',
    'ftp://api.helpdesk.example/': 'scheme',
    'file:///etc/passwd': 'invalid_url',
    'data:text/plain,x': 'invalid_url',
    'gopher://api.helpdesk.example/': 'scheme',
    'ws://api.helpdesk.example/': 'scheme',
    'javascript:alert(1)': 'invalid_url',
    '//api.helpdesk.example/': 'invalid_url',
    '/v1/tickets': 'invalid_url',
    '': 'invalid_url',
    'https://': 'invalid_url',
    'https://api.helpdesk.example@evil.example/': 'userinfo',
    'https://user:password@api.helpdesk.example/': 'userinfo',
    'https://token@api.helpdesk.example/': 'userinfo',
    'https://evil.example\\@api.helpdesk.example/': 'not_listed',
    'https://evil.example#@api.helpdesk.example/': 'not_listed',
    'https://evil.example?@api.helpdesk.example/': 'not_listed',
    'https://\u0430pi.helpdesk.example/': 'not_listed',
    'https://api.helpde\u00dfk.example/': 'not_listed',
    'https://api.helpdesk\u3002example.evil.example/': 'not_listed',
    'https://api%2ehelpdesk.example.evil.example/': 'not_listed',
    'https://api.helpdesk.example%00.evil.example/': 'invalid_url',
    'https://api.helpdesk.example../': 'not_listed',
    'https://localhost/': 'not_listed',
    'https://127.0.0.1/': 'not_listed',
    'https://2130706433/': 'not_listed',
    'https://0x7f000001/': 'not_listed',
    'https://0177.0.0.1/': 'not_listed',
    'https://127.1/': 'not_listed',
    'https://[::1]/': 'not_listed',
    'https://[::ffff:127.0.0.1]/': 'not_listed',
    'https://169.254.169.254/latest/meta-data/iam/security-credentials/': 'not_listed',
    'http://169.254.169.254/latest/meta-data/': 'scheme',
    'https://[fd00:ec2::254]/latest/meta-data/': 'not_listed',
    'https://instance-data/': 'not_listed',
    'https://kubernetes.default.svc/': 'not_listed',
  };
  for (const [url, code] of Object.entries(HOSTILE)) {
    test(`'${url}': ${code}`, async () => {
      const asked: string[] = [];
      const resolve = async (hostname: string) => {
        asked.push(hostname);
        return ['93.184.215.14'];
      };
      const fetch = guard({}, { resolve });
      const error = await failureOf(fetch(url, {}, within([HELPDESK])));
      assert.deepEqual([error.name, error.code, error.sent], ['EgressRefused', code, false], error.message);
      assert.deepEqual(asked, []);
    });
  }
});

suite('a listed name that points behind walls is refused', () => {
  const ADDRESSES: Record<string, readonly [readonly string[], RegExp]> = {
    loopback: [['127.0.0.1'], /loopback/],
    'loopback over ipv6': [['::1'], /loopback/],
    'loopback as a mapped address': [['::ffff:127.0.0.1'], /ipv4Mapped/],
    'loopback by way of 6to4': [['2002:7f00:1::'], /6to4/],
    'the metadata of the instance': [['169.254.169.254'], /cloud metadata/],
    'the metadata of the instance over ipv6': [['fd00:ec2::254'], /cloud metadata/],
    'the metadata of the instance as a mapped address': [['::ffff:169.254.169.254'], /ipv4Mapped/],
    'the metadata of the instance by way of nat64': [['64:ff9b::a9fe:a9fe'], /rfc6052/],
    'the credentials of the task': [['169.254.170.2'], /cloud metadata/],
    'a private network': [['10.1.2.3'], /private/],
    'another private network': [['172.20.0.1'], /private/],
    'a home': [['192.168.0.10'], /private/],
    'a unique local address': [['fd12::1'], /uniqueLocal/],
    'a link': [['fe80::1'], /linkLocal/],
    'the network of a carrier': [['100.100.100.200'], /carrierGradeNat/],
    'this host': [['0.0.0.0'], /unspecified/],
    everybody: [['255.255.255.255'], /broadcast/],
    'a group': [['224.0.0.251'], /multicast/],
    'an example of a document': [['203.0.113.5'], /reserved/],
    'a benchmark': [['198.18.0.1'], /reserved/],
    'a public address and a private one': [['93.184.215.14', '10.0.0.1'], /private/],
    'a private address and a public one': [['10.0.0.1', '93.184.215.14'], /private/],
    'a number that somebody could take for an address': [['2130706433'], /no address/],
    'no address': [['api.helpdesk.example'], /no address/],
  };
  for (const [title, [addresses, reason]] of Object.entries(ADDRESSES)) {
    test(title, async () => {
      const fetch = guard({ 'api.helpdesk.example': addresses });
      const error = await failureOf(fetch(`${HELPDESK}/`, {}, within([HELPDESK])));
      assert.deepEqual([error.name, error.code, error.sent], ['EgressRefused', 'address', false]);
      assert.match(error.message, reason);
    });
  }

  /** Listed as they are, in whatever way they are written. */
  const LITERALS: Record<string, string> = {
    'https://127.0.0.1/': 'https://127.0.0.1',
    'https://2130706433/': 'https://127.0.0.1',
    'https://0x7f.0.0.1/': 'https://127.0.0.1',
    'https://017700000001/': 'https://127.0.0.1',
    'https://127.1/': 'https://127.0.0.1',
    'https://\uff11\uff12\uff17.0.0.1/': 'https://127.0.0.1',
    'https://127.0.0.1./': 'https://127.0.0.1',
    'https://[::1]/': 'https://[::1]',
    'https://[0:0:0:0:0:ffff:a9fe:a9fe]/': 'https://[::ffff:a9fe:a9fe]',
    'https://169.254.169.254/': 'https://169.254.169.254',
    'https://2852039166/': 'https://169.254.169.254',
  };
  for (const [url, listed] of Object.entries(LITERALS)) {
    test(`${url} although it is listed`, async () => {
      const error = await failureOf(guard({})(url, {}, within([listed])));
      assert.deepEqual([error.name, error.code], ['EgressRefused', 'address']);
    });
  }
});

suite('a listed server that sends on', () => {
  let listed: TestServer;
  /** Stands for what is behind the walls: must get no request. */
  let inner: TestServer;
  let location = '';
  before(async () => {
    listed = await httpServer(({ path }, response) => {
      const step = Number(path.slice(1));
      response.writeHead(302, { location: step > 0 ? `/${step - 1}` : location }).end();
    });
    inner = await httpServer((_, response) => response.end('secret'), {
      host: '127.0.0.2',
      port: listed.port,
    });
  });
  after(() => Promise.all([listed.close(), inner.close()]));

  const REDIRECTS: Record<string, readonly [string, string]> = {
    'to another host': ['http://evil.example/', 'not_listed'],
    'to another port of itself': ['http://api.test:1/', 'not_listed'],
    'to loopback': ['http://127.0.0.2:PORT/', 'not_listed'],
    'to localhost': ['http://localhost:PORT/', 'not_listed'],
    'to loopback as a number': ['http://2130706434:PORT/', 'not_listed'],
    'to the metadata': ['http://169.254.169.254/latest/', 'not_listed'],
    'to the metadata over ipv6': ['http://[fd00:ec2::254]/', 'not_listed'],
    'without a scheme to another host': ['//evil.example/', 'not_listed'],
    'with backslashes to another host': ['\\\\evil.example\\', 'not_listed'],
    'with a user name': ['http://api.test:PORT@evil.example/', 'userinfo'],
    'to a file': ['file:///etc/passwd', 'invalid_url'],
    'to data': ['data:text/html,x', 'invalid_url'],
    'to another scheme': ['gopher://api.test:PORT/', 'scheme'],
    'to a url that cannot be read': ['http://[', 'invalid_url'],
    'to a listed name that points behind walls': ['http://inner.test:PORT/', 'address'],
  };
  for (const [title, [to, code]] of Object.entries(REDIRECTS)) {
    for (const hops of [0, 2]) {
      test(`${title} is not followed${hops > 0 ? ', after others that were' : ''}: ${code}`, async () => {
        location = to.replace('PORT', String(listed.port));
        const fetch = guard(
          { 'api.test': ['127.0.0.1'], 'inner.test': ['127.0.0.2'] },
          { permittedAddresses: ['127.0.0.1'], permitHttp: true },
        );
        const list = ['api', 'inner'].map((name) => `http://${name}.test:${listed.port}`);
        const error = await failureOf(fetch(`http://api.test:${listed.port}/${hops}`, {}, within(list)));
        assert.deepEqual([error.name, error.code, error.sent], ['EgressRefused', code, true], error.message);
        assert.equal(inner.connections(), 0);
      });
    }
  }

  test('for ever is left alone after three times', async () => {
    const fetch = guard(
      { 'api.test': ['127.0.0.1'] },
      { permittedAddresses: ['127.0.0.1'], permitHttp: true },
    );
    const origin = `http://api.test:${listed.port}`;
    const before = listed.got.length;
    const error = await failureOf(fetch(`${origin}/99`, {}, within([origin])));
    assert.equal(error.code, 'too_many_redirects');
    assert.equal(listed.got.length - before, 4);
  });
});

suite('a name that points elsewhere when it is asked again', () => {
  test('leads to the address that was checked, or nowhere', async () => {
    const server = await httpServer((_, response) => response.end('checked'));
    const inner = await httpServer((_, response) => response.end('secret'), {
      host: '127.0.0.2',
      port: server.port,
    });
    const answers = [['127.0.0.1'], ['127.0.0.2']];
    let asked = 0;
    const fetch = guard(
      {},
      {
        permittedAddresses: ['127.0.0.1'],
        permitHttp: true,
        resolve: async () => answers[Math.min(asked++, 1)] ?? [],
      },
    );
    const origin = `http://api.test:${server.port}`;
    // a connection for each, so that each has to ask for the address
    const once = { ...within([origin]), idempotent: false };
    assert.equal(await (await fetch(origin, {}, once)).text(), 'checked');
    assert.equal(asked, 1, 'one look-up, between checking and connecting there is none');
    const error = await failureOf(fetch(origin, {}, once));
    assert.deepEqual([error.name, error.code, error.sent], ['EgressRefused', 'address', false]);
    assert.equal(inner.connections(), 0);
    await Promise.all([server.close(), inner.close()]);
  });
});

test('a header that would choose another server behind a checked address is refused', async () => {
  for (const name of ['Host', 'host', 'Connection', 'Transfer-Encoding', 'content-length']) {
    const error = await failureOf(
      guard({ 'api.helpdesk.example': ['127.0.0.1'] })(
        HELPDESK,
        { headers: { [name]: 'evil.example' } },
        within([HELPDESK]),
      ),
    );
    assert.deepEqual([error.name, error.code, error.sent], ['EgressRefused', 'header', false]);
  }
});
