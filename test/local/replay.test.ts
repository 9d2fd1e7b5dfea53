import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, before, test } from 'node:test';
import { GetObjectCommand, GetObjectRetentionCommand, S3Client } from '@aws-sdk/client-s3';
import { program } from '../../cli/program.ts';
import type { LedgerEvent } from '../../contracts/events.ts';
import { bundleKey } from '../../contracts/log.ts';
import { DEFAULT_PREFIX } from '../../contracts/names.ts';
import { POLICIES } from '../../infra/policy/paths.ts';
import { localClient } from '../../local/aws.ts';
import { signIn } from '../../local/people.ts';
import {
  apiUrl,
  auditBucket,
  call,
  closed,
  countersigned,
  endpoint,
  eventsOf,
  eventually,
  integrateNow,
  LENA,
  newTenant,
  ORDERS,
  ofType,
  type StartedRun,
  start,
} from '../support/cloud.ts';

const s3 = new S3Client({ ...localClient(endpoint), forcePathStyle: true });
const folder = mkdtempSync(join(tmpdir(), 'replay-'));
const EMAIL = 'lena.hofer@example.com';
let run: StartedRun;
let events: readonly LedgerEvent[];
let digest: string;

/** One run for all: a call whose argument the log hides, one refused, one allowed, and one that people approve. */
before(async () => {
  run = await start(await newTenant(), [
    { tool: 'retail.find_user_id_by_email', arguments: { email: EMAIL } },
    call.read(ORDERS.others),
    call.cancel(ORDERS.small),
    call.cancel(ORDERS.large),
  ]);
  await countersigned(run);
  await closed(run);
  events = await eventsOf(run);
  digest = ofType(events, 'call.decided')[0]?.policyDigest ?? '';
});

after(() => rmSync(folder, { recursive: true }));

/** The command line, against this local cloud. */
async function countersign(...words: readonly string[]) {
  const found = { code: -1, stdout: '' };
  const stream = (write: (text: string) => void) =>
    new Writable({
      write: (chunk, _, done) => {
        write(String(chunk));
        done();
      },
    }) as NodeJS.WriteStream;
  await program({
    connect: async () => ({ apiUrl, region: 'us-east-1', credentials: await signIn(endpoint, 'app') }),
    services: () => ({ configuration: localClient(endpoint), prefix: DEFAULT_PREFIX }),
    stdout: stream((text) => {
      found.stdout += text;
    }),
    stderr: stream(() => undefined),
    finish: (code) => {
      found.code = code;
    },
  }).parseAsync(['node', 'countersign', ...words, '--tenant', run.tenant]);
  return found;
}

interface Decided {
  readonly event: { readonly tool: string; readonly decision: string };
  readonly recorded: { readonly status: string; readonly needs?: readonly string[] };
  readonly current: { readonly status: string; readonly needs?: readonly string[] };
}

async function replayed(...more: readonly string[]) {
  const { code, stdout } = await countersign('replay', run.runId, '--json', ...more);
  const documents = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const steps = documents.slice(0, -1);
  const decisions: readonly Decided[] = steps.flatMap((step) => step.decisions ?? []);
  return { code, steps, decisions, summary: documents.at(-1) };
}

/** Policies of this clone, with one file of them changed. */
function changedPolicies(name: string, file: string, from: string, to: string): string {
  const root = join(folder, name);
  cpSync(POLICIES, root, { recursive: true });
  const text = readFileSync(join(root, file), 'utf8');
  assert.ok(text.includes(from), `${file} has no longer ${from}`);
  writeFileSync(join(root, file), text.replace(from, to));
  return root;
}

async function keptBundle(): Promise<string> {
  return eventually('the policies are kept', async () => {
    const command = new GetObjectCommand({ Bucket: auditBucket, Key: bundleKey(digest) });
    return s3.send(command).then(
      ({ Body }) => Body?.transformToString(),
      () => undefined,
    );
  });
}

test('the policies that decided are kept in the log under what they hash to, and nobody can remove them', async () => {
  const text = await keptBundle();
  assert.equal(createHash('sha256').update(text).digest('hex'), digest);
  const object = { Bucket: auditBucket, Key: bundleKey(digest) };
  const { Retention } = await s3.send(new GetObjectRetentionCommand(object));
  assert.equal(Retention?.Mode, 'COMPLIANCE');
});

test('every decision of a run follows from the policies that the log keeps, and from those of this clone', async () => {
  await keptBundle();
  const { code, steps, decisions, summary } = await replayed();
  assert.deepEqual(
    decisions.map(({ event, recorded, current }) => [event.decision, recorded.status, current.status]),
    ofType(events, 'call.decided').map(({ decision }) => [decision, 'same', 'same']),
  );
  assert.ok(decisions.some(({ event }) => event.decision === 'needs_approval'));
  assert.deepEqual([code, summary.contradictory, summary.recorded.same], [0, 0, decisions.length]);
  assert.deepEqual(
    steps.filter(({ kind }) => kind === 'event').map(({ event }) => event.type),
    ['run.requested', 'run.opened', 'run.closed'],
  );
});

