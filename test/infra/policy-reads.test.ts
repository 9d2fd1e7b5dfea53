import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { readsOf } from '../../infra/policy/policy-reads.ts';
import { fuzzing } from '../support/fuzz.ts';
import { seeded } from '../support/random.ts';

function readsIn(conditions: string): string[] {
  const answer = policyToJson(`permit (principal, action, resource) ${conditions};`);
  assert.ok(answer.type === 'success', conditions);
  return readsOf(answer.json);
}

const EVERYTHING = ['history.*', 'provenance.*', 'scores.*', 'time.*'];

const READS: Readonly<Record<string, readonly [conditions: string, reads: readonly string[]]>> = {
  'a member': ['when { context.history.payments < 3 }', ['history.payments']],
  'a member in an unless': ['unless { context.history.payments < 3 }', ['history.payments']],
  'members of every clause': [
    'when { context.provenance.to == "user" } unless { context.scores.injection > 5 || context.history.b > 1 }',
    ['history.b', 'provenance.to', 'scores.injection'],
  ],
  'a member by its index': ['when { context.history["payments"] < 3 }', ['history.payments']],
  'a part by its index': ['when { context["history"].payments < 3 }', ['history.payments']],
  'both by index': ['when { context["history"]["pay ments"] < 3 }', ['history.pay ments']],
  'whether a member is there': ['when { context.provenance has to }', ['provenance.to']],
  'whether members of members are there': ['when { context has provenance.to }', ['provenance.to']],
  'whether a part is there': ['when { context has provenance }', ['provenance.*']],
  'a part as a whole': ['when { context.history == {payments: 1} }', ['history.*']],
  'the context as a whole': ['when { context == {a: 1} }', EVERYTHING],
  'the context in a set': ['when { [context].isEmpty() }', EVERYTHING],
  'a part chosen by a condition': [
    'when { (if context.mode == "x" then context.history else {payments: 1}).payments < 3 }',
    ['history.*'],
  ],
  'the context chosen by a condition': [
    'when { (if true then context else {history: {payments: 1}}).history.payments < 3 }',
    EVERYTHING,
  ],
  'the branches and the condition of an if': [
    'when { if context.history.a > 1 then context.scores.injection < 3 else [context.provenance.to].contains("user") }',
    ['history.a', 'provenance.to', 'scores.injection'],
  ],
  'inside records, negations, likes and arithmetic': [
    'when { {x: !(-context.history.a < 2 + context.history.b)}.x && context.provenance.to like "u*" }',
    ['history.a', 'history.b', 'provenance.to'],
  ],
  'nothing of what is always there': [
    'when { context.arguments.history == "a" && context.facts has scores && context.user.id == "x" && context has facts }',
    [],
  ],
  'nothing of a resource that has such attributes': ['when { resource.history.payments < 3 }', []],
};

for (const [title, [conditions, reads]] of Object.entries(READS)) {
  test(`a policy reads ${title}`, () => {
    assert.deepEqual(readsIn(conditions), reads);
  });
}

const { seed, cases } = fuzzing(3000);

/** Ways to write a part, and a member of it; none of them may hide it. */
const SPELLINGS: readonly ((part: string, member: string) => string)[] = [
  (part, member) => `context.${part}.${member}`,
  (part, member) => `context["${part}"].${member}`,
  (part, member) => `context.${part}["${member}"]`,
  (part, member) => `(context)["${part}"]["${member}"]`,
  (part, member) => `(if context has ${part} then context.${part} else context.${part}).${member}`,
  (part, member) => `(if true then context else context)["${part}"].${member}`,
  (part, member) => `{a: context}.a.${part}.${member}`,
  (part, member) => `{a: {b: context["${part}"]}}["a"].b["${member}"]`,
  (part, member) => `(if context has ${part}.${member} then context.${part}.${member} else 0)`,
];

/** Ways to put a comparison somewhere deep. */
const AROUND: readonly ((condition: string) => string)[] = [
  (condition) => `!(${condition})`,
  (condition) => `context.mode == "x" && (${condition})`,
  (condition) => `(${condition}) || principal == resource`,
  (condition) => `if ${condition} then true else false`,
  (condition) => `if resource has a then ${condition} else (${condition})`,
  (condition) => `[${condition}].contains(true)`,
  (condition) => `{ "a": ${condition} }.a`,
];

test(`whatever way a counter, an origin or a score is written, the policy is known to read it (FUZZ_SEED=${seed})`, () => {
  const random = seeded(seed);
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  for (let index = 0; index < cases; index += 1) {
    const [part, member] = [one(['history', 'provenance', 'scores']), one(['payments', 'to', 'injection'])];
    let condition = one([
      `${one(SPELLINGS)(part, member)} == ${one(['1', '"user"'])}`,
      `context has ${part}.${member}`,
      `context["${part}"] has ${member}`,
    ]);
    for (let depth = Math.floor(random() * 4); depth > 0; depth -= 1) {
      condition = one(AROUND)(condition);
    }
    const text = `${one(['when', 'unless'])} { ${condition} }`;
    const reads = readsIn(text);
    assert.ok(reads.includes(`${part}.${member}`) || reads.includes(`${part}.*`), `${text}: ${reads}`);
  }
});
