import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { App } from 'aws-cdk-lib';
import { POLICIES, PROJECT } from '../../infra/policy/paths.ts';
import { settingsOf } from '../../infra/settings.ts';
import { CONTEXT } from './synthesized.ts';

const policiesOf = (policies: unknown) => settingsOf(new App({ context: { ...CONTEXT, policies } })).policies;

test('a deployment takes policies/ of the project unless it is told another folder', () => {
  assert.equal(settingsOf(new App({ context: { ...CONTEXT } })).policies, POLICIES);
  assert.equal(policiesOf(join(PROJECT, 'policies', '.')), POLICIES);
});

test('a folder that holds no policies is refused', () => {
  assert.throws(() => policiesOf('docs'), /context policies '.*docs': expected a folder like policies\//);
});
