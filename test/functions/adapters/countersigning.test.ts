import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Approval } from '../../../domain/approval/approval.ts';
import { type Directory, type Person, recordedPrincipal } from '../../../domain/approval/directory.ts';
import type { PolicyBundle } from '../../../domain/policy/bundle.ts';
import { countersigningPolicies, eligibleIn } from '../../../functions/adapters/countersigning.ts';
import { configuredDirectory } from '../../../functions/adapters/directory.ts';
import { NAMESPACES } from '../../../functions/tools/registry.ts';
import { buildPolicyBundle } from '../../../infra/policy/build-bundle.ts';
import { approvalOf, given } from '../../support/approval.ts';
import { bundle } from '../../support/bundle.ts';
import { policyRoot } from '../../support/policy-folder.ts';

type Bundle = Pick<PolicyBundle, 'countersigning'>;

/** A Saturday. */
const NOW = '2026-11-21T10:00:00.000Z';
const MARIA: Person = {
  ...{ id: 'maria', name: 'Maria', roles: ['manager'] },
  principals: ['role/people/maria'],
  aliases: ['cust_7'],
};
const THEO: Person = { ...MARIA, id: 'theo', principals: ['role/people/theo'], aliases: [] };

function codeFor(
  approval: Approval,
  { person = MARIA, verdict = 'approve', at = NOW, by = bundle as Bundle } = {} as {
    person?: Person;
    verdict?: 'approve' | 'reject' | 'withdraw';
    at?: string;
    by?: Bundle;
  },
): string | undefined {
  return countersigningPolicies(by)(person, approval, verdict, at)?.code;
}

describe('who has a role that is asked', () => {
  for (const verdict of ['approve', 'reject'] as const) {
    test(`may ${verdict}`, () => {
      assert.equal(codeFor(approvalOf(), { verdict }), undefined);
    });
  }

  const inTheWay: Record<string, readonly [string, Partial<Approval>]> = {
    'the run acts for them': ['own_request', { requesters: ['maria'] }],
    'the run acts for them under another name': ['own_request', { requesters: ['lena', 'cust_7'] }],
    'their principal started the run': ['own_request', { requesters: ['lena', 'role/people/maria'] }],
    'they gain from it': ['own_benefit', { beneficiaries: ['lena', 'maria'] }],
    'they gain from it under another name': ['own_benefit', { beneficiaries: ['cust_7'] }],
  };
  for (const [why, [code, changes]] of Object.entries(inTheWay)) {
    test(`may neither approve nor reject where ${why}`, () => {
      assert.equal(codeFor(approvalOf(changes)), code);
      assert.equal(codeFor(approvalOf(changes), { verdict: 'reject' }), code);
      assert.equal(codeFor(approvalOf(changes), { person: THEO }), undefined, 'somebody else may');
    });
  }

  test('may not approve where a session in their name started the run, which is on record without their address', () => {
    const principal = 'role/AWSReservedSSO_Support/maria@example.com';
    const person = { ...MARIA, principals: [principal] };
    const approval = approvalOf({ requesters: ['lena', recordedPrincipal(principal)] });
    assert.equal(codeFor(approval, { person }), 'own_request');
    assert.equal(codeFor(approval, { person: THEO }), undefined);
  });

  test('may not approve twice, and may still reject', () => {
    const approval = approvalOf({ verdicts: [given('maria', 'approve')] });
    assert.equal(codeFor(approval), 'decided_twice');
    assert.equal(codeFor(approval, { verdict: 'reject' }), undefined);
    assert.equal(codeFor(approval, { person: THEO }), undefined);
  });

  test('may decide in the tenants that are named, and in no other', () => {
    const person = { ...MARIA, tenants: ['acme', 'globex'] };
    assert.equal(codeFor(approvalOf(), { person }), undefined);
    assert.equal(codeFor(approvalOf({ tenant: 'initech' }), { person }), 'other_tenant');
    assert.equal(codeFor(approvalOf({ tenant: 'initech' })), undefined);
  });
});

describe('who has no role that is asked', () => {
  const person = { ...MARIA, roles: ['director'] };

  test('may not decide, and is told whom it takes', () => {
    const refusal = countersigningPolicies(bundle)(person, approvalOf(), 'approve', NOW);
    assert.equal(refusal?.code, 'missing_role');
    assert.match(
      refusal?.message ?? '',
      /^maria may not approve this: only people with a role that is asked now .* \(asked now: manager\)$/,
    );
  });

  test('may decide from when the role is asked on', () => {
    const asks = [
      { approverRole: 'manager', quorum: 1, from: '2026-11-21T09:00:00.000Z' },
      { approverRole: 'director', quorum: 1, from: NOW },
    ];
    assert.equal(codeFor(approvalOf({ asks }), { person, at: '2026-11-21T09:59:59.999Z' }), 'missing_role');
    assert.equal(codeFor(approvalOf({ asks }), { person }), undefined);
  });

  test('is told of the first rule in the way only', () => {
    assert.equal(codeFor(approvalOf({ requesters: ['maria'] }), { person }), 'missing_role');
  });
});

describe('an approval is taken back', () => {
  const approved = approvalOf({ verdicts: [given('maria', 'approve')] });

  test('by whoever gave it, though they lost the role since', () => {
    assert.equal(codeFor(approved, { verdict: 'withdraw' }), undefined);
    assert.equal(codeFor(approved, { verdict: 'withdraw', person: { ...MARIA, roles: [] } }), undefined);
  });

  test('by nobody else', () => {
    assert.equal(codeFor(approved, { verdict: 'withdraw', person: THEO }), 'nothing_to_withdraw');
  });
});

