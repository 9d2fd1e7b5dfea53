import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { z } from 'zod';
import { addressProblem } from '../../domain/tool/address.ts';
import { defineTool } from '../../domain/tool/definition.ts';
import { checkDestination, parseDestination, permittedUrl } from '../../domain/tool/destination.ts';

suite('an address', () => {
  /** Everything that is somebody's own, special, or carries another address inside, with the name of its range. */
  const REFUSED: Record<string, string> = {
    '0.0.0.0': 'unspecified',
    '0.1.2.3': 'unspecified',
    '10.0.0.1': 'private',
    '10.255.255.255': 'private',
    '100.64.0.1': 'carrierGradeNat',
    '100.127.255.255': 'carrierGradeNat',
    '127.0.0.1': 'loopback',
    '127.255.255.254': 'loopback',
    '169.254.0.1': 'linkLocal',
    '169.254.169.254': 'cloud metadata',
    '169.254.170.2': 'cloud metadata',
    '169.254.170.23': 'cloud metadata',
    '172.16.0.1': 'private',
    '172.31.255.255': 'private',
    '192.0.0.8': 'reserved',
    '192.0.2.1': 'reserved',
    '192.88.99.1': 'reserved',
    '192.168.1.1': 'private',
    '198.18.0.1': 'reserved',
    '198.19.255.255': 'reserved',
    '198.51.100.7': 'reserved',
    '203.0.113.9': 'reserved',
    '224.0.0.1': 'multicast',
    '239.255.255.250': 'multicast',
    '240.0.0.1': 'reserved',
    '255.255.255.255': 'broadcast',
    '::': 'unspecified',
    '::1': 'loopback',
    '::127.0.0.1': 'ipv4Mapped',
    '::7f00:1': 'unassigned',
    '::ffff:127.0.0.1': 'ipv4Mapped',
    '::ffff:8.8.8.8': 'ipv4Mapped',
    '::ffff:0:10.0.0.1': 'rfc6145',
    '64:ff9b::a9fe:a9fe': 'rfc6052',
    '64:ff9b:1::a00:1': 'rfc6052',
    '100::1': 'discard',
    '2001::1': 'teredo',
    '2001:2::1': 'benchmarking',
    '2001:20::1': 'orchid2',
    '2001:db8::1': 'reserved',
    '2002:7f00:1::1': '6to4',
    '2002:a9fe:a9fe::1': '6to4',
    '3fff::1': 'reserved',
    '5f00::1': 'segmentRouting',
    'fc00::1': 'uniqueLocal',
    'fd00:ec2::254': 'cloud metadata',
    'fd00:ec2::23': 'cloud metadata',
    'fd12:3456:789a::1': 'uniqueLocal',
    'fe80::1': 'linkLocal',
    'fe80::1%eth0': 'linkLocal',
    'fec0::1': 'deprecatedSiteLocal',
    'ff02::1': 'multicast',
    '4000::1': 'unassigned',
    '127.1': 'no address',
    '0177.0.0.1': 'no address',
    '0x7f.0.0.1': 'no address',
    '2130706433': 'no address',
    '0x7f000001': 'no address',
    '': 'no address',
    localhost: 'no address',
  };
  for (const [address, range] of Object.entries(REFUSED)) {
    test(`${address || '(empty)'} is refused as ${range}`, () => {
      assert.equal(addressProblem(address)?.range, range);
    });
  }

  for (const address of [
    '8.8.8.8',
    '172.15.0.1',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '2a00:1450::1',
  ]) {
    test(`${address} is public`, () => assert.equal(addressProblem(address), undefined));
  }
});

