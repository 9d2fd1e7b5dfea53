import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { verifierKeys } from '../../../cli/audit/verifier-keys.ts';
import { EXIT } from '../../../cli/failure.ts';
import { PROBLEM_CODES } from '../../../cli/receipt/verify/problem.ts';
import { problemsOf } from '../../../cli/receipt/verify/verify.ts';
import type { Receipt } from '../../../contracts/api.ts';
import type { LedgerEvent } from '../../../contracts/events.ts';
import { accountOf } from '../../../domain/audit/receipt.ts';
import { runOf } from '../../../domain/audit/run-account.ts';
import { countersign } from '../../support/command-line.ts';
import { loggedAmongOthers, madeLog, PRICES, RUN_EVENTS, receiptIn } from '../../support/receipts.ts';

const log = loggedAmongOthers(RUN_EVENTS);
const keys = verifierKeys(log.keyLine);
const genuine = await receiptIn(log);

/** Everything in it may be changed. */
// biome-ignore lint/suspicious/noExplicitAny: what somebody forges has no type
type Forged = any;

function forged(change: (receipt: Forged) => void): Receipt {
  const copy = JSON.parse(JSON.stringify(genuine)) as Forged;
  change(copy);
  return copy;
}

const codesOf = (receipt: Receipt, withKeys = keys) => [
  ...new Set(problemsOf(receipt, withKeys).map(({ code }) => code)),
];

/** As the receipt would be made from other events, without a proof of its own. */
async function retold(events: readonly LedgerEvent[]): Promise<Receipt> {
  const kept = new Set(events.map(({ id }) => id));
  return {
    ...genuine,
    ...accountOf(runOf(events), events, PRICES),
    proof: {
      ...genuine.proof,
      says: genuine.proof.says.replace(/\d+/, String(events.length)),
      entries: genuine.proof.entries.filter(({ event }) => kept.has(event.id)),
    },
  };
}

const without = (type: string, nth = 0) => {
  const found = RUN_EVENTS.filter((event) => event.type === type)[nth];
  assert.ok(found, type);
  return RUN_EVENTS.filter((event) => event !== found);
};

suite('a receipt', () => {
  test('is proven by the log’s public key and nothing else', () => {
    assert.deepEqual(problemsOf(genuine, keys), []);
  });

  test('is proven wherever in the log its events are', async () => {
    for (const before of [0, 1, 2, 3, 127, 241, 256, 511, 777]) {
      const elsewhere = loggedAmongOthers(RUN_EVENTS, before);
      assert.deepEqual(problemsOf(await receiptIn(elsewhere), keys), [], `behind ${before}`);
    }
  });

  test('is proven in a log of nothing else', async () => {
    assert.deepEqual(problemsOf(await receiptIn(madeLog(RUN_EVENTS)), keys), []);
  });

  test('has each hash once, though paths go over the same ones', () => {
    const { hashes, entries } = genuine.proof;
    assert.equal(new Set(hashes).size, hashes.length);
    const steps = entries.reduce((sum, { path = [] }) => sum + path.length, 0);
    assert.ok(hashes.length <= steps / 3, `${hashes.length} hashes for ${steps} steps`);
  });
});

