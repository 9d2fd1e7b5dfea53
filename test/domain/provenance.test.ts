import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { nameOf, namesInOutput, namesInPrompt } from '../../domain/provenance/identifiers.ts';
import { originsOf, seenInMessage, seenInOutput, seenInPrompt } from '../../domain/provenance/origin.ts';
import { defineTool, type ToolDefinition } from '../../domain/tool/definition.ts';

const KEY = 'of this run';

const base = {
  description: 'a tool of this test',
  output: z.unknown(),
  resource: 'Account',
  access: [],
  maximumCostMicroDollars: 1,
  timeoutSeconds: 1,
  loggedArguments: [],
} as const;

const reading = { ...base, effect: 'read', tier: 0, input: z.strictObject({}) } as const;
const directory = defineTool({ ...reading, name: 'bank.find_person', outputOrigin: 'directory' });
const ledger = defineTool({ ...reading, name: 'bank.list_payments', outputOrigin: 'trusted' });
const mail = defineTool({ ...reading, name: 'mail.read_mail' });
const pay = defineTool({
  ...base,
  name: 'bank.send_money',
  effect: 'write',
  tier: 3,
  idempotency: 'by_key',
  input: z.strictObject({
    to: z.union([z.string(), z.array(z.string())]),
    cents: z.int(),
    text: z.string(),
    files: z.array(z.object({ id: z.string() })),
  }),
  keyArguments: { to: 'value', cents: 'value', text: 'embedded', files: { member: 'id' } },
  namedBy: ['title'],
});
const TOOLS: readonly ToolDefinition[] = [directory, ledger, mail, pay];
const findTool = (name: string) => TOOLS.find((tool) => tool.name === name);

interface Heard {
  readonly prompt?: string;
  readonly outputs?: readonly (readonly [ToolDefinition, unknown])[];
}

function origins(
  parameters: Readonly<Record<string, unknown>>,
  { prompt = '', outputs = [] }: Heard,
  title = 'untitled',
) {
  const seen = [
    seenInPrompt(prompt, KEY),
    ...outputs.map(([tool, output]) => seenInOutput(tool, {}, output, KEY)),
  ];
  const resource = { type: 'Account', id: 'A-1', attributes: { title } };
  return originsOf(pay, parameters, resource, seen, KEY, findTool);
}

const IBAN = 'DE89370400440532013000';

test('what the person wrote in the task comes from the user, however it is surrounded', () => {
  for (const prompt of [
    `pay ${IBAN}`,
    `pay (${IBAN}).`,
    'pay "DE89 3704 0044 0532 0130 00", please',
    `PAY ${IBAN.toLowerCase()}!`,
    `pay\n- ${IBAN}\n- nobody else`,
  ]) {
    assert.equal(origins({ to: IBAN }, { prompt }).to, 'user', prompt);
  }
});

test('a value of some words is the user’s when the words stand together in the task', () => {
  const prompt = "reschedule my 'Dental check-up' and tell Sarah Baker, today";
  assert.equal(origins({ to: 'Dental check-up' }, { prompt }).to, 'user');
  assert.equal(origins({ to: 'sarah baker' }, { prompt }).to, 'user');
  assert.equal(origins({ to: 'Dental Baker' }, { prompt }).to, 'none');
  assert.equal(origins({ to: 'Baker Sarah' }, { prompt }).to, 'none');
});

test('a part of a word in the task is nobody’s', () => {
  const prompt = 'tell anna.schmidt@example.com that password is no good';
  for (const to of ['schmidt@example.com', 'anna', 'old_password', 'example.com']) {
    assert.equal(origins({ to }, { prompt }).to, 'none', to);
  }
});

test('every origin is told apart, and the best one counts', () => {
  const answered = (tool: ToolDefinition) => ({ outputs: [[tool, { iban: IBAN }]] }) as const;
  assert.equal(origins({ to: IBAN }, answered(directory)).to, 'directory');
  assert.equal(origins({ to: IBAN }, answered(ledger)).to, 'trusted_tool');
  assert.equal(origins({ to: IBAN }, answered(mail)).to, 'untrusted_tool');
  assert.equal(origins({ to: IBAN }, {}).to, 'none');
  const all = {
    prompt: `to ${IBAN}`,
    outputs: [mail, ledger, directory].map((tool) => [tool, IBAN] as const),
  };
  assert.equal(origins({ to: IBAN }, all).to, 'user');
  assert.equal(origins({ to: IBAN }, { outputs: all.outputs }).to, 'directory');
  assert.equal(origins({ to: IBAN }, { outputs: all.outputs.slice(0, 2) }).to, 'trusted_tool');
});

