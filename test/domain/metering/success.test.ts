import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSuccessful } from '../../../domain/metering/success.ts';
import { runDays, total } from '../../../domain/metering/usage.ts';
import {
  closed,
  decided,
  eventsOfRun,
  executed,
  type Happened,
  METERING,
  meteredOf,
  opened,
} from '../../support/metered.ts';

const ORDER = 'shop.cancel';
const READ = 'shop.get_order';
/** What a run does, and whether that is a success. */
const ENDS: Readonly<Record<string, readonly [boolean, readonly Happened[]]>> = {
  'reads and completes': [true, [decided('0001-00', READ), executed('0001-00'), closed()]],
  'writes and completes': [true, [decided('0001-00', ORDER), executed('0001-00'), closed()]],
  'makes no call': [false, [closed()]],
  'has only calls that failed': [
    false,
    [decided('0001-00', READ), executed('0001-00', 0, 'failed'), closed()],
  ],
  'is stopped': [false, [decided('0001-00', READ), executed('0001-00'), closed('stopped')]],
  'is not closed': [false, [decided('0001-00', READ), executed('0001-00')]],
  'is refused a read beside one that succeeds': [
    true,
    [
      decided('0001-00', READ),
      executed('0001-00'),
      decided('0002-00', READ, 'deny', { resource: 'Order/2' }),
      closed(),
    ],
  ],
  'is refused a write': [
    false,
    [decided('0001-00', READ), executed('0001-00'), decided('0002-00', ORDER, 'deny'), closed()],
  ],
  'is refused a write by people': [
    false,
    [
      ...[decided('0001-00', READ), executed('0001-00'), decided('0002-00', ORDER, 'needs_approval')],
      ...[decided('0002-00', ORDER, 'deny'), closed()],
    ],
  ],
  'writes once people have approved': [
    true,
    [decided('0002-00', ORDER, 'needs_approval'), decided('0002-00', ORDER), executed('0002-00'), closed()],
  ],
  'makes good a write that was refused': [
    true,
    [decided('0001-00', ORDER, 'deny'), decided('0002-00', ORDER), executed('0002-00'), closed()],
  ],
  'fails at a write that it had done before': [
    false,
    [
      ...[decided('0001-00', ORDER), executed('0001-00'), decided('0002-00', ORDER)],
      ...[executed('0002-00', 0, 'failed'), closed()],
    ],
  ],
  'writes one thing and fails at another': [
    false,
    [
      ...[decided('0001-00', ORDER, 'allow', { resource: 'Order/2' }), executed('0001-00', 0, 'failed')],
      ...[decided('0002-00', ORDER), executed('0002-00'), closed()],
    ],
  ],
};

for (const [title, [expected, happened]] of Object.entries(ENDS)) {
  test(`a run that ${title} is ${expected ? '' : 'not '}successful`, () => {
    const events = meteredOf(eventsOfRun({}, opened(), ...happened));
    assert.equal(isSuccessful(events, METERING.isWrite), expected);
    assert.equal(isSuccessful(events.toReversed(), METERING.isWrite), expected, 'in whatever order');
    assert.equal(total(runDays(events, METERING)).runs_successful, expected ? 1 : 0);
  });
}
