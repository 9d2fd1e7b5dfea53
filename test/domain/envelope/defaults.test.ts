import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildFiles, problemsOf } from '../../support/policy-root.ts';

const desk = {
  'envelopes/desk.yaml':
    'policy: { tools: [{ name: payments.refund, allow_if: [params.amount_usd <= 100] }] }\n',
};
const OWNED = 'workflows:\n  desk: { owner: a, steward: b, reviewer_role: support_manager }\n';

test('an agent for which nobody answers is not built, and the build says where to name them', () => {
  const problems = problemsOf({
    ...desk,
    'defaults.yaml': 'workflows:\n  desk: { owner: head of support }\n',
  });
  assert.deepEqual(problems, [
    'envelopes/desk.yaml:1: steward: missing, say who it is here or in defaults.yaml under workflows.desk.steward',
    'envelopes/desk.yaml:1: reviewer_role: missing, say who it is here or in defaults.yaml under workflows.desk.reviewer_role',
  ]);
});

test('an owner of every workflow is no owner', () => {
  const problems = problemsOf({ ...desk, 'defaults.yaml': 'defaults:\n  owner: everybody\n' });
  assert.match(
    problems.join('\n'),
    /defaults\.yaml:2: defaults\.owner: 'everybody', ownership has no default/,
  );
});

test('defaults of a workflow that does not exist are a mistake', () => {
  const problems = problemsOf({
    ...desk,
    'defaults.yaml':
      'workflows:\n  desk: { owner: a, steward: b, reviewer_role: FinanceAdmin }\n  dask: { owner: a }\n',
  });
  assert.deepEqual(problems, [
    "defaults.yaml:3: workflows.dask: there is no envelopes/dask.yaml, did you mean 'desk'",
  ]);
});

test('what is permitted, and by how many, has no default: an envelope says it for itself', () => {
  for (const member of [
    'write_actions_require_approval: true',
    'approval_quorum: 2',
    'permit_allowed_tools: true',
  ]) {
    const files = { ...desk, 'defaults.yaml': `${OWNED}defaults:\n  permissions:\n    ${member}\n` };
    const [name = ''] = member.split(':');
    assert.match(problemsOf(files).join('\n'), new RegExp(`^defaults\\.yaml:\\d+: .*${name}`), member);
  }
});

test('days of transcripts are those nearest to the workflow, under whichever name', () => {
  const days = (defaults: string) =>
    buildFiles({ ...desk, 'defaults.yaml': defaults }).bundle.envelopes.desk?.logging.store_transcripts_days;
  const own = OWNED.replace('owner: a', 'logging: { retention_days: 5 }, owner: a');
  assert.equal(days(`${own}defaults: { logging: { store_transcripts_days: 30 } }\n`), 5);
  assert.equal(days(`${OWNED}defaults: { logging: { retention_days: 12 } }\n`), 12);
});
