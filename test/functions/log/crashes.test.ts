import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bucketStore } from '../../../cli/audit/bucket-store.ts';
import { findings } from '../../../cli/audit/findings.ts';
import { verifierKeys } from '../../../cli/audit/verifier-keys.ts';
import { verifyLog } from '../../../cli/audit/verify-log.ts';
import type { LedgerEvent } from '../../../contracts/events.ts';
import { holdsExactly } from '../../support/check-log.ts';
import { noLedger } from '../../support/ledger-tables.ts';
import { eventOfRun, type Intercept, recordOf, type TestLog, testLog } from '../../support/log.ts';
import { seeded } from '../../support/random.ts';

/** Random points at which a process dies; `CRASHES=1000` for more of them. */
const CRASHES = Number(process.env.CRASHES ?? 120);
/** Crashes before a log is checked. */
const CRASHES_IN_A_LOG = 40;

class Crash extends Error {}

/** A process that dies at its n-th request, before it has arrived or before its answer has; nothing of it is sent afterwards. */
function dyingAt(request: number, afterwards: boolean): { intercept: Intercept; died: () => boolean } {
  let sent = 0;
  let isDead = false;
  return {
    died: () => isDead,
    async intercept(send) {
      sent += 1;
      if (isDead || sent === request) {
        isDead = true;
        if (sent === request && afterwards) {
          await send();
        }
        throw new Crash('died');
      }
      const answer = await send();
      if (isDead) {
        throw new Crash('died');
      }
      return answer;
    },
  };
}

/** The verifier has nothing against it, over the bucket with its versions and locks. */
async function verifies(log: TestLog): Promise<void> {
  const found = findings();
  const keys = verifierKeys(await log.keyLine());
  await verifyLog(bucketStore(log.s3, log.name), { keys, findings: found, progress: () => undefined });
  assert.deepEqual(found.problems(), []);
}

/** Requests of one step at most, as far as these tests go. */
const MOST_REQUESTS = 40;

describe('seal and checkpoint, killed at any request', { skip: noLedger }, () => {
  for (let log = 0; log * CRASHES_IN_A_LOG < CRASHES; log += 1) {
    test(`every event is in the log exactly once, and the log verifies (${log})`, async () => {
      const random = seeded(1000 + log);
      const below = (limit: number) => Math.floor(random() * limit);
      const target = await testLog();
      const runs = Array.from({ length: 6 }, (_, index) => ({ id: `run-${index}`, written: 0 }));
      /** Of each run what was written and not yet acknowledged to the stream, which delivers it again. */
      const stream: LedgerEvent[] = [];
      const all: LedgerEvent[] = [];
      let crashes = 0;
      const write = () => {
        for (let count = 1 + below(60); count > 0; count -= 1) {
          const run = runs[below(runs.length)] ?? assert.fail();
          run.written += 1;
          const event = eventOfRun(run.id, run.written, all.length * 7);
          stream.push(event);
          all.push(event);
        }
      };
      const attempt = async (step: (intercept: Intercept) => Promise<unknown>): Promise<boolean> => {
        const dying = dyingAt(1 + below(MOST_REQUESTS), random() < 0.5);
        try {
          await step(dying.intercept);
        } catch (error) {
          assert.ok(dying.died(), String(error));
          crashes += 1;
          return false;
        }
        return true;
      };
      while (crashes < CRASHES_IN_A_LOG) {
        write();
        // a batch that is delivered again may be cut otherwise
        const batch = stream.slice(0, 1 + below(stream.length));
        if (
          await attempt((intercept) =>
            target.seal(
              batch.map((event) => recordOf(event)),
              intercept,
            ),
          )
        ) {
          // now and then the stream forgets that it was told
          stream.splice(0, random() < 0.2 ? 0 : batch.length);
        }
        for (let tries = below(4); tries > 0; tries -= 1) {
          await attempt(target.integrate);
        }
        if (random() < 0.2) {
          await Promise.all([attempt(target.integrate), attempt(target.integrate)]);
        }
      }
      await target.seal(stream.map((event) => recordOf(event)));
      await target.integrateAll();
      await holdsExactly(target, all);
      await verifies(target);
      target.close();
    });
  }
});
