import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
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

type Amounts = Partial<Record<keyof typeof METRICS, number>>;

/** What a step may say about itself. */
export interface Telemetry {
  /** Puts the values on the trace and on every log line that follows. */
  readonly annotate: (annotations: Annotations) => void;
  readonly info: (message: string, fields?: Record<string, unknown>) => void;
  readonly warn: (message: string, fields?: Record<string, unknown>) => void;
  /** Publishes metrics in one document: it is a log line too, with the annotations so far and other fields. */
  readonly count: (
    amounts: Amounts,
    dimensions?: Record<string, string>,
    fields?: Record<string, string>,
  ) => void;
}

/** Of the invocation that is running; an execution environment runs one at a time. */
let annotated: Record<string, string> = {};

export const telemetry: Telemetry = {
  annotate(annotations) {
    for (const [name, value] of Object.entries(annotations)) {
      const annotation = ANNOTATIONS[name as keyof typeof ANNOTATIONS];
      annotated[annotation] = value;
      tracer.putAnnotation(annotation, value);
    }
    logger.appendKeys(annotated);
  },
  info: (message, fields = {}) => logger.info(message, fields),
  warn: (message, fields = {}) => logger.warn(message, fields),
  count(amounts, dimensions = {}, fields = {}) {
    metrics.addDimensions(dimensions);
    for (const [name, value] of Object.entries({ ...traceId(), ...annotated, ...fields })) {
      // a dimension is a member of the document already, and twice is a warning in the log of every call
      if (!Object.hasOwn(dimensions, name)) {
        metrics.addMetadata(name, value);
      }
    }
    for (const [name, amount] of Object.entries(amounts)) {
      metrics.addMetric(METRICS[name as keyof typeof METRICS], MetricUnit.Count, amount);
    }
    metrics.publishStoredMetrics();
  },
};

/** Under the name that the logger gives it. */
function traceId(): Record<string, string> {
  const id = tracer.getRootXrayTraceId();
  return id === undefined ? {} : { xray_trace_id: id };
}

/** An SDK client whose requests show in the trace. */
export function traced<T>(client: T): T {
  return tracer.captureAWSv3Client(client);
}

/**
 * Makes a Lambda handler of a step: a subsegment around it, errors on the trace, structured logs with the request
 * id. Answers and events stay out of traces and logs, because they hold people's data.
 */
export function lambdaHandler<Input, Output>(
  step: (input: Input, context: Context) => Promise<Output>,
): (input: Input, context: Context) => Promise<Output> {
  return middy<Input, Output>()
    .use(captureLambdaHandler(tracer, { captureResponse: false }))
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .before(() => {
      annotated = {};
    })
    .handler(step) as unknown as (input: Input, context: Context) => Promise<Output>;
}
