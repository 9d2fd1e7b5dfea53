import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileExpression } from '../../../domain/envelope/expression/compile.ts';
import { parseExpression } from '../../../domain/envelope/expression/parse.ts';
import { cedarSchema } from '../../../domain/policy/cedar-schema.ts';
import { policyRequest } from '../../../domain/policy/request.ts';
import { cedarEngine } from '../../../functions/adapters/cedar.ts';
import { callTypes } from '../../../infra/policy/call-types.ts';
import { bundledPolicy } from '../../../infra/policy/policy-text.ts';
import { DESK } from '../../support/desk-tools.ts';
import { seeded } from '../../support/random.ts';

const EXPRESSIONS = Number(process.env.EXPRESSIONS ?? 300);
const CALLS = 40;

const refund = DESK.tools[0] as (typeof DESK.tools)[number];
const schema = cedarSchema([DESK], ['support_manager'], {});

type Value = string | number | boolean | readonly (string | number)[] | undefined;

/** Names as a rule has them, with values that a call may have; undefined where one may be missing. */
const NAMES: Readonly<Record<string, readonly Value[]>> = {
  'params.amount_usd': [0, 0.1, 1.25, 99.99, 100, -3.5],
  'params.copies': [undefined, 0, 1, 2, 7],
  'params.reason': [undefined, '', 'a', 'b'],
  'params.in': [undefined, true, false],
  'params.to.iban': [undefined, 'a', 'b'],
  'user.roles': [[], ['a'], ['a', 'b']],
  'ticket.tags': [undefined, [], ['a'], ['b', 'a']],
  'ticket.priority': [undefined, 0.5, 1, 100],
  open_days: [undefined, 0, 1, 7],
  is_vip: [true, false],
  fraud_risk_score: [undefined, 0.1, 0.7, 1],
  lifetime_refunds_usd: [undefined, 0, 1, 99.99],
  'facts.trusted_accounts': [['a'], ['b', 'c'], []],
};

type Sample = Readonly<Record<string, Value>>;
type Random = (below: number) => number;

/** An expression as text, and what it comes to for a sample: undefined when that cannot be known. */
interface Sentence {
  readonly text: string;
  readonly truth: (sample: Sample) => boolean | undefined;
}

const literal = (value: Value) => JSON.stringify(value);

const RELATIONS: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

function atom(random: Random): Sentence {
  const names = Object.keys(NAMES);
  const name = names[random(names.length)] as string;
  const values = (NAMES[name] as Value[]).filter((value) => value !== undefined);
  const value = values[random(values.length)] as Exclude<Value, undefined>;
  const about = (test: (found: Exclude<Value, undefined>) => boolean) => (sample: Sample) => {
    const found = sample[name];
    return found === undefined ? undefined : test(found);
  };
  if (typeof value === 'object') {
    const one = ['a', 'b', 'z'][random(3)] as string;
    const includes = about((found) => (found as readonly unknown[]).includes(one));
    return random(2) === 0
      ? { text: `${name} includes ${literal(one)}`, truth: includes }
      : { text: `${literal(one)} in ${name}`, truth: includes };
  }
  if (typeof value === 'boolean' && random(2) === 0) {
    return { text: name, truth: about((found) => found === true) };
  }
  if (typeof value !== 'boolean' && random(3) === 0) {
    const others = values.filter(() => random(2) === 0) as (string | number)[];
    const list = others.length === 0 ? [value] : others;
    const negated = random(2) === 0;
    return {
      text: `${name} ${negated ? 'not in' : 'in'} [${list.map(literal).join(', ')}]`,
      truth: about((found) => list.some((each) => each === found) !== negated),
    };
  }
  if (typeof value === 'number' && random(3) > 0) {
    const [operator = '', relation = () => false] = Object.entries(RELATIONS)[random(4)] ?? [];
    return {
      text: `${name} ${operator} ${literal(value)}`,
      truth: about((found) => relation(found as number, value)),
    };
  }
  const negated = random(2) === 0;
  return {
    text: `${name} ${negated ? '!=' : '=='} ${literal(value)}`,
    truth: about((found) => (found === value) !== negated),
  };
}

