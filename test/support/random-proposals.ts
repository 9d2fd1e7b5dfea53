import type { Proposal } from '../../contracts/call.ts';
import { chooser } from './fuzz.ts';

/** As they are written in JSON: what JavaScript would not write is among them. */
const NUMBERS = [
  ...['0', '-0', '1', '-1', '0.5', '1.0', '1e0', '500', '501', '5000', '100', '9007199254740991'],
  ...[
    '9007199254740993',
    '9223372036854775807',
    '9223372036854775808',
    '-1e308',
    '1e400',
    '-1e400',
    '1e-400',
  ],
];
const NAMES = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__entity', '__extn', '__expr'],
  ...[
    'approved',
    'mode',
    'user',
    'context',
    'order_id',
    'member_id',
    '',
    '.',
    '\u0000',
    '\u200b',
    'ﬁ',
    'a b',
  ],
];
const TEXTS = [
  ...[
    'NaN',
    'Infinity',
    '-0',
    'null',
    'true',
    '[]',
    '{}',
    '*',
    '%00',
    '../../etc',
    '$'.concat('{context.user.id}'),
  ],
  ...['Agent::"store-operator"', '") || true //', '{"__entity":{"type":"Agent","id":"a"}}', 'acme#other'],
  ...['\u200b', '\u202e', '\u0000', '\ufeff', '\ud83d\ude00', '\u0430', 'İ', 'ß', '\n', '\u2028'],
];
/** Half of a surrogate pair: JSON may hold it, UTF-8 may not. */
const HALF_PAIRS = ['"\\ud800"', '"a\\udc00b"'];
const LONG = 5000;
const DEEP = 2000;
const MANY = 20_000;
const MOST_DEPTH = 3;

/**
 * What a model might send, as the JSON text that arrives.
 *
 * @param sound - proposals that fit their tools; most of what is made differs from one of them in one place, because
 *   what is wrong everywhere is refused at the first look
 */
export function randomProposals(random: () => number, sound: readonly Proposal[]): () => string {
  const { below, one, oncein } = chooser(random);
  const text = () => JSON.stringify(one(TEXTS));

  function anything(depth = 0): string {
    const flat = [
      () => one(['null', 'true', 'false', '""']),
      () => one(NUMBERS),
      text,
      () => one(HALF_PAIRS),
      () => JSON.stringify('x'.repeat(below(LONG))),
    ];
    const nested = [
      () => `[${Array.from({ length: below(4) }, () => anything(depth + 1)).join()}]`,
      () => `{${Array.from({ length: below(4) }, () => member(depth)).join()}}`,
      () => '['.repeat(DEEP) + ']'.repeat(DEEP),
      () => `{"__entity":{"type":"Agent","id":${text()}}}`,
      () => `{"__extn":{"fn":"ip","arg":${text()}}}`,
      () => `[${Array.from({ length: below(100) }, text).join()}]`,
      () => `{${Array.from({ length: MANY }, (_, index) => `"${index}a":0`).join()}}`,
    ];
    return one(depth < MOST_DEPTH ? [...flat, ...nested] : flat)();
  }

  const member = (depth = 0) => `${JSON.stringify(one(NAMES))}:${anything(depth + 1)}`;

  /** Names that somebody could take for a tool's. */
  function near(tool: string): string {
    const at = below(tool.length);
    return one([
      () => one(NAMES),
      () => tool.toUpperCase(),
      () => `${tool} `,
      () => `${tool.slice(0, at)}\u200b${tool.slice(at)}`,
      () => tool.replace('a', '\u0430'),
      () => tool.slice(0, at),
      () => `${tool}_${'x'.repeat(below(200))}`,
      () => one(sound).tool,
    ])();
  }

  /** The arguments with one of them replaced, dropped or added. */
  function nearArguments(proposal: Proposal): string {
    const members = Object.entries(proposal.arguments).map(([name, value]) => [name, JSON.stringify(value)]);
    const [at, way] = [below(members.length), below(4)];
    const changed = members.flatMap(([name, value], index) => {
      if (index !== at) {
        return [[name, value]];
      }
      return way === 0 ? [] : [[name, way === 1 ? anything(MOST_DEPTH) : way === 2 ? anything() : value]];
    });
    const written = changed.map(([name, value]) => `${JSON.stringify(name)}:${value}`);
    return `{${[...written, ...(way === 3 ? [member()] : [])].join()}}`;
  }

  return () => {
    const proposal = one(sound);
    const tool = JSON.stringify(oncein(6) ? near(proposal.tool) : proposal.tool);
    const given = one([
      () => JSON.stringify(proposal.arguments),
      () => nearArguments(proposal),
      () => nearArguments(proposal),
      () => (oncein(3) ? anything() : JSON.stringify(proposal.arguments)),
    ])();
    const more = oncein(12) ? `,${member()}` : '';
    return oncein(15) ? anything() : `{"tool":${tool},"arguments":${given}${more}}`;
  };
}