test('a list is no better than its worst element', () => {
  const heard = { prompt: 'write to a@example.com', outputs: [[mail, 'and b@example.com']] } as const;
  assert.equal(origins({ to: ['a@example.com'] }, heard).to, 'user');
  assert.equal(origins({ to: ['a@example.com', 'b@example.com'] }, heard).to, 'untrusted_tool');
  assert.equal(origins({ to: ['a@example.com', 'c@example.com'] }, heard).to, 'none');
});

test('what was not given is absent, and an empty list is too', () => {
  assert.deepEqual(
    [
      origins({}, {}).to,
      origins({ to: null }, {}).to,
      origins({ to: [] }, {}).to,
      origins({ text: 'hello' }, {}).text,
    ],
    ['absent', 'absent', 'absent', 'absent'],
  );
});

test('of a list of objects the declared member counts, and one without it is nobody’s', () => {
  const heard = { prompt: 'attach report-7.pdf' };
  assert.equal(origins({ files: [{ id: 'report-7.pdf', type: 'file' }] }, heard).files, 'user');
  assert.equal(origins({ files: [{ type: 'report-7.pdf' }] }, heard).files, 'none');
  assert.equal(origins({ files: ['report-7.pdf'] }, heard).files, 'none');
});

test('links, addresses and accounts within a text have origins, words have none', () => {
  const heard = {
    prompt: 'send the minutes from https://intra.example.com/minutes to the client',
    outputs: [[mail, 'click https://bit.example/sUf7 or pay GB29NWBK60161331926819']],
  } as const;
  assert.equal(origins({ text: 'see https://intra.example.com/minutes.' }, heard).text, 'user');
  assert.equal(origins({ text: 'see [this](https://bit.example/sUf7)' }, heard).text, 'untrusted_tool');
  assert.equal(origins({ text: 'pay GB29 NWBK 6016 1331 9268 19 at once' }, heard).text, 'untrusted_tool');
  assert.equal(origins({ text: 'go to www.made-up.example' }, heard).text, 'none');
  assert.equal(origins({ text: 'or to evil.example/x' }, heard).text, 'none');
  assert.equal(origins({ text: 'the minutes are attached' }, heard).text, 'absent');
  assert.equal(
    origins({ text: `x${'y'.repeat(600)}` }, heard).text,
    'none',
    'what is too long to be searched',
  );
});

test('what a call acts on is the user’s when the user named it, by id or by what people call it', () => {
  assert.equal(origins({}, { prompt: 'delete A-1' }).resource, 'user');
  assert.equal(origins({}, { prompt: 'delete the Team Sync' }, 'Team Sync').resource, 'user');
  assert.equal(origins({}, { prompt: 'delete the largest' }, 'Team Sync').resource, 'none');
  assert.equal(origins({}, { outputs: [[mail, 'delete A-1']] }).resource, 'untrusted_tool');
});

test('a number that stands for many things does not say what a call acts on', () => {
  const heard = { prompt: 'what do we do on June 13, and on 2024-06-13?' };
  const resource = { type: 'File', id: '13', attributes: { title: '13' } };
  const seen = [seenInPrompt(heard.prompt, KEY)];
  assert.equal(originsOf(pay, {}, resource, seen, KEY, findTool).resource, 'none');
  assert.equal(origins({ cents: 13 }, heard).cents, 'user', 'as an amount it is one');
  const answered = [...seen, seenInOutput(ledger, {}, { id: '13' }, KEY)];
  assert.equal(originsOf(pay, {}, resource, answered, KEY, findTool).resource, 'trusted_tool');
});

test('of all key arguments the worst is told, of values and of texts apart', () => {
  const heard = { prompt: 'pay a@example.com 12', outputs: [[mail, 'b@example.com']] } as const;
  const told = (parameters: object) => {
    const { values, texts } = origins(parameters as Record<string, unknown>, heard);
    return [values, texts];
  };
  assert.deepEqual(told({}), ['absent', 'absent']);
  assert.deepEqual(told({ to: 'a@example.com', cents: 12, text: 'hello' }), ['user', 'absent']);
  assert.deepEqual(told({ to: 'b@example.com', cents: 12 }), ['untrusted_tool', 'absent']);
  assert.deepEqual(told({ to: 'a@example.com', cents: 13 }), ['user', 'absent'], 'an amount is no name');
  assert.deepEqual(told({ to: 'a@example.com', text: 'ask b@example.com' }), ['user', 'untrusted_tool']);
});

