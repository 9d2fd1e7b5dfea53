import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { ANNOTATIONS, METRICS, METRICS_NAMESPACE } from '../../contracts/telemetry.ts';

const logger = new Logger();
const tracer = new Tracer();
const metrics = new Metrics({ namespace: METRICS_NAMESPACE });

/** Names under which operators search traces and logs. */
type Annotations = Partial<Record<keyof typeof ANNOTATIONS, string>>;

/** What a step may say about itself. */
export interface Telemetry {
  /** Puts the values on the trace and on every log line that follows. */
  readonly annotate: (annotations: Annotations) => void;
  readonly info: (message: string, fields?: Record<string, unknown>) => void;
  readonly warn: (message: string, fields?: Record<string, unknown>) => void;
  /** Adds to a metric, with the annotations so far as metadata. */
  readonly count: (
    metric: keyof typeof METRICS,
    amount?: number,
    dimensions?: Record<string, string>,
  ) => void;
}

export const telemetry: Telemetry = {
  annotate(annotations) {
    const named = Object.entries(annotations).map(
      ([name, value]) => [ANNOTATIONS[name as keyof typeof ANNOTATIONS], value] as const,
    );
    logger.appendKeys(Object.fromEntries(named));
    for (const [name, value] of named) {
      tracer.putAnnotation(name, value);
      metrics.addMetadata(name, value);
    }
  },
  info: (message, fields = {}) => logger.info(message, fields),
  warn: (message, fields = {}) => logger.warn(message, fields),
  count(metric, amount = 1, dimensions = {}) {
    const target = Object.keys(dimensions).length === 0 ? metrics : metrics.singleMetric();
    target.addDimensions(dimensions);
    target.addMetric(METRICS[metric], MetricUnit.Count, amount);
  },
};

/** An SDK client whose requests show in the trace. */
export function traced<T>(client: T): T {
  return tracer.captureAWSv3Client(client);
}

/**
 * Makes a Lambda handler of a step: a subsegment around it, errors on the trace, structured logs with the request
 * id, metrics flushed at the end. Answers and events stay out of traces and logs, because they hold people's data.
 */
export function lambdaHandler<Input, Output>(
  step: (input: Input, context: Context) => Promise<Output>,
): (input: Input, context: Context) => Promise<Output> {
  return middy<Input, Output>()
    .use(captureLambdaHandler(tracer, { captureResponse: false }))
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use(logMetrics(metrics, { captureColdStartMetric: false }))
    .handler(step) as unknown as (input: Input, context: Context) => Promise<Output>;
}
