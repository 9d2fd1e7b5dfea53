import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { PROJECT } from '../../infra/policy/paths.ts';

// the package ships no types
const validate: (definition: unknown) => { readonly isValid: boolean; readonly errors: unknown } =
  createRequire(import.meta.url)('asl-validator');

const FOLDER = join(PROJECT, 'statemachines');

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.asl.json'))) {
  test(`${file} is valid amazon states language`, () => {
    const text = readFileSync(join(FOLDER, file), 'utf8');
    const substituted = text
      .replaceAll(/\$\{Partition\}/g, 'aws')
      .replaceAll(/\$\{(\w+)Function\}/g, 'arn:aws:lambda:us-east-1:123456789012:function:$1')
      .replaceAll(/\$\{(\w+)Machine\}/g, 'arn:aws:states:us-east-1:123456789012:stateMachine:$1');
    assert.doesNotMatch(substituted, /\$\{/, 'a substitution that infra does not make');
    const { isValid, errors } = validate(JSON.parse(substituted));
    assert.ok(isValid, JSON.stringify(errors, null, 2));
  });
}
