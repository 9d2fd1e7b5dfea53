import type { NewTool } from './kinds/kind.ts';
import { sampleArguments } from './templates.ts';

/** Who the tool is for, as the workflow's envelope and the options say. */
export interface PolicySubject {
  readonly workflow: string;
  readonly agent: string;
  /** Role of the users on whose behalf the tool may be called. */
  readonly role: string;
  /** Role of the people who have to approve; of tools from tier 2 on, and of every write where the envelope says so. */
  readonly approverRole?: string;
  /** How many have to approve where anybody has; of the tool's tier and of the envelope the larger number. */
  readonly people: number;
  /** The policy by which the envelope has every write approved; undefined where it does not. */
  readonly writeGuard?: string;
  /** What the facts say about the resource of the cases. */
  readonly resource: { readonly type: string; readonly attributes: Readonly<Record<string, unknown>> };
}

/** From here on a call reaches customers, and people approve it. */
export const FIRST_APPROVED_TIER = 2;

/** Money and production: two people approve. */
const FIRST_TIER_OF_TWO_PEOPLE = 3;
/** Denied to everybody but under break-glass. */
const PRIVILEGED_TIER = 4;

export function policyId({ name }: NewTool): string {
  return `${name.namespace}-${name.file}`;
}

export function permit(tool: NewTool, subject: PolicySubject): string {
  const { role, approverRole, agent, people } = subject;
  const quorum = approverRole === undefined ? 0 : people;
  const approvers = quorum === 0 ? '' : `@approvers("${approverRole}")\n@quorum("${quorum}")\n`;
  const approved = quorum === 0 ? '' : ` && context.approvals.${approverRole} >= ${quorum}`;
  return `@id("${policyId(tool)}")
${approvers}permit (
  principal == Agent::"${agent}",
  action == Action::"${tool.name.full}",
  resource
)
when { context.user.roles.contains("${role}")${approved} };
`;
}

/** The cases by path in `policies/cases/`, as documents. */
export function policyCases(tool: NewTool, subject: PolicySubject): Readonly<Record<string, unknown>> {
  const { role, approverRole, agent, workflow, resource, people, writeGuard } = subject;
  const id = policyId(tool);
  const isPrivileged = tool.tier === PRIVILEGED_TIER;
  const whose = `${id}-on-behalf-of-${slug(role)}`;
  const call = (user: string, roles: readonly string[]) => ({
    agent,
    workflow,
    tenant: 'default',
    user: { id: user, roles },
    mode: 'autonomous',
    tool: tool.name.full,
    arguments: sampleArguments(tool),
    resource: { type: resource.type, id: 'N-1', attributes: resource.attributes },
    ...(isPrivileged && { breakGlass: { incident: 'INC-1' } }),
  });
  const entitled = call('ines_okafor', [role]);
  const stranger = call('lena_hofer_4821', [STRANGER_ROLE]);
  const policies = [`agents/${agent}/${id}`];
  if (approverRole === undefined) {
    return {
      [`ALLOW/${whose}.json`]: { ...entitled, policies },
      [`DENY/${id}-on-behalf-of-anybody-else.json`]: { ...stranger, policies: [] },
    };
  }
  const quorum = { approverRole, people };
  const approvals = { [approverRole]: people };
  return {
    [`ALLOW/${whose}-once-approved.json`]: { ...entitled, approvals, policies },
    [`ASK/${whose}.json`]: { ...entitled, policies, quorum },
    [`DENY/${id}-on-behalf-of-anybody-else-even-if-approved.json`]: {
      ...stranger,
      approvals,
      policies: [],
    },
    ...(writeGuard !== undefined && {
      [`DENY/${id}-on-behalf-of-anybody-else.json`]: { ...stranger, policies: [writeGuard] },
    }),
    ...(isPrivileged && {
      [`DENY/${whose}-without-break-glass-even-if-approved.json`]: {
        ...entitled,
        breakGlass: undefined,
        approvals,
        policies: ['guardrails/break-glass/privileged'],
      },
    }),
  };
}

/** A role that no policy knows. */
const STRANGER_ROLE = 'stranger';

export function peopleFor({ tier }: NewTool): number {
  return tier >= FIRST_TIER_OF_TWO_PEOPLE ? 2 : 1;
}

function slug(role: string): string {
  return role.replaceAll('_', '-');
}
