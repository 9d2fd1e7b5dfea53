import type { Receipt, ReceiptCall } from '../../contracts/api.ts';
import type { ReceiptGrant } from '../../contracts/receipt.ts';
import type { Block, Document, Fact, Section } from './document.ts';
import { callSection } from './receipt-call.ts';
import { costSection } from './receipt-cost.ts';
import { gateContext, verdictWords } from './receipt-gates.ts';
import { proofSection } from './receipt-proof.ts';
import { money } from './text.ts';
import { joined, plain, values, type Words, words } from './words.ts';

/** The account of a run for somebody who has nothing else: who answers for it, what it might do, did and cost, and the proof. */
export function receiptDocument(receipt: Receipt): Document {
  const { run, calls, permission, questions } = receipt;
  const context = gateContext(permission);
  return {
    title: words`Receipt of ${run.runId}`,
    summary: summaryOf(receipt),
    sections: [
      { heading: plain('Who answers for it'), blocks: [{ kind: 'facts', facts: peopleFacts(receipt) }] },
      permissionSection(receipt),
      {
        heading: plain('What it did'),
        blocks: [callTable(calls)],
        parts: calls.map((call) => callSection(call, context)),
      },
      ...(questions.length === 0 ? [] : [questionSection(receipt)]),
      costSection(receipt),
      proofSection(receipt),
      ...policySection(permission.granted),
    ],
  };
}

function summaryOf({ run, calls, cost, proof }: Receipt): readonly Words[] {
  const end = plain(`the run ${run.outcome ?? `is ${run.status}`}`);
  const why = run.reason === undefined ? [] : words` (${run.reason.message})`;
  const asked = calls.filter(({ approval }) => approval !== undefined).length;
  const people = asked === 0 ? '' : `; people were asked about ${asked}`;
  return [
    words`Agent ${run.agent} of workflow ${run.workflow}, for ${run.user.id} in tenant ${run.tenant}: ${end}${why}.`,
    plain(`${callCounts(calls)}${people}. It cost ${money(cost.totalMicroDollars)} in all.`),
    plain(`Proof: ${proof.says}.`),
  ];
}

/** `6 calls: 4 succeeded, 1 refused, 1 waiting for people` */
function callCounts(calls: readonly ReceiptCall[]): string {
  const ends = Map.groupBy(calls, endOf);
  const counts = [...ends].map(([end, each]) => `${each.length} ${end}`);
  return `${calls.length} ${calls.length === 1 ? 'call' : 'calls'}${counts.length === 0 ? '' : `: ${counts.join(', ')}`}`;
}

function endOf({ decision, outcome }: ReceiptCall): string {
  if (decision === 'allow') {
    return outcome?.status ?? 'allowed and not executed';
  }
  return decision === 'deny' ? 'refused' : 'waiting for people';
}

function peopleFacts({ run, owner, startedBy, permission: { granted } }: Receipt): readonly Fact[] {
  const unknown = plain('not in the log, and no envelope of this workflow is at hand');
  const roles = run.user.roles.length === 0 ? [] : words`, as ${values(run.user.roles)}`;
  return [
    ['owner', owner === '' ? plain('the run was never opened') : words`${owner} answers for the outcome`],
    [
      'steward',
      granted === undefined
        ? unknown
        : words`${granted.steward} answers for access, models and change control${today(granted)}`,
    ],
    [
      'reviewer',
      granted === undefined ? unknown : words`whoever has the role ${granted.reviewerRole}${today(granted)}`,
    ],
    ['agent', words`${run.agent} of workflow ${run.workflow}`],
    ['acted for', words`${run.user.id}${roles}`],
    ['started by', words`${startedBy}`],
    ['tenant', words`${run.tenant}`],
    ['requested', plain(run.requestedAt)],
    ['opened', plain(run.openedAt ?? 'never')],
    ['closed', plain(run.closedAt ?? 'not yet')],
  ];
}

function today({ source }: ReceiptGrant): Words {
  return plain(source === 'of_the_run' ? '' : ' (as deployed now)');
}