test('the log tells of a run what the ledger tells', async () => {
  await keptBundle();
  const today = new Date().toISOString().slice(0, 10);
  const fromLog = await eventually('the whole run is in the log', async () => {
    await integrateNow();
    const read = await replayed('--bucket', '--since', today).catch(() => undefined);
    return read?.steps.at(-1)?.event?.type === 'run.closed' ? read : undefined;
  });
  const fromLedger = await replayed();
  assert.deepEqual([fromLog.code, fromLog.summary], [0, fromLedger.summary]);
});

test('a policy that has changed since the run shows as changed', async () => {
  await keptBundle();
  const root = changedPolicies(
    'stricter',
    'agents/retail-support-refunds.cedar',
    'refundCents <= 50000',
    'refundCents <= 1',
  );
  const { code, decisions } = await replayed('--root', root);
  const changed = decisions.filter(({ current }) => current.status === 'changed');
  assert.deepEqual(
    changed.map(({ event }) => event.tool),
    ['retail.cancel_pending_order'],
  );
  assert.ok(decisions.every(({ recorded }) => recorded.status === 'same'));
  assert.equal(code, 1);
  const { stdout } = await countersign('replay', run.runId, '--root', root);
  assert.match(
    stdout,
    /under policies of now +changed: allow -> needs_approval by agents\/retail-support-refunds/,
  );
});

test('a recorded decision that somebody changed does not follow from the policies that it names', async () => {
  const copy = join(folder, 'copy');
  mkdirSync(join(copy, 'bundles'), { recursive: true });
  writeFileSync(join(copy, bundleKey(digest)), await keptBundle());
  const write = (lines: readonly object[]) =>
    writeFileSync(join(copy, 'run.ndjson'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  write(events);
  assert.equal((await replayed('--dir', copy)).code, 0, 'as it is');
  write(
    events.map((event) =>
      event.type === 'call.decided' && event.decision === 'deny'
        ? {
            ...event,
            decision: 'allow',
            policies: ['agents/retail-support/read-customer'],
            reasons: undefined,
          }
        : event,
    ),
  );
  const { code, decisions } = await replayed('--dir', copy);
  const forged = decisions.filter(({ recorded }) => recorded.status === 'changed');
  assert.deepEqual([code, forged.map(({ event }) => event.tool)], [1, ['retail.get_order_details']]);
});

test('a call whose arguments the log hides is unknown where a policy goes by them', async () => {
  await keptBundle();
  const root = changedPolicies(
    'by-email',
    'agents/retail-support.cedar',
    '"retail.find_user_id_by_name_zip"],\n  resource\n);',
    `"retail.find_user_id_by_name_zip"],\n  resource\n)\nwhen { !(context.arguments has email) || context.arguments.email == "${EMAIL}" };`,
  );
  const { decisions } = await replayed('--root', root);
  const [first] = decisions;
  assert.equal(first?.event.tool, 'retail.find_user_id_by_email');
  assert.deepEqual(first?.recorded, { status: 'same' });
  assert.deepEqual(first?.current, { status: 'unknown', needs: ['context.arguments.email'] });
});

test('a run becomes cases that its policies hold, and a case of another decision fails', async () => {
  const root = join(folder, 'cases');
  cpSync(POLICIES, root, { recursive: true });
  const asked = ofType(events, 'call.decided').find(({ decision }) => decision === 'needs_approval');
  const about = ['case', run.runId, '--root', root, '--call', asked?.callId ?? ''];
  const made = await countersign(...about, '--name', 'a large refund of a run', '--json');
  const { written, missing } = JSON.parse(made.stdout);
  assert.deepEqual(missing, []);
  assert.deepEqual(
    written.map(({ folder: claim }: { folder: string }) => claim),
    ['ASK', 'ALLOW'],
  );
  for (const { file } of written) {
    assert.doesNotMatch(readFileSync(file, 'utf8'), new RegExp(LENA.id));
  }
  const cases = async () => {
    const { code, stdout } = await countersign('policy', 'test', '--root', root, '--json');
    return { code, failed: JSON.parse(stdout).failed.map(({ claim }: { claim: string }) => claim) };
  };
  assert.deepEqual(await cases(), { code: 0, failed: [] });
  const name = 'a large refund goes through';
  assert.equal((await countersign(...about, '--expect', 'ALLOW', '--name', name)).code, 0);
  assert.deepEqual(await cases(), { code: 1, failed: [name] });
  const whole = await countersign('case', run.runId, '--cases', join(folder, 'all'), '--json');
  assert.equal(whole.code, 1, 'of the call by e-mail there is none');
  const all = JSON.parse(whole.stdout);
  assert.deepEqual(
    all.missing.map((each: { missing: unknown }) => each.missing),
    [['context.arguments.email']],
  );
  const strange = all.written.filter(({ strangers }: { strangers: unknown[] }) => strangers.length > 0);
  assert.deepEqual(
    strange.map(({ folder: claim, strangers }: Record<string, unknown>) => [claim, strangers]),
    [['DENY', ['resource.owner']]],
    "of another customer's order it is known that it is not the user's",
  );
});
