import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App } from 'aws-cdk-lib';
import { NAMESPACES } from '../../functions/tools/registry.ts';
import { settingsOf } from '../../infra/settings.ts';
import { CONTEXT, ofType, synthesized } from './synthesized.ts';

const named = (guardrailId?: string, guardrailVersion?: string) =>
  settingsOf(new App({ context: { ...CONTEXT, guardrailId, guardrailVersion } })).guardrail;

test('a deployment has the guardrail that it names, by a number, and none unless it names one', () => {
  assert.equal(named(), undefined);
  assert.deepEqual(named('gr1abc', '3'), { id: 'gr1abc', version: '3' });
  assert.throws(() => named('gr1abc'), /context guardrailVersion '': expected the number of a version/);
  assert.throws(() => named('gr1abc', 'DRAFT'), /context guardrailVersion 'DRAFT'/);
  assert.throws(() => named(undefined, '3'), /context guardrailId '': expected the id of a guardrail/);
  assert.throws(() => named('gr1/*', '3'), /context guardrailId 'gr1\/\*'/);
});

/** Whatever reads what somebody outside wrote: executors score what tools answer, the API what runs are asked for. */
const EXECUTORS = NAMESPACES.map(({ name }) => name);

test('the executors and the API may apply that guardrail, and nobody may apply another', () => {
  const deployment = synthesized({ guardrailId: 'gr1abc', guardrailVersion: '3' });
  const told = ofType(deployment, 'AWS::Lambda::Function')
    .map(([, { Properties }]) => Properties.Environment.Variables)
    .filter(
      ({ GUARDRAIL_ID, GUARDRAIL_VERSION }) => GUARDRAIL_ID !== undefined || GUARDRAIL_VERSION !== undefined,
    );
  assert.deepEqual(
    told.map(({ POWERTOOLS_SERVICE_NAME }) => POWERTOOLS_SERVICE_NAME).sort(),
    ['api', ...EXECUTORS.map((name) => `tools-${name}`)].sort(),
  );
  for (const { GUARDRAIL_ID, GUARDRAIL_VERSION } of told) {
    assert.deepEqual([GUARDRAIL_ID, GUARDRAIL_VERSION], ['gr1abc', '3']);
  }
  const statements = ofType(deployment, 'AWS::IAM::Policy').flatMap(([id, { Properties }]) =>
    Properties.PolicyDocument.Statement.filter(({ Action }: { Action: unknown }) =>
      JSON.stringify(Action).includes('Guardrail'),
    ).map((statement: object) => [id.replace(/RoleDefaultPolicy.*/, ''), statement]),
  );
  assert.deepEqual(
    statements.map(([id]) => id).sort(),
    ['Api', ...EXECUTORS.map((name) => `Execute${name}`)].sort(),
  );
  for (const [id, { Action, Resource }] of statements) {
    assert.equal(Action, 'bedrock:ApplyGuardrail', id);
    assert.match(JSON.stringify(Resource), /:guardrail\/gr1abc"\]/, id);
    assert.ok(!JSON.stringify(Resource).includes('*'), id);
  }
});