suite('an entry of an allow-list', () => {
  const READ: Record<string, readonly [string, number]> = {
    'https://api.helpdesk.example': ['api.helpdesk.example', 443],
    'https://api.helpdesk.example:8443': ['api.helpdesk.example', 8443],
    'https://*.helpdesk.example': ['*.helpdesk.example', 443],
    'https://xn--bcher-kva.example': ['xn--bcher-kva.example', 443],
    'https://[2606:4700::1111]': ['[2606:4700::1111]', 443],
  };
  for (const [text, [host, port]] of Object.entries(READ)) {
    test(`${text} is an origin`, () => {
      assert.deepEqual(parseDestination(text), { scheme: 'https:', host, port });
    });
  }

  const WRONG: Record<string, RegExp> = {
    '': /expected an origin/,
    'api.helpdesk.example': /expected an origin/,
    'ftp://api.helpdesk.example': /expected an origin/,
    'https://': /expected an origin/,
    'https://api.helpdesk.example/': /expected an origin/,
    'https://api.helpdesk.example/v1': /expected an origin/,
    'https://api.helpdesk.example?x': /expected an origin/,
    'https://api.helpdesk.example#x': /expected an origin/,
    'https://user@api.helpdesk.example': /expected an origin/,
    'https://api.helpdesk.example\\x': /expected an origin/,
    'https://api .example': /expected an origin/,
    'https://api.helpdesk.example:99999': /expected an origin/,
    'http://api.helpdesk.example': /expected https/,
    'https://API.helpdesk.example': /expected it as 'https:\/\/api\.helpdesk\.example'/,
    'https://b\u00fccher.example': /expected it as 'https:\/\/xn--bcher-kva\.example'/,
    'https://api.helpdesk.example:443': /expected it as 'https:\/\/api\.helpdesk\.example'/,
    'https://0x7f.1': /expected it as 'https:\/\/127\.0\.0\.1'/,
    'https://api.helpdesk.example.': /expected a host name/,
    'https://api..example': /expected a host name/,
    'https://api.*.example': /expected a host name/,
    'https://**.example': /expected a host name/,
    'https://*.example': /expected two labels/,
    'https://*.*.example.com': /expected a host name/,
    'https://*.8.8.8.8': /expected two labels/,
  };
  for (const [text, problem] of Object.entries(WRONG)) {
    test(`'${text}' is none`, () => assert.throws(() => parseDestination(text), problem));
  }

  test('that a tool declares may be the name of an origin that the deployment chooses', () => {
    checkDestination('deployment:helpdesk');
    assert.throws(() => checkDestination('deployment:'), /expected an origin/);
  });

  test('that a tool declares is no address behind walls', () => {
    assert.throws(() => checkDestination('https://169.254.169.254'), /this one is cloud metadata/);
    assert.throws(() => checkDestination('https://[::1]'), /this one is loopback/);
  });
});

suite('a url', () => {
  const LIST = ['https://api.helpdesk.example', 'https://*.cdn.example', 'https://files.example:8443'];

  const LISTED: Record<string, string> = {
    'https://api.helpdesk.example/v1?q=1': 'https://api.helpdesk.example/v1?q=1',
    'https://API.Helpdesk.Example:443/': 'https://api.helpdesk.example/',
    'https://api.helpdesk.example./v1': 'https://api.helpdesk.example/v1',
    'https://a.cdn.example/x': 'https://a.cdn.example/x',
    'https://files.example:8443/': 'https://files.example:8443/',
    'https://\uff41pi.helpdesk.example/': 'https://api.helpdesk.example/',
  };
  for (const [text, href] of Object.entries(LISTED)) {
    test(`${text} is on the list`, () => {
      const permitted = permittedUrl(text, LIST);
      assert.equal(permitted.ok && permitted.url.href, href);
    });
  }

  const UNLISTED: Record<string, string> = {
    'https://cdn.example/': 'not_listed',
    'https://a.b.cdn.example/': 'not_listed',
    'https://.cdn.example/': 'not_listed',
    'https://files.example/': 'not_listed',
    'https://api.helpdesk.example:8443/': 'not_listed',
    'http://api.helpdesk.example/': 'scheme',
    'https://api.helpdesk.example../': 'not_listed',
  };
  for (const [text, code] of Object.entries(UNLISTED)) {
    test(`${text} is refused: ${code}`, () => {
      const permitted = permittedUrl(text, LIST);
      assert.equal(!permitted.ok && permitted.problem.code, code);
    });
  }

  test('on an empty list is nowhere', () => {
    assert.equal(permittedUrl('https://api.helpdesk.example', []).ok, false);
  });
});

suite('a tool', () => {
  const define = (reach: { destinations?: readonly string[]; secrets?: readonly string[] }) =>
    defineTool({
      name: 'helpdesk.get_ticket',
      description: 'reads a ticket',
      input: z.strictObject({}),
      output: z.string(),
      effect: 'read',
      tier: 0,
      resource: 'Ticket',
      access: [],
      maximumCostMicroDollars: 0,
      timeoutSeconds: 1,
      loggedArguments: [],
      ...reach,
    });

  test('declares where it may go and what it may read', () => {
    define({ destinations: ['https://api.helpdesk.example', 'deployment:helpdesk'], secrets: ['api-token'] });
  });

  const WRONG: Record<string, readonly [Parameters<typeof define>[0], RegExp]> = {
    'a destination that is no origin': [
      { destinations: ['https://api.helpdesk.example/v1'] },
      /helpdesk\.get_ticket: destination 'https:\/\/api\.helpdesk\.example\/v1': expected an origin/,
    ],
    'plain http': [{ destinations: ['http://127.0.0.1:8080'] }, /expected https/],
    'a destination twice': [
      { destinations: ['https://a.example', 'https://a.example'] },
      /'https:\/\/a\.example' declared twice/,
    ],
    'a secret whose name means something to IAM': [{ secrets: ['*'] }, /secret '\*'/],
    'a secret of another namespace': [{ secrets: ['../retail/token'] }, /expected lower-case/],
    'a secret twice': [{ secrets: ['token', 'token'] }, /'token' declared twice/],
  };
  for (const [title, [reach, problem]] of Object.entries(WRONG)) {
    test(`cannot declare ${title}`, () => assert.throws(() => define(reach), problem));
  }
});