/** Of each kind of forgery: what is changed, and what is said of it. */
const FORGERIES: readonly (readonly [string, (receipt: Forged) => void, string])[] = [
  [
    'an event that is changed',
    ({ proof }) => {
      proof.entries[4].event.costMicroDollars = 1;
    },
    'not_in_log',
  ],
  [
    'a member added to an event',
    ({ proof }) => {
      proof.entries[4].event.more = true;
    },
    'not_in_log',
  ],
  ['an event in another place', ({ proof }) => proof.entries.reverse(), 'order'],
  [
    'an event twice',
    ({ proof }) => {
      proof.entries.splice(3, 0, proof.entries[3]);
    },
    'leaf_twice',
  ],
  [
    'another index',
    ({ proof }) => {
      proof.entries[2].leaf += 1;
    },
    'not_in_log',
  ],
  [
    'an index behind the end of the log',
    ({ proof }) => {
      proof.entries[2].leaf = 1_000_000;
    },
    'not_in_log',
  ],
  [
    'a path that is too short',
    ({ proof }) => {
      proof.entries[2].path.pop();
    },
    'not_in_log',
  ],
  [
    'a path that is too long',
    ({ proof }) => {
      proof.entries[2].path.push(0);
    },
    'not_in_log',
  ],
  [
    'a path in another order',
    ({ proof }) => {
      proof.entries[2].path.reverse();
    },
    'not_in_log',
  ],
  [
    'a path to a hash that is not there',
    ({ proof }) => {
      proof.entries[2].path[0] = 9999;
    },
    'not_in_log',
  ],
  [
    'a hash that is changed',
    ({ proof }) => {
      proof.hashes[0] = Buffer.alloc(32).toString('base64');
    },
    'not_in_log',
  ],
  [
    'a hash of another length',
    ({ proof }) => {
      proof.hashes[0] = Buffer.alloc(31).toString('base64');
    },
    'not_in_log',
  ],
  [
    'a signature that is changed',
    ({ proof }) => {
      const at = proof.checkpoint.length - 10;
      const other = proof.checkpoint[at] === 'A' ? 'B' : 'A';
      proof.checkpoint = proof.checkpoint.slice(0, at) + other + proof.checkpoint.slice(at + 1);
    },
    'checkpoint_untrusted',
  ],
  [
    'a size that is changed',
    ({ proof }) => {
      proof.checkpoint = proof.checkpoint.replace(/\n\d+\n/, '\n5\n');
    },
    'checkpoint_untrusted',
  ],
  [
    'a note that is none',
    ({ proof }) => {
      proof.checkpoint = 'signed, believe me';
    },
    'checkpoint_malformed',
  ],
  [
    'no checkpoint',
    ({ proof }) => {
      delete proof.checkpoint;
    },
    'checkpoint_missing',
  ],
  [
    'another name of the key',
    ({ proof }) => {
      proof.key = 'another.s3.us-east-1.amazonaws.com';
    },
    'key_differs',
  ],
  [
    'an event whose proof is taken away',
    ({ proof }) => {
      delete proof.entries[2].leaf;
      delete proof.entries[2].path;
      proof.pending = 1;
      proof.says = `1 of the ${proof.entries.length} events are not under a signed checkpoint yet; the log is signed every minute, ask again for the rest`;
    },
    'pending',
  ],
  [
    'another number of events that wait',
    ({ proof }) => {
      proof.pending = 1;
    },
    'account_differs',
  ],
  [
    'another sentence about the proof',
    ({ proof }) => {
      proof.says = 'all is well';
    },
    'account_differs',
  ],
  [
    'another run’s name',
    ({ run }) => {
      run.runId = 'run-2';
    },
    'other_run',
  ],
  [
    'another tenant',
    ({ run }) => {
      run.tenant = 'other';
    },
    'other_run',
  ],
  [
    'another line of cost',
    ({ cost }) => {
      cost.peopleMicroDollars = 0;
    },
    'account_differs',
  ],
  [
    'other prices',
    ({ prices }) => {
      prices.people.usd_per_hour = 1;
    },
    'account_differs',
  ],
  [
    'another decision',
    ({ calls }) => {
      calls[1].decision = 'allow';
    },
    'account_differs',
  ],
  [
    'another policy',
    ({ calls }) => {
      calls[2].policies = ['agents/desk/small'];
    },
    'account_differs',
  ],
  [
    'another verdict',
    ({ calls }) => {
      calls[2].approval.verdicts[0].by = 'ada';
    },
    'account_differs',
  ],
  [
    'a verdict that is left out',
    ({ calls }) => {
      calls[2].approval.verdicts.pop();
    },
    'account_differs',
  ],
  [
    'another effect',
    ({ calls }) => {
      calls[2].outcome.effects = [];
    },
    'account_differs',
  ],
  [
    'another change of a field',
    ({ calls }) => {
      calls[2].outcome.changes['orders/1'][0].to = 'pending';
    },
    'account_differs',
  ],
  ['a call that is left out of the account', ({ calls }) => calls.splice(1, 1), 'account_differs'],
  [
    'another owner',
    (receipt) => {
      receipt.owner = 'nobody';
    },
    'account_differs',
  ],
  [
    'another cap',
    ({ permission }) => {
      permission.capMicroDollars = 9;
    },
    'account_differs',
  ],
  [
    'another outcome of the run',
    ({ run }) => {
      run.outcome = 'failed';
    },
    'account_differs',
  ],
  [
    'a line that no event says',
    (receipt) => {
      receipt.approvedByTheBoard = true;
    },
    'account_differs',
  ],
  [
    'an envelope that claims to be the run’s',
    ({ permission }) => {
      permission.granted = { source: 'of_the_run', policyDigest: 'p', envelopeDigest: 'another' };
    },
    'grant_differs',
  ],
];

/** Of what is left out everywhere, in the account too. */
const OMISSIONS: readonly (readonly [string, readonly LedgerEvent[], string])[] = [
  ['the end', without('run.closed'), 'no_end'],
  ['a call that was allowed', without('call.decided', 0), 'calls_differ'],
  ['a call that was refused', RUN_EVENTS.filter(({ id }) => !id.startsWith('0001-')), 'call_missing'],
  ['an answer of a model', without('model.called'), 'spent_differs'],
  ['the decision of a call that was executed', without('call.decided', 3), 'not_decided'],
  ['the verdict that decided', without('approval.verdict', 1), 'not_approved'],
  ['the question to people', without('call.decided', 2), 'not_approved'],
];

