import { Stack } from 'aws-cdk-lib';
import { ENV } from '../../contracts/environment.ts';
import type { Settings } from '../settings.ts';
import type { ServiceFunction } from './service-function.ts';

/** Lets a function score texts with the deployment's guardrail, and tells it which that is. Nothing without one. */
export function grantApplyGuardrail(to: ServiceFunction, { guardrail }: Pick<Settings, 'guardrail'>): void {
  if (guardrail === undefined) {
    return;
  }
  to.function.addEnvironment(ENV.guardrailId, guardrail.id);
  to.function.addEnvironment(ENV.guardrailVersion, guardrail.version);
  const arn = Stack.of(to).formatArn({
    service: 'bedrock',
    resource: 'guardrail',
    resourceName: guardrail.id,
  });
  to.allow(['bedrock:ApplyGuardrail'], [arn]);
}
