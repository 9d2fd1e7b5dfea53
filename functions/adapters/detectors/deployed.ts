import type { BedrockRuntimeClientConfig } from '@aws-sdk/client-bedrock-runtime';
import { ENV } from '../../../contracts/environment.ts';
import type { Detector } from '../../../domain/detector/detector.ts';
import { environment } from '../../runtime/environment.ts';
import { telemetry, traced } from '../../runtime/step.ts';
import type { Guardrail } from './bedrock.ts';
import { failingClosed, type NamedDetector } from './fail-closed.ts';
import { rulesDetector } from './rules.ts';

/** Inside the time that an executor has for settling, `SETTLE_MARGIN_SECONDS`, with room for everything else in it. */
export const DETECTOR_DEADLINE_MILLISECONDS = 5000;

/**
 * The detectors of this deployment: rules, and beside them the guardrail that the deployment names, if it names one.
 *
 * @param config - of the client for Bedrock
 * @throws Error at start-up when a guardrail is named without its version
 */
export function deployedDetector(config: BedrockRuntimeClientConfig = {}): Detector {
  const detectors: NamedDetector[] = [{ name: 'rules', detect: rulesDetector() }];
  const id = process.env[ENV.guardrailId];
  if (id !== undefined && id !== '') {
    const guardrail = { id, version: environment(ENV.guardrailVersion) };
    detectors.push({ name: 'bedrock', detect: guardrailDetector(guardrail, config) });
  }
  return failingClosed(detectors, {
    deadlineMilliseconds: DETECTOR_DEADLINE_MILLISECONDS,
    report: (detector, reason, error) => {
      telemetry.count({ detectorFailures: 1 }, { detector, reason });
      // messages of services may quote what they were sent
      telemetry.warn('a detector has no scores', { detector, reason, error: nameOf(error) });
    },
  });
}

/** Most deployments name no guardrail, and every executor starts with this, so the client is loaded with the first text. */
function guardrailDetector(guardrail: Guardrail, config: BedrockRuntimeClientConfig): Detector {
  let opened: Promise<Detector> | undefined;
  const open = async () => {
    const [{ BedrockRuntimeClient }, { bedrockDetector }] = await Promise.all([
      import('@aws-sdk/client-bedrock-runtime'),
      import('./bedrock.ts'),
    ]);
    return bedrockDetector(traced(new BedrockRuntimeClient(config)), guardrail);
  };
  return async (text, signal) => {
    opened ??= open();
    return (await opened)(text, signal);
  };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
