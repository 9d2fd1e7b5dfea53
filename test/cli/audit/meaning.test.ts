import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LedgerEvent } from '../../../contracts/events.ts';
import { canonicalJson } from '../../../domain/call/canonical.ts';
import { audit, eventsAt, honestRun, honestRuns } from '../../support/audited-log.ts';
import { memoryLog, testKey } from '../../support/memory-log.ts';
import { seeded } from '../../support/random.ts';
import { FORGERIES, RUN, START } from './meaning-rows.ts';

const KEY = testKey();

/** Of a log that the product's own code made of these lines and signed, so that only what they say can be wrong. */
async function said(lines: readonly string[], forgets = false) {
  const log = memoryLog(KEY, { forgets });
  const first = JSON.parse(lines[0] ?? '') as LedgerEvent;
  await log.deliver(lines, first);
  await log.integrateAll();
  return audit(log.objects, [KEY]);
}

for (const { what, lines, code, leaf, call } of FORGERIES) {
  test(`${what}: ${code}`, async () => {
    const { problems } = await said(lines);
    const found = problems.map((problem) => [problem.code, problem.leaf, problem.call]);
    assert.deepEqual(found, [[code, leaf, call]]);
  });
}

test('an event that is in the log twice: entry_duplicate', async () => {
  const log = memoryLog(KEY, { forgets: true });
  await log.add(RUN);
  await log.add(RUN.slice(4, 5));
  const { problems } = await audit(log.objects, [KEY]);
  assert.deepEqual(
    problems.map(({ code, leaf, run }) => [code, leaf, run]),
    [['entry_duplicate', 11, 'run-1']],
  );
});

test('an event that a round leaves out and that is no entry: event_outside_log', async () => {
  const log = memoryLog(KEY);
  // the writer takes it for one that it has had
  const { eventsOf } = log.parts.table;
  const hidden = RUN[4] as LedgerEvent;
  Object.assign(log.parts.table, {
    eventsOf: async (run: LedgerEvent) => [
      ...(await eventsOf(run)),
      { position: `${hidden.at}#${hidden.id}`, leaf: 0 },
    ],
  });
  await log.add(RUN, 11);
  const { problems } = await audit(log.objects, [KEY]);
  assert.deepEqual(
    problems.map(({ code, line }) => [code, line]),
    [['event_outside_log', 5]],
  );
});

const lines = (events: readonly unknown[]) => events.map(canonicalJson);
const outcome = (place: number, change: object) =>
  RUN.map((event, at): unknown => (at === place ? { ...event, ...change } : event));
const more = (...bodies: Parameters<typeof eventsAt>[2]) => eventsAt('run-1', START + 5000, bodies);

/** What looks odd and happens. */
const HONEST: Readonly<Record<string, readonly string[]>> = {
  'a run that is open, with a call under way': lines(RUN.slice(0, 9)),
  'a call that nobody decided yet': lines(RUN.slice(0, 4)),
  'a call that people were asked for and that was refused': lines([
    ...RUN.slice(0, 5),
    ...more(['0002-00/decided', { ...(RUN[8] as LedgerEvent), decision: 'deny' } as never]),
  ]),
  'a call of which nobody knows the outcome': lines(outcome(9, { status: 'unknown' })),
  'a call that a person settled': lines([
    ...outcome(9, { status: 'unknown' }),
    ...more([
      '0002-00/settled',
      { type: 'call.settled', callId: '0002-00', tool: 'x', happened: true, by: 'maria', note: '' },
    ]),
  ]),
  'one person of the next role, where the first has a quorum of two': lines(
    [...RUN.slice(0, 4), ...RUN.slice(7)].map((event) => {
      const isAsked = event.id === '0002-00/asked';
      const laterAsks = isAsked ? { laterAsks: [{ approverRole: 'director', quorum: 1 }] } : {};
      const context = event.id === '0002-00/decided' ? { context: { approvals: { director: 1 } } } : {};
      return { ...event, ...laterAsks, ...context };
    }),
  ),
  'people who let a run go on, which is no call': lines([
    ...RUN,
    ...more([
      '0003-go/verdict/1',
      {
        type: 'approval.verdict',
        callId: '0003-go',
        approvalId: 'go-1',
        verdict: 'approve',
        by: 'maria',
        via: 'api',
        afterSeconds: 1,
        state: 'approved',
      },
    ]),
  ]),
  'two runs with calls of the same name': lines([...RUN, ...honestRun('run-2', START)]),
  'letters beyond the basic plane': lines(outcome(0, { owner: '\u{1f980} é "\\\n' })),
};
for (const [what, events] of Object.entries(HONEST)) {
  test(`${what}: no problem`, async () => {
    assert.deepEqual((await said(events)).problems, []);
  });
}

test('the outcome of a call may be missing for a day after its run, and is a note', async () => {
  const { problems, notes } = await said(lines(RUN.filter((_, place) => place !== 9)));
  assert.deepEqual(problems, []);
  assert.deepEqual(
    notes.map(({ code, leaf, call }) => [code, leaf, call]),
    [['outcome_pending', 8, '0002-00']],
  );
});

test('what a log says does not depend on the order of its entries', async () => {
  const random = seeded(5);
  for (let round = 0; round < 20; round += 1) {
    const shuffled = [...honestRuns(4)]
      .map((event) => ({ event, place: random() }))
      .sort((left, right) => left.place - right.place)
      .map(({ event }) => event);
    assert.deepEqual((await said(lines(shuffled))).problems, []);
    const executed = shuffled.filter(({ id, runId }) => !(id === '0001-00/decided' && runId === 'run-2'));
    assert.deepEqual(
      (await said(lines(executed))).problems.map(({ code, run, call }) => [code, run, call]),
      [['execution_unauthorized', 'run-2', '0001-00']],
    );
  }
});
