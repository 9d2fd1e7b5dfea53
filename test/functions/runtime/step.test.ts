import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { telemetry } from '../../../functions/runtime/step.ts';

test('what is counted by an annotation is said once, and nothing is warned of', () => {
  // its logger has a console of its own, over the process's streams
  const warnings = mock.method(process.stderr, 'write', () => true);
  const [workflow, decision] = ['retail-support', 'allow'];
  telemetry.annotate({ runId: 'run-1', workflow, decision });
  telemetry.count({ decisions: 1 }, { workflow, decision }, { callId: '0001-00' });
  warnings.mock.restore();
  assert.deepEqual(
    warnings.mock.calls.map(({ arguments: [text] }) => text),
    [],
  );
});