const RISK = `@id("risk-for-tier-3")
@code("needs_director")
@reason("money and production wait for a director")
forbid (principal, action == Action::"approve", resource)
when { resource.tier == 3 }
unless { principal.roles.contains("director") };
`;
const WEEKDAYS = `@id("weekdays")
forbid (principal, action, resource)
when { context.time.weekday > 5 };
`;

/** The shipped policies with those of a team beside them, built as a deployment's are. */
function withTeamRules(rules: string): Bundle {
  const directory = { version: 1, approver_roles: ['support_manager', 'director'], people: [] };
  using folder = policyRoot({ 'directory.yaml': directory, 'countersigning/team.cedar': rules });
  return buildPolicyBundle(folder.root, NAMESPACES);
}

describe('a team adds policies of its own', () => {
  const director = { ...MARIA, roles: ['manager', 'director'] };

  test('tier 3 only by people with another role beside', () => {
    const by = withTeamRules(RISK);
    assert.equal(codeFor(approvalOf(), { by }), 'needs_director');
    assert.equal(codeFor(approvalOf(), { by, person: director }), undefined);
    assert.equal(codeFor(approvalOf({ tier: 2 }), { by }), undefined);
    assert.equal(codeFor(approvalOf(), { by, verdict: 'reject' }), undefined);
  });

  test('without a code or a reason, the policy is named', () => {
    const by = withTeamRules(WEEKDAYS);
    const refusal = countersigningPolicies(by)(MARIA, approvalOf(), 'approve', NOW);
    assert.equal(refusal?.code, 'forbidden');
    assert.match(refusal?.message ?? '', /forbidden by countersigning\/team\/weekdays/);
    assert.equal(codeFor(approvalOf(), { by, at: '2026-11-23T10:00:00.000Z' }), undefined, 'on a Monday');
  });

  test('what they permit does not get around what is forbidden', () => {
    const by = withTeamRules('@id("all")\npermit (principal, action, resource);\n');
    assert.equal(codeFor(approvalOf({ requesters: ['maria'] }), { by }), 'own_request');
  });
});

describe('nobody may', () => {
  const { schema, policies } = bundle.countersigning;
  const [permit] = policies;
  const policy = permit ?? assert.fail();

  test('where no policy permits it', () => {
    assert.equal(codeFor(approvalOf(), { by: { countersigning: { schema, policies: [] } } }), 'no_permit');
  });

  const broken: Record<string, PolicyBundle['countersigning']> = {
    'when a policy does not parse': {
      schema,
      policies: [...policies, { ...policy, id: 'x', text: 'permit (' }],
    },
    'when the schema does not parse': { schema: 'entity', policies },
    'when a forbid fails to evaluate': {
      schema,
      policies: [
        ...policies,
        {
          ...policy,
          id: 'x',
          text: 'forbid (principal, action, resource) when { resource.tier * 9223372036854775807 > 0 };',
        },
      ],
    },
  };
  for (const [when, countersigning] of Object.entries(broken)) {
    test(when, () => {
      assert.equal(codeFor(approvalOf(), { by: { countersigning } }), 'countersigning_undecided');
    });
  }

  test('when what is known of the person does not fit the schema', () => {
    const person = { ...MARIA, roles: [7] } as unknown as Person;
    assert.equal(codeFor(approvalOf(), { person }), 'countersigning_undecided');
  });
});

describe('eligible are', () => {
  const directory: Directory = {
    ...{ version: 1, approver_roles: ['manager', 'director'], break_glass_roles: [] },
    people: [
      MARIA,
      THEO,
      { ...THEO, id: 'noor', roles: ['director'], principals: ['role/people/noor'] },
      { ...THEO, id: 'omar', roles: [], principals: ['role/people/omar'] },
    ],
  } as unknown as Directory;
  const whoOf = async (approval: Approval, by: Bundle = bundle) => {
    const found = await eligibleIn(by, configuredDirectory(directory, undefined))(approval);
    return found.map(({ approverRole, people }) => [approverRole, ...people.map(({ id }) => id)]);
  };

  test('the people of each role, whenever it is asked, who could approve', async () => {
    const asks = [
      { approverRole: 'manager', quorum: 2, from: '2026-11-21T09:00:00.000Z' },
      { approverRole: 'director', quorum: 1, from: '2026-11-21T10:00:00.000Z' },
    ];
    assert.deepEqual(await whoOf(approvalOf({ asks })), [
      ['manager', 'maria', 'theo'],
      ['director', 'noor'],
    ]);
    assert.deepEqual(await whoOf(approvalOf({ asks, requesters: ['theo'], beneficiaries: ['noor'] })), [
      ['manager', 'maria'],
      ['director'],
    ]);
  });

  test('those who could at another hour, until the approval expires', async () => {
    const by = withTeamRules(WEEKDAYS);
    const requestedAt = '2026-11-21T09:30:00.000Z';
    const until = (expiresAt: string) => whoOf(approvalOf({ requestedAt, expiresAt }), by);
    assert.deepEqual(await until('2026-11-23T00:00:00.000Z'), [['manager']]);
    assert.deepEqual(await until('2026-11-23T00:00:00.001Z'), [['manager', 'maria', 'theo']]);
  });
});
