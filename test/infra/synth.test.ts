import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { PROJECT } from '../../infra/policy/paths.ts';

const run = promisify(execFile);
const bin = join(PROJECT, 'node_modules', '.bin');
const cfnLint = join(PROJECT, '.local', 'venv', 'bin', 'cfn-lint');
const outputs = ['first', 'second'].map((name) => mkdtempSync(join(tmpdir(), `synth-${name}-`)));

after(() => {
  for (const output of outputs) {
    rmSync(output, { recursive: true });
  }
});

async function synth(output: string): Promise<void> {
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, CDK_DISABLE_CLI_TELEMETRY: 'true' };
  // cdk-nag's findings fail the synthesis: without an explanation beside the construct there is no template
  await run(join(bin, 'cdk'), ['synth', '--all', '--quiet', '--no-notices', '--output', output], {
    cwd: PROJECT,
    env,
  });
}

function templates(output: string): Record<string, string> {
  const files = readdirSync(output).filter((name) => /\.(template|assets)\.json$/.test(name));
  return Object.fromEntries(
    files.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(output, name)))
        .digest('hex'),
    ]),
  );
}

test('cdk synth is clean, and gives the same templates and assets again', async () => {
  for (const output of outputs) {
    await synth(output);
  }
  const [first, second] = outputs.map(templates);
  assert.equal(Object.keys(first ?? {}).length, 28);
  assert.deepEqual(first, second);
});

test('cfn-lint finds nothing', {
  skip: existsSync(cfnLint) ? false : 'cfn-lint is not installed',
}, async () => {
  const [output = ''] = outputs;
  const files = readdirSync(output).filter((name) => name.endsWith('.template.json'));
  // without a file it would read from its standard input, for ever
  assert.notEqual(files.length, 0);
  // W3005: CDK makes functions depend on their whole role, although the reference to it would do
  const options = ['--regions', 'us-east-1', '--ignore-checks', 'W3005', '--'];
  const lint = await run(cfnLint, [...options, ...files.map((file) => join(output, file))]).catch(
    (failure) => failure,
  );
  assert.equal(lint.stdout, '');
  assert.equal(lint.code, undefined, lint.stderr);
});