suite('a forged receipt', () => {
  for (const [what, change, code] of FORGERIES) {
    test(`with ${what} is found out`, () => {
      const codes = codesOf(forged(change));
      assert.ok(codes.includes(code as (typeof codes)[number]), `expected ${code} among ${codes.join(', ')}`);
    });
  }

  for (const [what, events, code] of OMISSIONS) {
    test(`that leaves out ${what} is found out, with everything else retold`, async () => {
      const codes = codesOf(await retold(events));
      assert.deepEqual(
        codes.filter((each) => each === 'account_differs' || each === 'not_in_log'),
        [],
      );
      assert.ok(codes.includes(code as (typeof codes)[number]), `expected ${code} among ${codes.join(', ')}`);
    });
  }

  test('that leaves out the beginning is found out', () => {
    assert.ok(codesOf(forged(({ proof }) => proof.entries.shift())).includes('no_beginning'));
  });

  test('of a log that somebody else has made is found out', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const sameName = await receiptIn(madeLog(RUN_EVENTS, privateKey));
    assert.deepEqual(codesOf(sameName), ['checkpoint_untrusted']);
    const otherName = await receiptIn(madeLog(RUN_EVENTS, privateKey, 'forged.s3.us-east-1.amazonaws.com'));
    assert.deepEqual(codesOf(otherName), ['checkpoint_other_log']);
  });

  test('with the checkpoint of another log of the same key is found out', () => {
    const { tree } = madeLog(RUN_EVENTS.slice(1));
    const mixed = forged(({ proof }) => {
      proof.checkpoint = tree.note;
      proof.says = proof.says.replace(/of \d+ entries/, `of ${tree.size} entries`);
    });
    assert.deepEqual(codesOf(mixed), ['not_in_log']);
  });

  test('names each difference by its path', () => {
    const messages = problemsOf(
      forged(({ calls, cost }) => {
        calls[2].approval.verdicts[0].by = 'ada';
        cost.totalMicroDollars = 1;
      }),
      keys,
    ).map(({ message }) => message);
    assert.deepEqual(messages, [
      'calls[2].approval.verdicts[0].by is "ada", the events say "maria"',
      `cost.totalMicroDollars is 1, the events say ${genuine.cost.totalMicroDollars}`,
    ]);
  });

  test('is tried here in every way that has a name', () => {
    const tried = new Set([...FORGERIES, ...OMISSIONS].map(([, , code]) => code));
    const elsewhere = ['no_beginning', 'checkpoint_other_log'];
    assert.deepEqual([...tried, ...elsewhere].sort(), [...PROBLEM_CODES].sort());
  });
});

suite('countersign receipt verify', () => {
  const folder = mkdtempSync(join(tmpdir(), 'receipt-'));
  after(() => rmSync(folder, { recursive: true }));
  const file = (name: string, content: unknown) => {
    const path = join(folder, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  const key = file('key', `# of the log\n${log.keyLine}\n`);

  test('says what is verified and what a receipt cannot show, and asks nobody', async () => {
    const { code, stdout, received } = await countersign([
      ...['receipt', 'verify', file('r.json', genuine), '--key', key],
    ]);
    assert.equal(code, EXIT.ok);
    assert.match(stdout, /^verified: receipt of run run-1 of tenant acme\n/);
    assert.match(stdout, /all 15 events are in the log, under a signed checkpoint of 292 entries/);
    assert.match(stdout, /not shown by a receipt:\n {2}that no event of the run is missing/);
    assert.deepEqual(received, []);
  });

  test('ends with 1 and names what is wrong', async () => {
    const path = file(
      'forged.json',
      forged(({ cost }) => {
        cost.modelMicroDollars = 0;
      }),
    );
    const { code, stdout } = await countersign(['receipt', 'verify', path, '--key', key]);
    assert.equal(code, EXIT.refused);
    assert.match(
      stdout,
      /^NOT VERIFIED: .*, 1 problem\n {2}cost\.modelMicroDollars is 0, the events say 150\n$/,
    );
    const { stdout: json } = await countersign(['--json', 'receipt', 'verify', path, '--key', key]);
    assert.deepEqual(JSON.parse(json).problems, [
      { code: 'account_differs', message: 'cost.modelMicroDollars is 0, the events say 150' },
    ]);
  });

  for (const [what, content, message] of [
    ['no json', 'receipt', /cannot be read: .*expected a receipt in json/],
    ['no receipt', { run: { tenant: 'acme', runId: 'run-1' } }, /is no receipt: .*proof: /],
    [
      'an event of a version that is not known here',
      forged(({ proof }) => {
        proof.entries[0].event.v = 2;
      }),
      /is no receipt: proof\.entries\.0\.event\.v: /,
    ],
  ] as const) {
    test(`ends with 2 for ${what}`, async () => {
      await assert.rejects(
        countersign(['receipt', 'verify', file('bad.json', content), '--key', key]),
        (error: Error & { exitCode?: number }) =>
          error.exitCode === EXIT.usage && message.test(error.message),
      );
    });
  }

  test('ends with 2 for what is no key', async () => {
    await assert.rejects(
      countersign(['receipt', 'verify', file('r.json', genuine), '--key', file('none', 'ssh-rsa AAAA')]),
      /--key .* cannot be used: line 1 is no ed25519 verifier key/,
    );
  });
});