function permissionSection(receipt: Receipt): Section {
  const { permission, policyDigest, envelopeDigest } = receipt;
  const { mode, capMicroDollars, capChanges, laterPolicyDigests, granted } = permission;
  const facts: Fact[] = [
    ['mode', plain(mode ?? 'the run was never opened')],
    [
      'cap',
      plain(
        capMicroDollars === undefined
          ? 'none, nothing could be spent'
          : `${money(capMicroDollars)} for models and tools`,
      ),
    ],
    ...capChanges.map(
      (change): Fact => [
        'cap changed',
        words`${plain(`${change.at}: from ${money(change.beforeMicroDollars)} to ${money(change.capMicroDollars)} by `)}${change.by}, saying ${change.note}`,
      ],
    ),
    ...(granted === undefined ? [] : [['calls', plain(`at most ${granted.toolCallsPerRun}`)] as const]),
    ['policies', words`sha-256 ${policyDigest}`],
    [
      'envelope',
      words`sha-256 ${envelopeDigest}${granted === undefined ? [] : words`, version ${granted.envelopeVersion}`}`,
    ],
    ...laterPolicyDigests.map(
      (digest): Fact => ['later policies', words`calls were decided by ${digest} too, deployed while it ran`],
    ),
  ];
  return {
    heading: plain('What it was allowed to do'),
    blocks: [{ kind: 'facts', facts }, { kind: 'text', text: sourceWords(receipt) }, ...toolTable(granted)],
  };
}

function sourceWords({ permission: { granted }, policyDigest, envelopeDigest }: Receipt): Words {
  if (granted === undefined) {
    return plain(
      'Tools and approvers are not in the log, which has the digests of policies and envelope alone: find the version of the repository that has them.',
    );
  }
  if (granted.source === 'of_the_run') {
    return plain(
      'Envelope and policies are deployed unchanged since the run was opened: their digests are those of the run.',
    );
  }
  const changed = [
    ...(granted.policyDigest === policyDigest ? [] : ['policies']),
    ...(granted.envelopeDigest === envelopeDigest ? [] : ['the envelope']),
  ];
  const differ = changed.length === 1 && granted.policyDigest === policyDigest ? 'differs' : 'differ';
  return plain(
    `ATTENTION: what is deployed now is not what the run had: ${changed.join(' and ')} ${differ}. Steward, reviewer, tools and policies are shown as they are today; what each call was decided by is on record below.`,
  );
}

function toolTable(granted: ReceiptGrant | undefined): readonly Block[] {
  if (granted === undefined) {
    return [];
  }
  const columns = ['tool', 'effect', 'tier', 'permitted by', 'approvers'].map((title) => ({ title }));
  const rows = granted.tools.map(({ name, effect, tier, permittedBy, approvers }) => [
    words`${name}`,
    plain(effect),
    plain(String(tier)),
    values(permittedBy, 'nothing: it can never be called'),
    approvers.length === 0
      ? plain('-')
      : joined(approvers.map(({ approverRole, quorum }) => words`${plain(`${quorum} `)}${approverRole}`)),
  ]);
  return [{ kind: 'table', columns, rows }];
}

function callTable(calls: readonly ReceiptCall[]): Block {
  const rows = calls.map(({ callId, tool, resource, decision, outcome }) => [
    words`${callId}`,
    words`${tool}`,
    resource === undefined ? plain('-') : words`${resource}`,
    plain(decision),
    plain(outcome?.status ?? 'not executed'),
    plain(outcome === undefined ? '-' : money(outcome.costMicroDollars)),
  ]);
  const columns = ['call', 'tool', 'on', 'decision', 'outcome'].map((title) => ({ title }));
  return calls.length === 0
    ? { kind: 'text', text: plain('It proposed no call.') }
    : { kind: 'table', columns: [...columns, { title: 'cost', align: 'right' }], rows };
}

function questionSection({ questions }: Receipt): Section {
  return {
    heading: plain('What people were asked about the run itself'),
    blocks: [
      {
        kind: 'list',
        items: questions.map(({ at, approvalId, approverRole, reason, verdicts, continued }) => ({
          tone: continued ? ('good' as const) : ('bad' as const),
          text: words`${plain(`${at} `)}${approverRole} was asked (${approvalId}): ${reason.message}; ${joined(verdicts.map(verdictWords), '; ')}${plain(continued ? '; it went on' : '; it did not go on')}`,
        })),
      },
    ],
  };
}

function policySection(granted: ReceiptGrant | undefined): readonly Section[] {
  if (granted === undefined || granted.policies.length === 0) {
    return [];
  }
  const note =
    granted.source === 'of_the_run'
      ? 'As they were written when they decided.'
      : 'As they are deployed now; they may have been others when they decided.';
  return [
    {
      heading: plain('Policies that decided'),
      blocks: [{ kind: 'text', text: plain(note) }],
      parts: granted.policies.map(({ id, text }) => ({
        heading: words`${id}`,
        blocks: [{ kind: 'code', code: text }],
      })),
    },
  ];
}
