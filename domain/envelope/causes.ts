import type { ToolDefinition } from '../tool/definition.ts';
import { compiledAt, inBrackets } from './condition.ts';
import { escalationCauses } from './escalation.ts';
import type { CallTypes } from './expression/types.ts';
import type { EnvelopeFile } from './file.ts';
import { amountLimit } from './money.ts';
import type { EnvelopeNote } from './normalise.ts';
import { type Rule, slugOf } from './rule.ts';
import type { EnvelopeSource, ToolEntry } from './source.ts';

/** Why people have to decide. */
export interface Cause {
  readonly path: EnvelopeNote['path'];
  readonly slug: string;
  readonly reason: string;
  /** @default always */
  readonly when?: string;
  /** Whether it also holds for what is permitted elsewhere. */
  readonly isGuardrail: boolean;
}

export function causesOf(entry: ToolEntry, source: EnvelopeSource): (Cause | EnvelopeNote)[] {
  const { tool, types, rule, path } = entry;
  if (tool.effect === 'read') {
    return [];
  }
  const { refunds, permissions } = source.written;
  const isRefund = refunds !== undefined && tool.kinds?.includes('money') === true;
  const everyWrite = permissions?.write_actions_require_approval;
  const isUnsaid = everyWrite === undefined && !isRefund && rule?.written.allow_if === undefined;
  const always: Cause = {
    path: isUnsaid ? path : ['permissions', 'write_actions_require_approval'],
    slug: 'write-actions-require-approval',
    reason: isUnsaid
      ? `${tool.name} is a write, and nothing says that it needs no approval`
      : 'write_actions_require_approval: every write waits for people',
    // what is not said must not take away what is permitted by hand
    isGuardrail: !isUnsaid,
  };
  return [
    ...(everyWrite === true || isUnsaid ? [always] : []),
    ...(isRefund ? refundCauses(tool, types, refunds) : []),
    ...escalationCauses(entry, source),
  ];
}

function refundCauses(
  tool: ToolDefinition,
  types: CallTypes,
  { auto_approve_max_usd: maximum, require_human_if: conditions = [] }: NonNullable<EnvelopeFile['refunds']>,
): (Cause | EnvelopeNote)[] {
  const limitPath = ['refunds', 'auto_approve_max_usd'];
  const limit = maximum === undefined ? undefined : amountLimit(tool, types, maximum);
  const above: (Cause | EnvelopeNote)[] =
    limit === undefined
      ? []
      : 'message' in limit
        ? [{ path: limitPath, message: `refunds.auto_approve_max_usd: ${limit.message}` }]
        : [
            {
              path: limitPath,
              slug: 'auto-approve-max-usd',
              reason: `up to ${maximum} dollars need nobody (auto_approve_max_usd)`,
              when: `!${limit.within}`,
              isGuardrail: true,
            },
          ];
  return [
    ...above,
    ...conditions.map((text, position) => {
      const path = ['refunds', 'require_human_if', position];
      const compiled = compiledAt(path, text, types);
      return 'message' in compiled
        ? compiled
        : {
            path,
            slug: slugOf(text),
            reason: `people decide if ${text}`,
            when: `!${inBrackets(compiled.fails)}`,
            isGuardrail: true,
          };
    }),
  ];
}

/** INVARIANT: never fewer than the tier of the tool takes. */
function quorumOf(tool: ToolDefinition, { written, peopleFor }: EnvelopeSource): number {
  return Math.max(written.permissions?.approval_quorum ?? 1, peopleFor(tool));
}

/** A guardrail that people lift, and for each role a permit that says who is asked and why. */
export function causeRules(
  { path, slug, reason, when, isGuardrail }: Cause,
  tool: ToolDefinition,
  permitted: boolean,
  source: EnvelopeSource,
): Rule[] {
  const people = quorumOf(tool, source);
  const approved = source.envelope.permissions.approval_roles.map((role) => ({
    role,
    cedar: `context.approvals.${role} >= ${people}`,
  }));
  const named = `${slug}-${slugOf(tool.name)}`;
  const condition = when === undefined ? {} : { when };
  const lifted = approved.map(({ cedar }) => cedar).join(' || ');
  const guardrail: Rule = {
    ...{ path, slug: named, effect: 'forbid', tools: [tool.name], reason },
    ...condition,
    ...(lifted === '' ? {} : { unless: lifted }),
  };
  return [
    ...(isGuardrail ? [guardrail] : []),
    ...(permitted ? approved : []).map(
      ({ role, cedar }): Rule => ({
        path,
        slug: `${named}-by-${slugOf(role)}`,
        effect: 'permit',
        tools: [tool.name],
        reason,
        when: when === undefined ? cedar : `${when} && ${cedar}`,
        approvers: { role, people },
      }),
    ),
  ];
}
