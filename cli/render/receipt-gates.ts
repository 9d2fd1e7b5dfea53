import type { ReceiptCall } from '../../contracts/api.ts';
import type { DecisionKind } from '../../contracts/call.ts';
import type { DecisionContext, GivenVerdict } from '../../contracts/events.ts';
import type {
  ReceiptDecision,
  ReceiptPermission,
  ReceiptPolicy,
  ReceiptVerdict,
} from '../../contracts/receipt.ts';
import type { ListItem } from './document.ts';
import { money } from './text.ts';
import { joined, plain, values, type Words, words } from './words.ts';

/** What gates need to know of the run. */
export interface GateContext {
  /** Cap in force, in micro-dollars; undefined when the run was never opened. */
  readonly capMicroDollars: number | undefined;
  /** Those that decided, by id. */
  readonly policies: ReadonlyMap<string, ReceiptPolicy>;
}

export interface Gate extends ListItem {
  readonly gate: 'policy' | 'people' | 'break-glass' | 'budget';
}

export function gateContext({ granted, capChanges, capMicroDollars }: ReceiptPermission): GateContext {
  return {
    capMicroDollars: capChanges.at(-1)?.capMicroDollars ?? capMicroDollars,
    policies: new Map((granted?.policies ?? []).map((policy) => [policy.id, policy])),
  };
}

/** Every gate that a call came to, in order: why it passed, or why not. */
export function gatesOf(call: ReceiptCall, context: GateContext): readonly Gate[] {
  return call.decisions.flatMap((decision) => GATES[decision.decision](call, decision, context));
}

type Gates = (call: ReceiptCall, decision: ReceiptDecision, context: GateContext) => readonly Gate[];

const GATES: Readonly<Record<DecisionKind, Gates>> = {
  allow: (call, decision, context) => [
    ...[policyGate(decision, context), ...breakGlassGate(call)],
    ...budgetGate(decision, context),
  ],
  needs_approval: (call, decision, context) => [askGate(call, decision, context), ...peopleGate(call)],
  deny: (_, decision) => [refusal(decision)],
};

function policyGate(decision: ReceiptDecision, context: GateContext): Gate {
  const by = policyWords(decision.policies, context);
  const went = decision.context === undefined ? [] : [words`. It went by ${contextWords(decision.context)}`];
  return { gate: 'policy', tone: 'good', text: words`policy: permitted by ${by}${joined(went)}` };
}

function askGate({ approval }: ReceiptCall, decision: ReceiptDecision, context: GateContext): Gate {
  const need = `${approval?.quorum ?? 0} `;
  const by = policyWords(decision.policies, context);
  return {
    gate: 'policy',
    tone: 'open',
    text: words`policy: ${by} wants ${plain(need)}${approval?.approverRole ?? ''} to approve first`,
  };
}

function peopleGate({ approval, decision }: ReceiptCall): readonly Gate[] {
  if (approval === undefined) {
    return [];
  }
  const { quorum, approverRole, verdicts, approvalId } = approval;
  const approved = standingApprovals(verdicts).length;
  const count = plain(`people: ${approved} of ${quorum} `);
  const said = verdicts.length === 0 ? plain('nobody answered') : joined(verdicts.map(verdictWords), '; ');
  return [
    {
      gate: 'people',
      tone: decision === 'allow' ? 'good' : 'bad',
      text: words`${count}${approverRole} approved (${approvalId}): ${said}`,
    },
  ];
}

/** Distinct people whose last word is yes. */
function standingApprovals(verdicts: readonly ReceiptVerdict[]): readonly string[] {
  const last = new Map(verdicts.map(({ by, verdict }) => [by, verdict]));
  return [...last].filter(([, verdict]) => verdict === 'approve').map(([by]) => by);
}

const VERDICTS: Readonly<Record<GivenVerdict, string>> = {
  ...{ approve: 'approved', reject: 'rejected', withdraw: 'took the approval back' },
};

export function verdictWords({ by, verdict, at, via, note }: ReceiptVerdict): Words {
  const how = plain(` ${VERDICTS[verdict]} via ${via} at ${at}`);
  return words`${by}${how}${note === undefined ? [] : words`, saying ${note}`}`;
}

function breakGlassGate({ breakGlass }: ReceiptCall): readonly Gate[] {
  return breakGlass === undefined
    ? []
    : [
        {
          gate: 'break-glass',
          tone: 'open',
          text: words`break-glass: under grant ${breakGlass.grantId} for incident ${breakGlass.incident}`,
        },
      ];
}

function budgetGate(
  { holdMicroDollars }: ReceiptDecision,
  { capMicroDollars }: GateContext,
): readonly Gate[] {
  if (holdMicroDollars === undefined) {
    return [];
  }
  const cap =
    capMicroDollars === undefined ? 'the cap of the run' : `the run's cap of ${money(capMicroDollars)}`;
  return [
    {
      gate: 'budget',
      tone: 'good',
      text: plain(`budget: ${money(holdMicroDollars)}, the most that it may cost, set aside within ${cap}`),
    },
  ];
}

/** The reasons of a refusal are those of its policies, so they are said once. */
function refusal({ reasons, policies }: ReceiptDecision): Gate {
  const why = reasons.map(({ message }) => [{ value: message }]);
  const by = policies.length === 0 ? [] : [words` by ${values(policies)}`];
  return { gate: 'policy', tone: 'bad', text: words`refused${joined(by)}: ${joined(why, '; ')}` };
}

function policyWords(ids: readonly string[], { policies }: GateContext): Words {
  if (ids.length === 0) {
    return plain('no policy by name');
  }
  return joined(
    ids.map((id) => {
      const reason = policies.get(id)?.reason;
      return words`${id}${reason === undefined ? [] : words` (${reason})`}`;
    }),
  );
}

function contextWords(context: DecisionContext): Words {
  const {
    mode,
    user,
    resource,
    facts,
    users = [],
    hidden = [],
    approvals,
    history,
    scores,
    origins,
  } = context;
  const roles = user.roles === undefined ? [] : words` as ${values(user.roles)}`;
  const parts = [
    plain(`mode ${mode}`),
    words`user ${user.id}${roles}`,
    ...recordWords('resource', resource),
    ...recordWords('facts', facts),
    ...(users.length === 0 ? [] : [words`${values(users)} being that user`]),
    ...recordWords('people behind it', approvals),
    ...recordWords('history', history),
    ...(scores === undefined
      ? []
      : [
          words`scores of what it had read: injection ${String(scores.injection)}, sentiment ${String(scores.sentiment)}`,
        ]),
    ...recordWords('origins', origins),
    ...(hidden.length === 0 ? [] : [words`${values(hidden)}, whose values the log does not keep`]),
  ];
  return joined(parts, '; ');
}

function recordWords(name: string, record: Readonly<Record<string, unknown>> | undefined): readonly Words[] {
  const entries = Object.entries(record ?? {}).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return entries.length === 0 ? [] : [words`${plain(`${name} `)}${values(entries)}`];
}
