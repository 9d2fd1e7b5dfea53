import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { cruise, type ICruiseResult } from 'dependency-cruiser';

const PROJECT = join(import.meta.dirname, '..', '..');
const config = createRequire(import.meta.url)(join(PROJECT, '.dependency-cruiser.cjs'));
const FOLDERS = ['contracts', 'domain', 'functions', 'infra', 'cli', 'local', 'bench', 'test'];

async function broken(baseDir: string): Promise<string[]> {
  const { output } = await cruise(FOLDERS, {
    ...config.options,
    tsConfig: undefined,
    baseDir,
    validate: true,
    ruleSet: { forbidden: config.forbidden },
  });
  return (output as ICruiseResult).summary.violations.map(
    ({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`,
  );
}

test('no file of the project breaks an arrow', async () => {
  assert.deepEqual(await broken(PROJECT), []);
});

/** One import that each rule must find, as `importing file` and `imported module`. */
const FORBIDDEN: Record<string, readonly [string, string]> = {
  'contracts-import-nothing': ['contracts/a.ts', '../domain/a.ts'],
  'domain-is-pure': ['domain/a.ts', 'yaml'],
  'steps-do-not-import-each-other': ['functions/authorize/a.ts', '../plan/a.ts'],
  'only-executors-run-tools': ['functions/authorize/a.ts', '../tools/retail/handlers.ts'],
  'tools-know-execute-and-no-other-step': ['functions/tools/retail/a.ts', '../../authorize/a.ts'],
  'only-the-guard-opens-connections': ['functions/tools/retail/a.ts', 'node:https'],
  'functions-import-no-infra': ['functions/plan/a.ts', '../../infra/a.ts'],
  'infra-names-handlers-by-path': ['infra/a.ts', '../functions/plan/handler.ts'],
  'command-line-knows-contracts-only': ['cli/a.ts', '../domain/a.ts'],
  'the-verifier-does-not-know-the-writer': ['cli/audit/a.ts', '../../domain/log/a.ts'],
  'costs-command-knows-metering': ['cli/costs/a.ts', '../../domain/policy/a.ts'],
  'review-measures-know-approvals': ['cli/measures/a.ts', '../../domain/policy/a.ts'],
  'receipts-know-the-account': ['cli/receipt/a.ts', '../../domain/policy/a.ts'],
  'receipts-are-verified-without-their-writer': ['cli/receipt/verify/a.ts', '../../../domain/log/a.ts'],
  'policy-commands-know-how-to-decide': ['cli/policy/a.ts', '../../functions/adapters/warrants.ts'],
  'replay-decides-as-policy-commands-do': ['cli/replay/a.ts', '../../infra/policy/a.ts'],
  'product-imports-no-test-local-bench': ['functions/plan/a.ts', '../../local/a.ts'],
  'nothing-imports-tests': ['bench/a.ts', '../test/a.ts'],
  'no-circles': ['domain/a.ts', './b.ts'],
};

test('every rule has an import here that breaks it', () => {
  const rules = config.forbidden.map(({ name }: { name: string }) => name);
  assert.deepEqual(rules, Object.keys(FORBIDDEN));
});

/** Other imports that a rule must find. */
const ALSO_FORBIDDEN: readonly (readonly [string, readonly [string, string]])[] = [
  ['command-line-knows-contracts-only', ['cli/a.ts', './policy/project.ts']],
  ['command-line-knows-contracts-only', ['cli/a.ts', './costs/costs.ts']],
  ['command-line-knows-contracts-only', ['cli/a.ts', './receipt/copy.ts']],
  [
    'receipts-are-verified-without-their-writer',
    ['cli/receipt/verify/a.ts', '../../../domain/audit/receipt-proof.ts'],
  ],
  ['receipts-are-verified-without-their-writer', ['cli/receipt/verify/a.ts', '../copy.ts']],
  ['command-line-knows-contracts-only', ['cli/a.ts', './replay/replay.ts']],
  ['command-line-knows-contracts-only', ['cli/log/a.ts', '../../domain/metering/a.ts']],
  ['command-line-knows-contracts-only', ['cli/a.ts', './audit/verify.ts']],
  ['the-verifier-does-not-know-the-writer', ['cli/audit/a.ts', '../../functions/checkpoint/a.ts']],
  ['the-verifier-does-not-know-the-writer', ['cli/audit/a.ts', '../../infra/stacks/a.ts']],
  ['the-verifier-does-not-know-the-writer', ['cli/audit/a.ts', '../log/a.ts']],
  ['costs-command-knows-metering', ['cli/costs/a.ts', '../policy/records.ts']],
  ['costs-command-knows-metering', ['cli/costs/a.ts', '../../infra/policy/build-bundle.ts']],
  ['policy-commands-know-how-to-decide', ['cli/policy/a.ts', '../../infra/stacks/a.ts']],
  ['policy-commands-know-how-to-decide', ['cli/policy/a.ts', '../replay/a.ts']],
  ['replay-decides-as-policy-commands-do', ['cli/replay/a.ts', '../policy/explain.ts']],
  ['replay-decides-as-policy-commands-do', ['cli/replay/a.ts', '../../functions/adapters/warrants.ts']],
];
/** What the exceptions let through. */
const ALLOWED: readonly (readonly [string, string])[] = [
  ['cli/a.ts', './policy/command.ts'],
  ['cli/a.ts', './costs/command.ts'],
  ['cli/a.ts', './audit/command.ts'],
  ['cli/audit/a.ts', '../../contracts/a.ts'],
  ['cli/audit/a.ts', '../connection.ts'],
  ['cli/costs/a.ts', '../../domain/metering/a.ts'],
  ['cli/costs/a.ts', '../../infra/policy/documents.ts'],
  ['cli/costs/a.ts', '../../functions/tools/registry.ts'],
  ['cli/receipt/a.ts', '../../domain/log/a.ts'],
  ['cli/receipt/verify/a.ts', '../../../domain/audit/receipt.ts'],
  ['cli/receipt/verify/a.ts', '../../audit/hashing.ts'],
  ['cli/policy/a.ts', '../../domain/a.ts'],
  ['cli/policy/a.ts', '../../infra/policy/a.ts'],
  ['cli/policy/a.ts', '../../functions/adapters/cedar-partial.ts'],
  ['cli/policy/a.ts', '../../functions/tools/registry.ts'],
  ['cli/a.ts', './replay/command.ts'],
  ['cli/replay/a.ts', '../policy/project.ts'],
  ['cli/replay/a.ts', '../../functions/adapters/cedar-partial.ts'],
];

const sandboxes: string[] = [];
after(() => {
  for (const sandbox of sandboxes) {
    rmSync(sandbox, { recursive: true });
  }
});

for (const [rule, [from, to]] of [...Object.entries(FORBIDDEN), ...ALSO_FORBIDDEN]) {
  test(`${rule}: ${from} may not import ${to}`, async () => {
    const names = await brokenBy(from, to, rule === 'no-circles');
    assert.ok(names.includes(rule), `expected ${rule} among ${JSON.stringify(names)}`);
  });
}

for (const [from, to] of ALLOWED) {
  test(`${from} may import ${to}`, async () => {
    assert.deepEqual(await brokenBy(from, to, false), []);
  });
}

/** Names of the rules that one import breaks, in a project of nothing else. */
async function brokenBy(from: string, to: string, isCircle: boolean): Promise<string[]> {
  const sandbox = mkdtempSync(join(tmpdir(), 'arrows-'));
  sandboxes.push(sandbox);
  symlinkSync(join(PROJECT, 'node_modules'), join(sandbox, 'node_modules'));
  for (const folder of FOLDERS) {
    mkdirSync(join(sandbox, folder));
  }
  if (to.startsWith('.')) {
    const target = join(sandbox, dirname(from), to);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, `${isCircle ? "import './a.ts';\n" : ''}export {};\n`);
  }
  mkdirSync(join(sandbox, dirname(from)), { recursive: true });
  writeFileSync(join(sandbox, from), `import '${to}';\n`);
  return (await broken(sandbox)).flatMap((violation) => violation.split(':')[0] ?? []);
}