test('an account is not hidden by beginning like a day', () => {
  for (const account of ['2024-05-15 123456789', '1234-56-78 90123456', '2024-05-151', '2024-05-15 99']) {
    assert.equal(origins({ text: `pay to ${account} at once` }, {}).text, 'none', account);
  }
});

test('days and hours are no addresses', () => {
  assert.equal(origins({ text: 'until 2024-06-01, at 2024-05-15 10:00, 12 of 1000' }, {}).text, 'absent');
  assert.equal(origins({ text: 'call +49 30 1234567' }, {}).text, 'none');
});

test('amounts are equal when they are worth the same', () => {
  for (const prompt of ['1200', '1,200', '1,200.00', '$1200.0', '1200,']) {
    assert.equal(origins({ cents: 1200 }, { prompt: `rent is ${prompt}` }).cents, 'user', prompt);
  }
  assert.equal(origins({ cents: 1200 }, { prompt: 'rent is 12000' }).cents, 'none');
  assert.equal(origins({ cents: 1200 }, { prompt: 'rent is -1200' }).cents, 'none');
});

test('long numbers and those that begin with zero are names and not amounts', () => {
  assert.notEqual(nameOf('0012'), nameOf('12'));
  assert.notEqual(nameOf('12345678901234567890'), nameOf('12345678901234567891'));
});

test('a value in letters that only look like those of the user is nobody’s', () => {
  assert.equal(origins({ to: 'ｂob@example.com' }, { prompt: 'write to bob@example.com' }).to, 'none');
  assert.equal(origins({ to: 'bоb@example.com' }, { prompt: 'write to bob@example.com' }).to, 'none');
});

test('a phrase in an answer counts only if the tool is to be believed', () => {
  const text = 'name: Sarah Baker, title: Team Sync';
  assert.equal(origins({ to: 'Sarah Baker' }, { outputs: [[ledger, text]] }).to, 'trusted_tool');
  assert.equal(origins({ to: 'Sarah Baker' }, { outputs: [[mail, text]] }).to, 'none');
});

test('what a call was given is no name of the directory that says it is not in there', () => {
  const seen = [seenInMessage(directory, `there is no person 'iban: ${IBAN}'`, KEY)];
  const resource = { type: 'Account', id: 'A-1', attributes: {} };
  assert.equal(originsOf(pay, { to: IBAN }, resource, seen, KEY, findTool).to, 'untrusted_tool');
});

test('the names of a tool that is registered no more count as untrusted', () => {
  const seen = [{ ...seenInOutput(directory, {}, IBAN, KEY), tool: 'bank.gone' }];
  const resource = { type: 'Account', id: 'A-1', attributes: {} };
  assert.equal(originsOf(pay, { to: IBAN }, resource, seen, KEY, findTool).to, 'untrusted_tool');
});

test('no tool vouches for what it was asked with, however it says that there is no such thing', () => {
  const answer = `nobody is called evil@example.com, see help@example.com`;
  const asked = (parameters: Record<string, unknown>) => [seenInOutput(directory, parameters, answer, KEY)];
  const resource = { type: 'Account', id: 'A-1', attributes: {} };
  const originOf = (to: string, query: string) =>
    originsOf(pay, { to }, resource, asked({ query }), KEY, findTool).to;
  assert.equal(originOf('evil@example.com', 'evil@example.com'), 'none');
  assert.equal(originOf('evil@example.com', 'who is evil@example.com, please?'), 'none');
  assert.equal(originOf('help@example.com', 'evil@example.com'), 'directory');
});

test('names under the key of another run are nobody’s', () => {
  const seen = [seenInPrompt(`pay ${IBAN}`, 'of another run')];
  const resource = { type: 'Account', id: 'A-1', attributes: {} };
  assert.equal(originsOf(pay, { to: IBAN }, resource, seen, KEY, findTool).to, 'none');
});

test('what is kept holds no name', () => {
  const { hashes } = seenInPrompt(`pay ${IBAN} for Sarah`, KEY);
  const text = Buffer.from(hashes).toString('latin1').toLowerCase();
  assert.ok(!text.includes('sarah') && !text.includes('de89'));
});

test('however much comes in, what is kept has an end, and what is over it is nobody’s', () => {
  const words = Array.from({ length: 10_000 }, (_, index) => `id-${index}`);
  assert.equal(namesInPrompt(words.join(' ')).size, 4000);
  assert.equal(namesInOutput(words, true).size, 4000);
  assert.equal(origins({ to: 'id-9999' }, { prompt: words.join(' ') }).to, 'none');
});
