import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { auditBatches } from '../../cli/log/audit-log.ts';
import { openPolicies } from '../../cli/policy/project.ts';
import { DEFAULT_PREFIX } from '../../contracts/names.ts';
import { caseResult, requestOf } from '../../domain/policy/case.ts';
import { findTool } from '../../functions/tools/registry.ts';
import { readCases } from '../../infra/policy/cases.ts';
import { POLICIES } from '../../infra/policy/paths.ts';
import { localClient } from '../../local/aws.ts';
import {
  as,
  call,
  closed,
  endpoint,
  eventually,
  integrateNow,
  newTenant,
  ORDERS,
  start,
  waiting,
} from '../support/cloud.ts';
import { countersign } from '../support/command-line.ts';

test('what people said is measured from the audit bucket, and becomes cases that the policies hold', async () => {
  const tenant = await newTenant();
  const day = new Date().toISOString().slice(0, 10);
  const maria = await as('maria');
  const rejected = await start(tenant, [call.cancel(ORDERS.large)]);
  const note = 'offer a return';
  await maria.decideApproval(await waiting(rejected), { tenant, verdict: 'reject', note });
  await closed(rejected);
  const approved = await start(tenant, [call.cancel(ORDERS.large)]);
  const approvalId = await waiting(approved);
  for (const person of [maria, await as('theo')]) {
    await person.decideApproval(approvalId, { tenant, verdict: 'approve' });
  }
  await closed(approved);

  const folder = mkdtempSync(join(tmpdir(), 'measures-'));
  try {
    const line = ['--dir', join(folder, 'copy.ndjson'), '--since', day, '--tenant', tenant];
    const report = await eventually('both verdicts and the execution are sealed', async () => {
      await integrateNow();
      await copyLog(join(folder, 'copy.ndjson'), day);
      const { stdout } = await countersign(['approvals', 'report', ...line, '--by', 'approver', '--json']);
      const told = JSON.parse(stdout);
      return told.decided === 2 && (await exported(line)).some(({ execution }) => execution !== undefined)
        ? told
        : undefined;
    });
    assert.deepEqual(
      [report.asked, report.approved, report.rejected, report.waiting, report.overrideRate],
      [2, 1, 1, 0, 0.5],
    );
    assert.deepEqual(
      report.groups.map(({ approver, decided }: Record<string, unknown>) => [approver, decided]),
      [
        ['maria', 2],
        ['theo', 1],
      ],
    );
    const [no, ...yes] = await exported(line, '--cases', join(folder, 'cases'));
    assert.deepEqual([no?.verdict, no?.note, no?.via, no?.outcome], ['reject', note, 'api', 'rejected']);
    assert.deepEqual(
      yes.map(({ by, verdict, outcome, tool }) => [by, verdict, outcome, tool]),
      ['maria', 'theo'].map((by) => [by, 'approve', 'approved', 'retail.cancel_pending_order']),
    );

    const policies = openPolicies(POLICIES);
    const cases = readCases(join(folder, 'cases'));
    assert.deepEqual(cases.map((each) => each.folder).sort(), ['ALLOW', 'ASK', 'ASK']);
    for (const each of cases) {
      const request = requestOf(each.case, policies.bundle, findTool);
      assert.deepEqual(caseResult(each, policies.engine, request).differences, [], each.file);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

async function copyLog(file: string, day: string): Promise<void> {
  const services = { configuration: localClient(endpoint), prefix: DEFAULT_PREFIX };
  const texts: string[] = [];
  const days = [...new Set([day, new Date().toISOString().slice(0, 10)])];
  for await (const { text } of auditBatches(services, days, () => undefined)) {
    texts.push(text);
  }
  writeFileSync(file, texts.join(''));
}

async function exported(
  line: readonly string[],
  ...more: readonly string[]
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { stdout } = await countersign(['approvals', 'export', ...line, ...more]);
  return stdout.split('\n').flatMap((text) => (text === '' ? [] : [JSON.parse(text)]));
}
