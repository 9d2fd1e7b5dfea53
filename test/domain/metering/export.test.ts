import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COLUMNS, MEASURE_NAMES } from '../../../domain/metering/columns.ts';
import { csvOf, ndjsonOf } from '../../../domain/metering/export.ts';
import { runDays, usageRows } from '../../../domain/metering/usage.ts';
import { CAP, eventsOfRun, METERING, meteredOf, opened } from '../../support/metered.ts';

test('an export has every column in its order, and text that CSV would take apart in quotes', () => {
  const odd = 'a "b", c\nd';
  const rows = usageRows(runDays(meteredOf(eventsOfRun({ tenant: odd }, opened())), METERING));
  const [header = '', ...rest] = csvOf(rows).split('\r\n');
  assert.deepEqual(header.split(','), ['tenant', 'day', 'workflow', 'agent', ...MEASURE_NAMES]);
  assert.equal(rest.join('\r\n').slice(0, 40), '"a ""b"", c\nd",2026-11-21,desk,desk,1,0,');
  const [line = '', end] = ndjsonOf(rows).split('\n');
  assert.deepEqual([Object.keys(JSON.parse(line)), end], [COLUMNS.map(({ name }) => name), '']);
  const { tenant, day, caps_micro_dollars } = JSON.parse(line);
  assert.deepEqual([tenant, day, caps_micro_dollars], [odd, '2026-11-21', CAP]);
  assert.equal(csvOf([]), `${header}\r\n`);
});

for (const [title, text] of Object.entries({
  comma: 'a,b',
  quote: 'a"b',
  'line feed': 'a\nb',
  return: 'a\rb',
})) {
  test(`a field with a ${title} is in quotes`, () => {
    const rows = usageRows(runDays(meteredOf(eventsOfRun({ tenant: text }, opened())), METERING));
    assert.ok(csvOf(rows).includes(`\r\n"${text.replace('"', '""')}",2026-11-21,`));
  });
}
