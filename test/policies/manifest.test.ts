import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manifestLines, manifestMarkdown } from '../../cli/render/manifest.ts';
import { manifestOf } from '../../domain/policy/manifest.ts';
import { NAMESPACES } from '../../functions/tools/registry.ts';
import { buildPolicyBundle } from '../../infra/policy/build-bundle.ts';
import { POLICIES } from '../../infra/policy/paths.ts';

const bundle = buildPolicyBundle(POLICIES, NAMESPACES);
const manifest = manifestOf('retail-support', bundle, NAMESPACES);
assert.ok(manifest);
const tool = (name: string) => manifest.tools.find((each) => each.name === name);

test('an agent that no envelope names has no manifest', () => {
  assert.equal(manifestOf('nobody', bundle, NAMESPACES), undefined);
});

test('a manifest names who answers for the agent, and its caps', () => {
  const { owner, steward, reviewerRole, caps } = manifest;
  assert.deepEqual(
    { owner, steward, reviewerRole, caps },
    {
      owner: 'head of customer support',
      steward: 'platform team',
      reviewerRole: 'support_manager',
      caps: { costMicroDollarsPerRun: 500_000, toolCallsPerRun: 60 },
    },
  );
});

test('a manifest lists the tools of the envelope and no others, the riskiest first', () => {
  const [envelope] = Object.values(bundle.envelopes).filter(({ agent }) => agent === 'retail-support');
  assert.deepEqual(
    manifest.tools.map(({ name }) => name).sort(),
    [...(envelope?.permissions.allowed_tools ?? [])].sort(),
  );
  const tiers = manifest.tools.map(({ tier }) => tier);
  assert.deepEqual(
    tiers,
    [...tiers].sort((left, right) => right - left),
  );
});

test('a tool is shown with the policies that permit it, and who has to approve', () => {
  assert.deepEqual(
    tool('retail.cancel_pending_order')?.permittedBy.map(({ id, approverRole, quorum }) => [
      id,
      approverRole,
      quorum,
    ]),
    [
      ['agents/retail-support-refunds/small-refund', undefined, undefined],
      ['agents/retail-support-refunds/large-refund', 'support_manager', 2],
    ],
  );
});

test('a tool is shown with what it reaches', () => {
  assert.deepEqual(tool('retail.get_order_details')?.access, [
    { actions: ['dynamodb:GetItem'], on: 'table orders', keys: 'items' },
  ]);
  assert.deepEqual(tool('retail.calculate')?.access, []);
});

test('a tool is shown with the origins of the deployment, not with their names', () => {
  const destinations = { 'helpdesk.get_ticket': ['https://helpdesk.example.com'] };
  const deployed = manifestOf('helpdesk-triage', { ...bundle, destinations }, NAMESPACES);
  const shown = deployed?.tools.flatMap((each) => each.destinations.map((origin) => [each.name, origin]));
  assert.deepEqual(shown, [['helpdesk.get_ticket', 'https://helpdesk.example.com']]);
});

test('a tool is shown with how it is held', () => {
  const { preview, undo, limits, discloses, beneficiary } = tool('retail.cancel_pending_order') ?? {};
  assert.deepEqual(
    [preview, undo, limits, discloses],
    ['retail.preview_cancel_pending_order', undefined, undefined, []],
  );
  assert.deepEqual(beneficiary, ['resource.owner']);
  assert.equal(tool('retail.modify_user_address')?.beneficiary, undefined);
  assert.deepEqual(tool('retail.get_user_details')?.discloses, ['email']);
  const store = manifestOf('store-operator', bundle, NAMESPACES);
  const put = store?.tools.find(({ name }) => name === 'documents.put_document');
  assert.equal(put?.undo, 'documents.restore_document');
  const triage = manifestOf('helpdesk-triage', bundle, NAMESPACES);
  const get = triage?.tools.find(({ name }) => name === 'helpdesk.get_ticket');
  assert.deepEqual(get?.limits, { callsPerMinute: 60, burst: 10, concurrentCalls: 5 });
});

test('what tenants share is shown as shared', () => {
  const store = manifestOf('store-operator', bundle, NAMESPACES);
  assert.ok(store && manifestLines(store).some((line) => /shop-loyalty, shared by all tenants/.test(line)));
});

test('guardrails of every agent are shown and the rules of this one, policies of another agent are not', () => {
  const guardrails = manifest.guardrails.map(({ id }) => id);
  assert.deepEqual(
    guardrails.filter((id) => !id.startsWith('agents/retail-support/')),
    [
      'guardrails/break-glass/privileged',
      'guardrails/egress/where-strangers-send',
      'guardrails/mode/read-only',
      'guardrails/mode/stopped',
    ],
  );
  assert.ok(guardrails.includes('agents/retail-support/one-customer'));
  const all = manifest.tools.flatMap(({ permittedBy }) => permittedBy.map(({ id }) => id));
  assert.ok(all.every((id) => /^agents\/retail-support(-refunds)?\//.test(id)));
});

test('a tool that no policy permits is shown as one that can never be called', () => {
  const none = manifestOf('retail-support', { ...bundle, policies: [] }, NAMESPACES);
  assert.ok(none);
  assert.match(manifestLines(none).join('\n'), /retail\.calculate .*nothing: it can never be called/);
});

test('the document holds the text of every policy that it names', () => {
  const document = manifestMarkdown(manifest).join('\n');
  for (const { id, text } of [
    ...manifest.tools.flatMap(({ permittedBy }) => permittedBy),
    ...manifest.guardrails,
  ]) {
    assert.ok(document.includes(`### ${id}`) && document.includes(text), id);
  }
  assert.match(document, /^# What retail-support may do$/m);
});

test('the table for a terminal has a row for every tool', () => {
  const lines = manifestLines(manifest);
  for (const { name } of manifest.tools) {
    assert.ok(
      lines.some((line) => line.startsWith(name)),
      name,
    );
  }
});
