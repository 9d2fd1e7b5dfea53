import type { PolicyRequest } from '../../domain/policy/request.ts';

/** Groups within groups, principals and resources below others, two types of each. */
export const SCHEMA = `
entity Team in [Team];
entity Agent in [Team];
entity Robot in [Team];
entity Folder in [Folder];
entity Order in [Folder] = { exists: Bool, owner?: String, limit: Long };
entity Ticket in [Folder] = { exists: Bool, limit: Long };
action "all";
action "read", "write" in [Action::"all"];
action "tier1", "tier2";
action "get" in [Action::"read"] appliesTo { principal: [Agent, Robot], resource: [Order, Ticket], context: Context };
action "pay" in [Action::"write", Action::"tier1"] appliesTo { principal: [Agent, Robot], resource: [Order], context: Context };
action "file" in [Action::"write", Action::"tier2"] appliesTo { principal: [Agent], resource: [Ticket, Order], context: Context };
action "lone" appliesTo { principal: [Agent, Robot], resource: [Order, Ticket], context: Context };
type Context = { arguments: { cents: Long, to: String }, user: { id: String, roles: Set<String> }, tenant: String, workflow: String, mode: String, approvals: { manager: Long, auditor: Long }, time: { epochSeconds: Long, hour: Long, weekday: Long }, history: {}, scores: { injection: Long } };
`;

const TOOLS = ['get', 'pay', 'file', 'lone'];
const ACTIONS = [...TOOLS, 'all', 'read', 'write', 'tier1', 'tier2', 'nowhere'];
/** Ids that are also written in other places, so that what confuses names or types is found out. */
const IDS = ['a', 'b', 'c', 'a"b', '*', 'null', '__proto__', 'Ünï\u{1f600}'];
const ROLES = ['manager', 'auditor'];
const OVERFLOW = '9223372036854775807';

/** @param random - at least 0, less than 1 */
export function randomCases(random: () => number) {
  const below = (end: number) => Math.floor(random() * end);
  const one = <T>(values: readonly T[]): T => values[below(values.length)] as T;
  const some = <T>(values: readonly T[], most: number): T[] =>
    values.length === 0 ? [] : Array.from({ length: below(most + 1) }, () => one(values));
  const uid = (type: string, id = one(IDS)) => `${type}::${quoted(id)}`;

  function entityHead(variable: string, types: readonly string[], above: string): string {
    const type = one(types);
    return one([
      () => variable,
      () => `${variable} == ${uid(one([...types, above]))}`,
      () => `${variable} in ${uid(one([type, above, above]))}`,
      () => `${variable} is ${type}`,
      () => `${variable} is ${type} in ${uid(one([type, above, above]))}`,
    ])();
  }

  function actionHead(): string {
    const action = () => uid('Action', one(ACTIONS));
    return one([
      () => 'action',
      () => `action == ${action()}`,
      () => `action in ${action()}`,
      () => `action in [${[action(), ...some(ACTIONS, 3).map((each) => uid('Action', each))].join(', ')}]`,
    ])();
  }

  function condition(): string {
    return one([
      () => `context.arguments.cents <= ${below(4) * 100}`,
      () => `context.user.roles.contains(${quoted(one(['clerk', 'boss']))})`,
      () => `context.mode == ${quoted(one(['autonomous', 'read_only']))}`,
      () => `context.approvals.${one(ROLES)} >= ${1 + below(2)}`,
      () => 'resource has owner && resource.owner == context.user.id',
      () => `resource.limit > ${below(3)}`,
      () => `principal in ${uid('Team')}`,
      failing,
    ])();
  }

  /** What validation cannot exclude, and what it would. */
  function failing(): string {
    const approvals = `context.approvals.${one(ROLES)} * ${OVERFLOW} > 0`;
    return one([`resource.limit * ${OVERFLOW} > 0`, approvals, 'resource.owner == "a"']);
  }

  function policy(): string {
    const quorum = { role: one(ROLES), people: 1 + below(2) };
    const asks = below(3) === 0;
    const effect = asks ? 'permit' : one(['permit', 'permit', 'forbid']);
    const head = [
      entityHead('principal', ['Agent', 'Robot'], 'Team'),
      actionHead(),
      entityHead('resource', ['Order', 'Ticket'], 'Folder'),
    ].join(', ');
    const clauses = some(['when', 'unless'], 2).map((kind) => ` ${kind} { ${condition()} }`);
    const annotations = asks ? `@approvers("${quorum.role}") @quorum("${quorum.people}") ` : '';
    const approved = asks ? ` when { context.approvals.${quorum.role} >= ${quorum.people} }` : '';
    return `${annotations}${effect} (${head})${clauses.join('')}${approved};`;
  }

  /** Entities of one type in a hierarchy without circles: parents come later in the list. */
  function hierarchy(type: string): PolicyRequest['entities'] {
    return IDS.map((id, index) => ({
      uid: { type, id },
      attrs: {},
      parents: some(IDS.slice(index + 1), 2).map((parent) => ({ type, id: parent })),
    }));
  }

  function request(): PolicyRequest {
    const principal = { type: one(['Agent', 'Agent', 'Robot']), id: one([...IDS, 'stranger']) };
    const resource = { type: one(['Order', 'Ticket']), id: one([...IDS, 'stranger']) };
    const attributes = {
      exists: below(2) === 0,
      limit: below(4),
      ...(resource.type === 'Order' && below(2) === 0 ? { owner: one(IDS) } : {}),
    };
    const parents = (type: string) => some(IDS, 2).map((id) => ({ type, id }));
    // now and then what the schema refuses
    const oddly = <T>(value: T, odd: readonly unknown[]): T => (below(80) === 0 ? (one(odd) as T) : value);
    const extension = { __extn: { fn: 'ip', arg: '10.0.0.1' } };
    return {
      principal,
      // now and then what the schema refuses
      action: { type: 'Action', id: one([...TOOLS, ...TOOLS, ...TOOLS, ...ACTIONS]) },
      resource,
      context: {
        arguments: {
          cents: one([0, 100, 250, 1000, ...(below(20) === 0 ? ['many', 0.5, null] : [])]),
          to: oddly(one(IDS), [7, extension, undefined, ['a']]),
        },
        user: oddly(
          { id: one(IDS), roles: oddly(some(['clerk', 'boss'], 2), ['clerk', [1], [extension], undefined]) },
          [null, [], { id: 'a' }, { __entity: resource }],
        ),
        tenant: 'acme',
        workflow: 'bills',
        mode: one(['autonomous', 'read_only']),
        approvals: oddly({ manager: below(3), auditor: below(3) }, [
          { manager: 1 },
          { manager: 1, auditor: 1, boss: 1 },
        ]),
        time: { epochSeconds: 1_769_850_000, hour: below(24), weekday: 1 + below(7) },
        history: {},
        scores: { injection: below(1001) },
      },
      entities: [
        { uid: principal, attrs: {}, parents: parents('Team') },
        {
          uid: resource,
          attrs: oddly(attributes, [{}, { ...attributes, more: 1 }, { ...attributes, limit: 'a' }]),
          parents: parents(oddly('Folder', ['Team'])),
        },
        ...hierarchy('Team'),
        ...hierarchy('Folder'),
      ],
    };
  }

  return { policies: (most: number) => Array.from({ length: below(most + 1) }, policy), request };
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