/** Kleene's three values: what is not known stays so unless the other side decides. */
function sentence(random: Random, depth: number): Sentence {
  const kind = depth === 0 ? 0 : random(4);
  if (kind === 0) {
    return atom(random);
  }
  const left = sentence(random, depth - 1);
  if (kind === 1) {
    return {
      text: `not (${left.text})`,
      truth: (sample) => {
        const truth = left.truth(sample);
        return truth === undefined ? undefined : !truth;
      },
    };
  }
  const right = sentence(random, depth - 1);
  const decides = kind === 2;
  return {
    text: `(${left.text}) ${decides ? 'or' : 'and'} (${right.text})`,
    truth: (sample) => {
      const truths = [left.truth(sample), right.truth(sample)];
      return truths.includes(decides) ? decides : truths.includes(undefined) ? undefined : !decides;
    },
  };
}

function callOf(sample: Sample): ReturnType<typeof policyRequest> {
  const given = (members: Record<string, Value | object>) =>
    Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
  const cents = sample.lifetime_refunds_usd;
  return policyRequest({
    ...{ agent: 'desk', workflow: 'desk', tenant: 'acme', mode: 'autonomous', definition: refund },
    user: { id: 'ann', roles: sample['user.roles'] as string[] },
    arguments: given({
      ticket_id: 't1',
      amount_usd: sample['params.amount_usd'],
      reason: sample['params.reason'],
      copies: sample['params.copies'],
      in: sample['params.in'],
      to: given({ iban: sample['params.to.iban'] }),
    }),
    facts: {
      resource: {
        type: 'Ticket',
        id: 't1',
        attributes: given({
          exists: true,
          tags: sample['ticket.tags'],
          openDays: sample.open_days,
          priority: sample['ticket.priority'],
        }),
      },
      call: given({
        isVip: sample.is_vip,
        fraudRiskScore: sample.fraud_risk_score,
        lifetimeRefundsCents: typeof cents === 'number' ? Math.round(cents * 100) : undefined,
        trustedAccounts: sample['facts.trusted_accounts'],
      }),
    },
    approvals: { support_manager: 0 },
    at: '2026-01-07T14:30:00.000Z',
    history: {},
    scores: { injection: 0 },
  });
}

test('compiled expressions come to what they say, for random expressions and random calls', () => {
  const share = seeded(7);
  const random: Random = (below) => Math.floor(share() * below);
  const types = callTypes(schema).get(refund.name);
  assert.ok(types);
  const sentences = Array.from({ length: EXPRESSIONS }, () => sentence(random, 3));
  const policies = sentences.flatMap(({ text }, number) => {
    const { holds, fails } = compileExpression(parseExpression(text), types);
    return Object.entries({ holds, fails }).map(([side, condition]) => {
      const head = `@id("${number}-${side}") permit (principal, action, resource is Ticket)`;
      const policy = bundledPolicy(`${head} when { context.tenant == "acme" && (${condition}) };`, {
        file: 'a.cedar',
        prefix: 'a',
        line: 1,
      });
      assert.ok('id' in policy, `${text}: ${JSON.stringify(policy)}`);
      return policy;
    });
  });
  const engine = cedarEngine({ schema, policies });
  const seen = { true: 0, false: 0, undefined: 0 };
  for (let call = 0; call < CALLS; call += 1) {
    const sample: Sample = Object.fromEntries(
      Object.entries(NAMES).map(([name, values]) => [name, values[random(values.length)]]),
    );
    const decided = new Set(engine.evaluate(callOf(sample)).policies);
    for (const [number, { text, truth }] of sentences.entries()) {
      const expected = truth(sample);
      const found = [decided.has(`a/${number}-holds`), decided.has(`a/${number}-fails`)];
      const wanted = [expected === true, expected === false];
      assert.deepEqual(found, wanted, `${text}\n${JSON.stringify(sample)}`);
      seen[`${expected}`] += 1;
    }
  }
  assert.ok(Math.min(...Object.values(seen)) > 500, JSON.stringify(seen));
});
